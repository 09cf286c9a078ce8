"""Every kind of fault has edits, and each edit does one thing, at one place, that can be found again."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from pointsman.core.evaluation.fault import FaultKind, Program
from pointsman.core.faults.candidates import (
    FaultCandidate,
    faulty_files,
    find_candidate,
    paired_candidates,
    print_files,
    single_candidates,
)

EDITS: list[tuple[FaultKind, str, str, str]] = [
    (FaultKind.SYNTAX, "no-colon", "if a:\n    pass", "if a\n    pass"),
    (FaultKind.SYNTAX, "slip", "def f():\n    return 1", "def f():\n    retrun 1"),
    (FaultKind.NAME, "misspelt", "amount = 1\nprint(amount)", "amount = 1\nprint(amonut)"),
    (FaultKind.NAME, "no-self", "class A:\n\n    def f(self):\n        return self.x", "        return x"),
    (FaultKind.TYPE, "no-conversion", "x = int(text)", "x = text"),
    (FaultKind.ATTRIBUTE, "foreign", "x.append(1)", "x.push(1)"),
    (FaultKind.INDEX_KEY, "no-default", "y = x.get(k, 0)", "y = x[k]"),
    (FaultKind.OFF_BY_ONE, "range-short", "for i in range(n):\n    pass", "for i in range(n - 1):\n    pass"),
    (FaultKind.WRONG_OPERATOR, "and-or", "x = a and b", "x = a or b"),
    (FaultKind.BOUNDARY, "bound-0", "x = a < b", "x = a <= b"),
    (FaultKind.BOUNDARY, "no-guard", "def f(x):\n    if not x:\n        return 0\n    g()", "def f(x):\n    g()"),
    (FaultKind.MISSING_RETURN, "not-returned", "def f():\n    return g()", "def f():\n    g()"),
    (
        FaultKind.MUTABLE_DEFAULT,
        "shared-x",
        "def f(x=None):\n    x = [] if x is None else x\n    return x",
        "def f(x=[]):\n    return x",
    ),
    (
        FaultKind.MUTABLE_DEFAULT,
        "class-x",
        "class A:\n\n    def __init__(self):\n        self.x = []",
        "class A:\n    x = []\n\n    def __init__(self):\n        pass",
    ),
    (FaultKind.MUTABLE_DEFAULT, "same-row", "x = [[] for _ in range(n)]", "x = [[]] * n"),
    (FaultKind.ENCODING, "ascii", "open(p, encoding='utf-8')", "open(p, encoding='ascii')"),
    (FaultKind.ASYNC_AWAIT, "not-awaited", "async def f():\n    await g()", "async def f():\n    g()"),
    (FaultKind.RESOURCE_LEAK, "no-with", "with open(p) as f:\n    f.read()", "f = open(p)\nf.read()"),
    (
        FaultKind.RESOURCE_LEAK,
        "no-finally",
        "try:\n    f()\nfinally:\n    g()",
        "f()",
    ),
    (FaultKind.CONCURRENCY, "no-lock", "lock = Lock()\nwith lock:\n    f()", "lock = Lock()\nf()"),
    (
        FaultKind.EXCEPTION,
        "class-missing-0",
        "try:\n    f()\nexcept (A, B):\n    g()",
        "try:\n    f()\nexcept (B,):\n    g()",
    ),
    (FaultKind.EXCEPTION, "no-cause", "raise A() from e", "raise A()"),
    (FaultKind.IMPORT, "unknown-module", "from os import path", "from oss import path"),
    (FaultKind.API_MISUSE, "swapped", "f(a, b)", "f(b, a)"),
    (FaultKind.API_MISUSE, "no-key", "sorted(x, key=k)", "sorted(x)"),
    (FaultKind.PERFORMANCE, "scan-for-member", "x = a in seen", "x = a in list(seen)"),
    (FaultKind.PERFORMANCE, "list-for-generator", "any((f(x) for x in y))", "any([f(x) for x in y])"),
]


def program(text: str, name: str = "p") -> Program:
    """A program of one file."""
    return Program(name=name, files={f"{name}.py": dedent(text)}, visible="", hidden="", expected={})


def singles(made: Program, kind: FaultKind) -> dict[str, list[str]]:
    """The faulty texts of all edits of a kind, by the name of the edit."""
    texts: dict[str, list[str]] = {}
    for one in single_candidates(made):
        faulty = faulty_files(made, one) if one.kind == kind else None
        if faulty is not None:
            texts.setdefault(one.edits[0].edit.name, []).append(faulty[f"{made.name}.py"].strip("\n"))
    return texts


@pytest.mark.parametrize(("kind", "name", "text", "faulty"), EDITS, ids=[f"{row[0]}-{row[1]}" for row in EDITS])
def test_an_edit_makes_a_fault_of_its_kind(kind: FaultKind, name: str, text: str, faulty: str) -> None:
    made = singles(program(text), kind).get(name, [])
    assert any(one == faulty or one.endswith(faulty) for one in made), made


def test_there_are_edits_of_every_kind() -> None:
    assert {row[0] for row in EDITS} == set(FaultKind)


SAMPLE = '''
"""A docstring with a < b in it."""

from collections import Counter


def count(words: list[str], least: int = 2) -> dict[str, int]:
    """Another docstring: x[0] + 1."""
    counts: Counter[str] = Counter()
    for word in words:
        counts[word.lower()] += 1
    return {word: number for word, number in counts.items() if number >= least}
'''


def test_types_and_docstrings_are_left_alone() -> None:
    made = program(SAMPLE)
    original = ast.parse(print_files(made.files)["p.py"])
    for one in single_candidates(made):
        faulty = faulty_files(made, one)
        if faulty is None or one.kind == FaultKind.SYNTAX:
            continue
        tree = ast.parse(faulty["p.py"])
        assert ast.get_docstring(tree) == ast.get_docstring(original), one.edits[0].edit.description
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        assert [ast.unparse(node.args.args[0]) for node in functions] == ["words: list[str]"]


def test_every_edit_is_found_again_by_its_key_and_has_an_id_of_its_own() -> None:
    made = program(SAMPLE)
    candidates = list(single_candidates(made))
    assert len({one.id for one in candidates}) == len(candidates) > 40
    for one in candidates:
        assert find_candidate(made, (one.edits[0].key,)) == one


def test_an_id_depends_on_the_program_and_its_places_and_not_on_its_layout() -> None:
    spread = SAMPLE.replace("counts[word.lower()] += 1", "counts[\n            word.lower()\n        ] += 1")
    ids = [{one.id for one in single_candidates(program(text))} for text in (SAMPLE, spread)]
    assert ids[0] == ids[1]
    assert not ids[0] & {one.id for one in single_candidates(program(SAMPLE, "q"))}


def test_a_key_that_leads_nowhere_finds_nothing() -> None:
    made = program(SAMPLE)
    for key in ("name|q.py|body.0|x", "name|p.py|body.99.value|misspelt", "name|p.py|body.0|x", "syntax|p.py|line.9|x"):
        assert find_candidate(made, (key,)) is None


def test_two_edits_in_one_place_make_no_pair() -> None:
    made = program(SAMPLE)
    pairs = list(paired_candidates(tuple(single_candidates(made))))
    assert pairs
    for pair in pairs:
        first, second = (edit.edit.place_text.split(".") for edit in pair.edits)
        shorter = min(len(first), len(second))
        assert first[:shorter] != second[:shorter]
        assert pair.edits[0].edit.kind != pair.edits[1].edit.kind


def test_both_edits_of_a_pair_are_made_and_statements_that_vanish_move_no_other() -> None:
    made = program("import os\nimport sys\nx = a < b\ny = c < d\n")
    wanted = {("import", "missing", "body.0"), ("boundary", "bound-0", "body.3.value")}
    edits = [
        edit
        for one in single_candidates(made)
        for edit in one.edits
        if (edit.edit.kind.value, edit.edit.name, edit.edit.place_text) in wanted
    ]
    both = faulty_files(made, FaultCandidate(program="p", edits=tuple(edits)))
    assert both == {"p.py": "import sys\nx = a < b\ny = c <= d\n"}


def test_pairs_over_two_files_are_of_the_third_level() -> None:
    two = Program(
        name="p",
        files={"p.py": "from q import g\nx = g(1) < 2\n", "q.py": "def g(a):\n    return a\n"},
        visible="",
        hidden="",
        expected={},
    )
    levels = {pair.level for pair in paired_candidates(tuple(single_candidates(two)))}
    assert levels == {2, 3}
