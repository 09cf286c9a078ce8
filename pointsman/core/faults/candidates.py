"""Every fault that could be made of a program, one edit or two, each with an id that is the same on every Python."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

import attrs

from pointsman.core.evaluation.fault import FaultKind, Files, Level, Program
from pointsman.core.faults.conditions import CONDITION_FINDERS
from pointsman.core.faults.edit import Edit, LineEdit, Spot, TreeEdit, apply_edits, overlap, spot_at, spots
from pointsman.core.faults.facts import Finder, ModuleFacts, gather_facts
from pointsman.core.faults.flow import FLOW_FINDERS
from pointsman.core.faults.misuse import MISUSE_FINDERS
from pointsman.core.faults.naming import NAMING_FINDERS
from pointsman.core.faults.parallel import PARALLEL_FINDERS
from pointsman.core.faults.printing import print_tree
from pointsman.core.faults.resources import RESOURCE_FINDERS
from pointsman.core.faults.slowness import SLOWNESS_FINDERS
from pointsman.core.faults.syntax import apply_slip, find_slips, is_program
from pointsman.core.faults.value_faults import VALUE_FINDERS

FINDERS: tuple[Finder, ...] = (
    *CONDITION_FINDERS,
    *NAMING_FINDERS,
    *VALUE_FINDERS,
    *FLOW_FINDERS,
    *RESOURCE_FINDERS,
    *PARALLEL_FINDERS,
    *MISUSE_FINDERS,
    *SLOWNESS_FINDERS,
)


@attrs.frozen
class FileEdit:
    """An edit of one file of a program."""

    file: str
    edit: Edit

    @property
    def key(self) -> str:
        """What tells it from all other edits of the program."""
        return f"{self.edit.kind}|{self.file}|{self.edit.place_text}|{self.edit.name}"


@attrs.frozen(kw_only=True)
class FaultCandidate:
    """A fault that could be: whether tests notice it is another question."""

    program: str
    edits: tuple[FileEdit, ...]

    @property
    def id(self) -> str:
        """A hash of the program's name and of what is edited where; not of the text."""
        return short_hash("|".join((self.program, *(edit.key for edit in self.edits))))

    @property
    def kind(self) -> FaultKind:
        """The kind of the first edit."""
        return self.edits[0].edit.kind

    @property
    def level(self) -> Level:
        """How difficult it is."""
        if len(self.edits) == 1:
            return 1
        return 2 if self.edits[0].file == self.edits[1].file else 3


def short_hash(text: str) -> str:
    """Twelve hexadecimal digits that stand for `text`."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def print_files(files: Files) -> dict[str, str]:
    """The files as they are shown: printed from their trees, in the order of their names."""
    return {name: _print_file(files[name]) for name in sorted(files)}


@lru_cache(maxsize=512)  # each program is printed for each of its faults
def _print_file(text: str) -> str:
    return print_tree(ast.parse(text))


def single_candidates(program: Program) -> Iterator[FaultCandidate]:
    """Every fault of one edit, in the order of the files."""
    for name in sorted(program.files):
        tree = ast.parse(program.files[name])
        edits: tuple[Edit, ...] = (*_tree_edits(tree, _facts(program, tree)), *find_slips(print_tree(tree)))
        for edit in edits:
            yield FaultCandidate(program=program.name, edits=(FileEdit(name, edit),))


def _facts(program: Program, tree: ast.Module) -> ModuleFacts:
    return gather_facts(tree, frozenset(name.removesuffix(".py") for name in program.files))


def _tree_edits(tree: ast.Module, facts: ModuleFacts) -> Iterator[TreeEdit]:
    for spot in spots(tree):
        yield from _edits_at(spot, facts)


def _edits_at(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    for find in FINDERS:
        yield from find(spot, facts)


def paired_candidates(singles: tuple[FaultCandidate, ...]) -> Iterator[FaultCandidate]:
    """Every fault of two edits of different kinds, made of faults of one edit of the same program."""
    for first, second in combinations(sorted(singles, key=lambda one: one.id), 2):
        (one,), (other,) = first.edits, second.edits
        if first.kind == second.kind or (one.file == other.file and overlap(one.edit, other.edit)):
            continue
        yield FaultCandidate(program=first.program, edits=(one, other))


def find_candidate(program: Program, keys: tuple[str, ...]) -> FaultCandidate | None:
    """The candidate whose edits have these keys; None where the program has no such edits any more."""
    edits = tuple(_find_edit(program, key) for key in keys)
    present = tuple(edit for edit in edits if edit is not None)
    return FaultCandidate(program=program.name, edits=present) if len(present) == len(keys) else None


def _find_edit(program: Program, key: str) -> FileEdit | None:
    _, file, place, _ = key.split("|")
    if file not in program.files:
        return None
    tree = ast.parse(program.files[file])
    if place.startswith("line."):
        edits: Iterator[Edit] = find_slips(_print_file(program.files[file]))
    else:
        spot = spot_at(tree, place)
        edits = iter(()) if spot is None else _edits_at(spot, _facts(program, tree))
    return next((named for named in (FileEdit(file, edit) for edit in edits) if named.key == key), None)


def faulty_files(program: Program, candidate: FaultCandidate) -> dict[str, str] | None:
    """The program's files with the fault in them, as they are shown.

    None where there is no fault of that kind: nothing changed, or syntax is broken by an edit that should not.
    """
    faulty = {name: _text_with(program.files[name], name, candidate) for name in sorted(program.files)}
    edited = {edit.file for edit in candidate.edits}
    broken = {edit.file for edit in candidate.edits if isinstance(edit.edit, LineEdit)}
    original = print_files(program.files)
    if any(faulty[name] == original[name] or is_program(faulty[name]) == (name in broken) for name in edited):
        return None
    return faulty


def _text_with(text: str, name: str, candidate: FaultCandidate) -> str:
    edits = [edit.edit for edit in candidate.edits if edit.file == name]
    in_tree = [edit for edit in edits if isinstance(edit, TreeEdit)]
    printed = print_tree(apply_edits(ast.parse(text), in_tree)) if in_tree else _print_file(text)
    for slip in edits:
        if isinstance(slip, LineEdit):
            printed = apply_slip(printed, slip)
    return printed
