"""Answers in a rewritten form are read back by the schema alone; what has no form of it stays as it came."""

from __future__ import annotations

from typing import Any

from pointsman.core.schema.read_back import read_back

INTEGER: dict[str, Any] = {"type": "integer"}
MAP: dict[str, Any] = {"type": "object", "additionalProperties": INTEGER}


def a_branch(least: int, most: int, x: dict[str, Any]) -> dict[str, Any]:
    n = {**INTEGER, "minimum": least, "maximum": most}
    return {"type": "object", "properties": {"n": n, "x": x}, "required": ["n"], "additionalProperties": False}


UNION: dict[str, Any] = {"anyOf": [a_branch(0, 5, INTEGER), a_branch(10, 15, {"type": ["integer", "null"]})]}


def test_a_branch_is_chosen_by_what_the_value_fits() -> None:
    assert read_back(UNION, {"n": 1, "x": None}) == {"n": 1}
    assert read_back(UNION, {"n": 12, "x": None}) == {"n": 12, "x": None}


def test_what_fits_as_it_stands_is_not_taken_for_a_rewritten_form() -> None:
    pair: dict[str, Any] = {"type": "array", "prefixItems": [INTEGER], "items": False, "minItems": 1}
    either: dict[str, Any] = {"anyOf": [MAP, {"type": "array", "items": INTEGER}, pair]}
    assert read_back(either, []) == []
    assert read_back(either, [{"key": "a", "value": 1}]) == {"a": 1}
    assert read_back(either, {"item1": 1}) == [1]
    assert read_back(either, {"a": 1}) == {"a": 1}


def test_where_bounds_are_broken_the_shape_decides() -> None:
    assert read_back(UNION, {"n": 99, "x": None}) == {"n": 99}


def test_what_is_no_branch_stays() -> None:
    assert read_back(UNION, {"m": None}) == {"m": None}


def test_entries_are_a_map_and_other_lists_are_not() -> None:
    assert read_back(MAP, [{"key": "a", "value": 1}]) == {"a": 1}
    assert read_back(MAP, []) == {}
    others: list[Any] = [[{"key": "a"}], [{"key": 1, "value": 1}], [1], [{"key": "a", "value": 1}, 2]]
    for other in others:
        assert read_back(MAP, other) == other
    assert read_back(MAP, {"a": 1}) == {"a": 1}


def test_the_tuple_of_older_drafts_is_read_too() -> None:
    pair: dict[str, Any] = {"type": "array", "items": [INTEGER, MAP]}
    assert read_back(pair, {"item1": 1, "item2": [{"key": "k", "value": 2}]}) == [1, {"k": 2}]
    assert read_back(pair, {"item1": 1}) == {"item1": 1}
    assert read_back(pair, [1, [{"key": "k", "value": 2}]]) == [1, {"k": 2}]


def test_a_schema_that_only_holds_itself_and_a_bottomless_value_are_left_alone() -> None:
    assert read_back({"$ref": "#"}, {"a": None}) == {"a": None}
    deep: Any = {"a": None}
    for _ in range(3000):
        deep = [deep]
    assert read_back({"type": "array", "items": {"$ref": "#"}}, deep) is not None


def test_what_is_still_growing_is_read_as_far_as_it_has_come() -> None:
    pair: dict[str, Any] = {"type": "array", "prefixItems": [INTEGER, INTEGER], "items": False, "minItems": 2}
    either: dict[str, Any] = {"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": pair}]}
    states: list[tuple[Any, Any]] = [
        ([], {}),
        ([{}], {}),
        ([{"key": "a"}], {}),
        ([{"key": "a", "value": {}}], {"a": []}),
        ([{"key": "a", "value": {"item1": 1}}], {"a": [1]}),
        ([{"key": "a", "value": {"item2": 2, "item1": 1}}, {"key": "b"}], {"a": [1, 2]}),
        ([{"key": "a"}, {"key": "b"}], [{"key": "a"}, {"key": "b"}]),
        ([{"key": "a", "value": {}}, 7], [{"key": "a", "value": {}}, 7]),
    ]
    for value, read in states:
        assert read_back({"type": "object", "additionalProperties": pair}, value, partial=True) == read
        assert read_back(either, value, partial=True) == read
    assert read_back(MAP, [{"key": "a"}]) == [{"key": "a"}]
