"""Schemas are strangers' texts: whatever stands in one, working on it ends soon. Counted in steps, not in time."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from pointsman.core.json import Json, JsonObject
from pointsman.core.schema.cycles import Edge, cyclic
from pointsman.core.schema.effort import Effort
from pointsman.core.schema.fit import fits
from pointsman.core.schema.json_schema import looked_up, resolve_schema
from pointsman.core.schema.read_back import read_back
from pointsman.core.schema.refusal import SchemaRefusal
from pointsman.core.schema.rewriting import Rewriting
from pointsman.core.schema.subset import Subset

if TYPE_CHECKING:
    from _typeshed import TraceFunction

SUBSET = Subset(name="one", keywords=frozenset({"pattern"}))
HOPELESS = "a" * 60 + "!"


def rewrite(schema: JsonObject) -> None:
    try:
        Rewriting(schema, SUBSET, lossy=True).whole()
    except SchemaRefusal:
        return


def holding(part: Json, **definitions: Json) -> JsonObject:
    return {"type": "object", "properties": {"x": part}, "required": ["x"], "$defs": definitions}


def doubling(make: Callable[[JsonObject], Json]) -> JsonObject:
    """Forty definitions, each of which holds the next one twice."""
    definitions: dict[str, Json] = {f"a{at}": make({"$ref": f"#/$defs/a{at + 1}"}) for at in range(40)}
    return holding({"$ref": "#/$defs/a0"}, **definitions, a40={"type": "string"})


def twice(reference: JsonObject) -> Json:
    part: JsonObject = {**reference, "minProperties": 0}
    return {"type": "object", "properties": {"x": part, "y": part}, "required": ["x", "y"]}


AROUND: Json = {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}
MANY = 3000
HOSTILE: dict[str, JsonObject] = {
    "a pattern that tries all ways": holding({"type": "string", "pattern": "^(a+)+$", "enum": [HOPELESS, "b"]}),
    "a choice that tries all ways": holding({"type": "string", "pattern": "^(a|aa)+$", "const": HOPELESS}),
    "definitions that double in place": doubling(twice),
    "parts that double": doubling(lambda part: {"allOf": [part, part]}),
    "a circle that doubles": holding({"enum": [1, "x"], "$ref": "#/$defs/a"}, a=AROUND),
    "many choices": holding({"enum": [*range(MANY), *(f"v{at}" for at in range(MANY))]}),
    "many branches": holding({"oneOf": [{"const": f"c{at}"} for at in range(MANY)]}),
    "many that are needed": {
        "type": "object",
        "properties": {f"p{at}": {"type": "string"} for at in range(MANY)},
        "required": [f"p{at}" for at in range(MANY)],
    },
    "names that clash": {
        "type": "object",
        "properties": {f"p{at}": {"$ref": f"#/$defs/{chr(0x4E00 + at)}"} for at in range(MANY)},
        "$defs": {chr(0x4E00 + at): {"type": "string"} for at in range(MANY)},
    },
}
_MOST_STEPS = 5_000_000


def count_steps(work: Callable[[], object]) -> int:
    """How many lines of Python `work` runs, at most one more than are allowed."""
    count = 0

    def trace(frame: FrameType, event: str, value: object) -> TraceFunction:
        nonlocal count
        count += 1
        if count > _MOST_STEPS:
            raise TimeoutError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_a_schema_says_it_is_written_or_refused_in_some_steps(what: str) -> None:
    assert count_steps(lambda: rewrite(HOSTILE[what])) < _MOST_STEPS


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*$", "^(?:a?b?)*$", "((a*)*)*$", "(a{1,9}){1,9}$", "([ab]+c?)+$"])
def test_a_pattern_that_could_try_all_ways_is_not_tried(pattern: str) -> None:
    assert Effort().match(pattern, HOPELESS)
    assert fits({"type": "string", "pattern": pattern}, HOPELESS, {})


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^[a-z]+$", "abc"),
        (r"^\d{4}-\d{2}-\d{2}$", "2026-11-28"),
        (r"^[^@\s]+@[^@\s]+$", "a@b.example"),
        ("^(red|green)$", "green"),
        (r"^\(\+\)+$", "(+))"),
        ("[(+)*]{2}", "(+"),
    ],
)
def test_usual_patterns_are_looked_at(pattern: str, text: str) -> None:
    assert re.search(pattern, text)
    for tried, fitting in ((text, True), ("", False)):
        assert Effort().match(pattern, tried) == fits({"type": "string", "pattern": pattern}, tried, {}) == fitting


def test_references_that_lead_round_and_double_are_given_up() -> None:
    root = holding({"type": "string"}, a=AROUND)
    assert count_steps(lambda: fits({"$ref": "#/$defs/a"}, 1, root, effort=Effort(10_000))) < _MOST_STEPS
    assert count_steps(lambda: read_back(holding(AROUND, a=AROUND), {"x": [1]})) <= _MOST_STEPS
    doubled = doubling(lambda part: {"allOf": [part, part]})
    assert resolve_schema({"$ref": "#/$defs/a0"}, doubled) is None


@pytest.mark.parametrize("step", ["²", "9" * 5000, "-1", "7"])
def test_a_reference_to_a_place_that_no_list_has_leads_nowhere(step: str) -> None:
    assert looked_up(f"#/anyOf/{step}", {"anyOf": [{"type": "string"}]}) is None


def edges(*pairs: tuple[str, str]) -> list[Edge]:
    return [Edge(holder, held, "$", optional=False) for holder, held in pairs]


def test_the_first_edge_of_a_circle_is_found_and_one_between_circles_is_none() -> None:
    assert cyclic(edges(("", "a"), ("a", "b"), ("b", "c"), ("c", "b"))) == edges(("b", "c"))[0]
    assert cyclic(edges(("a", "a"), ("a", "b"), ("b", "b"))) == edges(("a", "a"))[0]
    assert cyclic(edges(("", "a"), ("", "b"), ("a", "c"), ("b", "c"))) is None
    chain = [f"n{at}" for at in range(5000)]
    assert cyclic(edges(*pairwise(chain))) is None
    assert cyclic(edges(*pairwise(chain), (chain[-1], chain[0]))) == edges((chain[0], chain[1]))[0]
