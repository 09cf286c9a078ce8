"""JSON that is still being written is read as far as it surely goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.json import Json, dumps_text
from pointsman.core.schema.partial_json import partial_json

_scalars = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=8)
_values: st.SearchStrategy[Json] = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("{", {}),
        ('{"na', {}),
        ('{"name"', {}),
        ('{"name": ', {}),
        ('{"name": "Gr', {"name": "Gr"}),
        ('{"name": "Gr\\', {"name": "Gr"}),
        ('{"name": "Gr\\u00f', {"name": "Gr"}),
        ('{"name": "\\ud83d', {"name": ""}),
        ('{"name": "\\ud83d\\ude80', {"name": "🚀"}),
        ('{"age": 4', {}),
        ('{"age": 42,', {"age": 42}),
        ('{"ok": tru', {}),
        ('{"ok": true}', {"ok": True}),
        ("[1, 2", [1]),
        ('[[], {"a": [{"b": "c', [[], {"a": [{"b": "c"}]}]),
        ('"half a', "half a"),
        ("hello", None),
        ("{hello", {}),
        ("[1 2", [1]),
        ("[1]]]", [1]),
    ],
)
def test_what_is_there_is_read(text: str, value: Json) -> None:
    assert partial_json(text) == value


def grows_into(part: Json, whole: Json) -> bool:
    """Whether `part` is a beginning of `whole`."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and grows_into(item, whole[key]) for key, item in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(grows_into, part, whole[: len(part)]))
    return (isinstance(part, str) and isinstance(whole, str) and whole.startswith(part)) or part == whole


@given(_values, st.booleans())
def test_every_beginning_is_a_part_of_the_whole(value: Json, spaced: bool) -> None:
    text = dumps_text(value).replace(",", " ,\n ") if spaced and not any(c in dumps_text(value) for c in '"') else None
    text = text or dumps_text(value)
    for end in range(len(text) + 1):
        part = partial_json(text[:end])
        assert part is None or grows_into(part, value)
    if isinstance(value, (dict, list, str)):
        assert partial_json(text) == value


@given(st.text(alphabet='{}[]",:\\utf 0189aebr\n', max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    partial_json(text)


def test_what_is_nested_too_deeply_is_nothing() -> None:
    assert partial_json("[" * 900) is not None
    assert partial_json("[" * 200_000) is None
