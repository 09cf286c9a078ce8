"""A change done to a body that says more: nothing else of it is touched."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.json import as_object
from pointsman.core.merge import difference, is_same, merge
from pointsman.testing.laws.examples import examples

leaf = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "user", "text"])
json_ = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def enriched(draw: st.DrawFn, value: Any) -> Any:
    """`value` with unknown fields put into its objects, at every level."""
    if isinstance(value, dict):
        known = {name: draw(enriched(one)) for name, one in value.items()}
        return known | {f"x_{n}": draw(leaf) for n in range(draw(st.integers(0, 2)))}
    return [draw(enriched(one)) for one in value] if isinstance(value, list) else value


def without(value: Any) -> Any:
    """`value` without what `enriched` has put in."""
    if isinstance(value, dict):
        return {name: without(one) for name, one in value.items() if not name.startswith("x_")}
    return [without(one) for one in value] if isinstance(value, list) else value


def pruned(value: Any) -> Any:
    """`value` without fields that hold an object of nothing: one may be left that held more than was read of it."""
    if isinstance(value, dict):
        fields = {name: pruned(one) for name, one in value.items()}
        return {name: one for name, one in fields.items() if one != {}}
    return [pruned(one) for one in value] if isinstance(value, list) else value


@given(json_, json_)
def test_nothing_changed_leaves_what_came(before: Any, original: Any) -> None:
    assert merge(before, copy.deepcopy(before), original) is original


@given(json_, json_)
def test_what_came_as_it_would_be_written_becomes_what_is_written_now(before: Any, now: Any) -> None:
    assert is_same(merge(before, now, copy.deepcopy(before)), now)


@given(st.data(), json_, json_)
@settings(max_examples=examples(400))
def test_the_change_arrives_and_what_is_unknown_is_no_part_of_it(data: st.DataObject, before: Any, now: Any) -> None:
    original = data.draw(enriched(before))
    assert is_same(pruned(without(merge(before, now, original))), pruned(now))


@given(st.data(), st.dictionaries(st.sampled_from("abcd"), json_, max_size=4), json_)
def test_only_the_changed_field_is_touched(data: st.DataObject, before: dict[str, Any], value: Any) -> None:
    original = data.draw(enriched(before))
    merged = as_object(merge(before, {**before, "a": value}, original))
    assert all(is_same(merged[name], original[name]) for name in original if name != "a")
    assert is_same(pruned(without(merged)["a"]), pruned(value))


@given(st.data(), st.dictionaries(st.sampled_from("abcd"), json_, max_size=4), json_, json_)
def test_two_changes_of_different_fields_do_not_meet(
    data: st.DataObject, before: dict[str, Any], one: Any, two: Any
) -> None:
    original = data.draw(enriched(before))
    first = merge(before, {**before, "a": one}, original)
    both = merge({**before, "a": one}, {**before, "a": one, "b": two}, first)
    assert is_same(both, merge(before, {**before, "a": one, "b": two}, original))


@given(st.data(), json_)
def test_the_difference_is_what_was_put_in(data: st.DataObject, before: Any) -> None:
    original = data.draw(enriched(before))
    assert (difference(before, original) is None) == is_same(before, original)


@given(json_, json_, json_)
def test_it_is_total_and_gives_json(before: Any, now: Any, original: Any) -> None:
    merge(before, now, original)
    difference(before, original)


def turn(role: str, text: str, **marks: Any) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text, **marks}]}


MARK = {"cache_control": {"type": "ephemeral"}}
TOOLS = [{"name": "a", "input_schema": {}}, {"name": "b", "input_schema": {}}, {"name": "c", "input_schema": {}}]


@pytest.mark.parametrize(
    ("before", "now", "original", "expected"),
    [
        # a system prompt put before: the marks of the others stay
        (
            {"messages": [turn("user", "q")]},
            {"system": "s", "messages": [turn("user", "q")]},
            {"messages": [turn("user", "q", **MARK)]},
            {"messages": [turn("user", "q", **MARK)], "system": "s"},
        ),
        # the text of a marked system block changed
        (
            {"system": "s"},
            {"system": "t"},
            {"system": [{"type": "text", "text": "s", **MARK}]},
            {"system": [{"type": "text", "text": "t", **MARK}]},
        ),
        # a message in the middle is rewritten
        (
            [turn("user", "1"), turn("assistant", "2"), turn("user", "3")],
            [turn("user", "1"), turn("assistant", "x"), turn("user", "3")],
            [turn("user", "1", **MARK), turn("assistant", "2", phase="p"), turn("user", "3", **MARK)],
            [turn("user", "1", **MARK), turn("assistant", "x", phase="p"), turn("user", "3", **MARK)],
        ),
        # the window drops the oldest
        (
            [turn("user", "1"), turn("assistant", "2"), turn("user", "3")],
            [turn("user", "3")],
            [turn("user", "1"), turn("assistant", "2", phase="p"), turn("user", "3", **MARK)],
            [turn("user", "3", **MARK)],
        ),
        # one put in the middle, another one changed
        (
            [turn("user", "1"), turn("assistant", "2"), turn("user", "3")],
            [turn("user", "1"), turn("assistant", "2"), turn("assistant", "n"), turn("user", "4")],
            [turn("user", "1", **MARK), turn("assistant", "2", **MARK), turn("user", "3", **MARK)],
            [
                turn("user", "1", **MARK),
                turn("assistant", "2", **MARK),
                turn("assistant", "n"),
                turn("user", "4", **MARK),
            ],
        ),
        # a tool taken away, another one described anew
        (
            TOOLS,
            [TOOLS[0], {**TOOLS[2], "description": "d"}],
            [{**tool, **MARK} for tool in TOOLS],
            [{**TOOLS[0], **MARK}, {**TOOLS[2], "description": "d", **MARK}],
        ),
        # the client's text becomes a text and a picture
        (
            {"content": "hi"},
            {"content": [{"type": "text", "text": "hi"}, {"type": "image"}]},
            {"content": [{"type": "text", "text": "hi", **MARK}]},
            {"content": [{"type": "text", "text": "hi", **MARK}, {"type": "image"}]},
        ),
        # what is before as one and came as two, after which one is appended
        (
            [turn("user", "ab")],
            [turn("user", "ab"), turn("user", "new")],
            [turn("user", "a", **MARK), turn("user", "b", **MARK)],
            [turn("user", "a", **MARK), turn("user", "b", **MARK), turn("user", "new")],
        ),
        # the client's own word for a limit that is lowered
        (
            {"max_completion_tokens": 9},
            {"max_tokens": 5},
            {"max_completion_tokens": 9, "x": 1},
            {"max_tokens": 5, "x": 1},
        ),
        # true is not 1
        ({"a": True}, {"a": 1}, {"a": True}, {"a": 1}),
    ],
)
def test_cases(before: Any, now: Any, original: Any, expected: Any) -> None:
    assert merge(before, now, original) == expected
    assert is_same(merge(before, now, original), expected)


def test_an_object_of_options_that_is_gone_leaves_what_was_not_read_of_it() -> None:
    original: Any = {"options": {"temperature": 1, "num_ctx": 4096}, "x": 1}
    assert merge({"options": {"temperature": 1}}, {}, original) == {"options": {"num_ctx": 4096}, "x": 1}


def test_a_thing_of_a_type_that_is_gone_goes_as_a_whole() -> None:
    original: Any = {"response_format": {"type": "json_object", "x": 1}}
    assert merge({"response_format": {"type": "json_object"}}, {}, original) == {}


def test_bodies_of_the_deepest_kind_that_is_read_are_merged() -> None:
    def deep(leaf: int) -> Any:
        value: Any = leaf
        for _ in range(125):
            value = {"a": [value], "b": 1}
        return value

    assert is_same(merge(deep(1), deep(2), deep(1)), deep(2))
    assert difference(deep(1), deep(1)) is None
