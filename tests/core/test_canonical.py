"""What a request asks, as bytes: different in every field that matters, equal where nothing else is asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from types import MappingProxyType

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.canonical import cache_key, canonical
from pointsman.core.chat.message import Message, assistant, system, user
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.original import OriginalRequest
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest, Thinking
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ProviderTool, ResponseSchema, Tool
from pointsman.core.json import Json

LEFT_OUT = {"request_id", "timeout", "options"}


def original(beyond: bytes) -> OriginalRequest:
    """What a client sent, of which `beyond` has no place in our types."""
    return OriginalRequest("openai-chat", "chat", {}, b"{}", None, fingerprint=lambda: beyond)


VALUES: dict[str, tuple[object, ...]] = {
    "model": ("m", "n", "p/m"),
    "messages": (
        (user("hello"),),
        (user("hello"), user("")),
        (user("hell"), user("o")),
        (user("hell", "o"),),
        (system("hello"),),
        (assistant("hello"),),
        (Message("user", (Text("hello"),), name="ann"),),
        (),
    ),
    "temperature": (None, 0.0, 0.5, 1.0),
    "top_p": (None, 0.1, 1.0),
    "max_tokens": (None, 1, 2),
    "top_k": (None, 1, 40),
    "frequency_penalty": (None, -1.0, 1.0),
    "presence_penalty": (None, -1.0, 1.0),
    "logit_bias": ({}, {"1": 1.0}, {"1": -1.0}, {"2": 1.0}),
    "logprobs": (None, 0, 2),
    "n": (None, 1, 2),
    "verbosity": (None, "low", "high"),
    "service_tier": (None, "flex", "priority"),
    "json_mode": (False, True),
    "original": (None, original(b"a"), original(b"b")),
    "stop": ((), ("a",), ("a", "b"), ("b", "a"), ("ab",)),
    "seed": (None, 0, 1, 2**70),
    "tools": (
        (),
        (Tool("a"),),
        (Tool("b"),),
        (Tool("a"), Tool("b")),
        (Tool("b"), Tool("a")),
        (Tool("a", "what it does"),),
        (Tool("a", strict=True),),
        (Tool("a", rewritable=True),),
        (Tool("a", strict=False),),
        (Tool("a", parameters={"type": "object"}),),
        (Tool("a", freeform=True),),
        (Tool("a", cache_control=CacheControl()),),
        (ProviderTool("anthropic", {"name": "a"}),),
        (ProviderTool("gemini", {"name": "a"}),),
    ),
    "tool_choice": (
        None,
        "auto",
        "none",
        "required",
        ForcedTool("auto"),
        ForcedTool("a"),
        AllowedTools(("a",)),
        AllowedTools(("a",), True),
    ),
    "parallel_tools": (None, True, False),
    "response_schema": (
        None,
        ResponseSchema({}),
        ResponseSchema({"type": "object"}),
        ResponseSchema({}, name="other"),
        ResponseSchema({}, description="what"),
        ResponseSchema({}, strict=True),
        ResponseSchema({}, rewritable=True),
    ),
    "thinking": (None, Thinking(), Thinking("low"), Thinking("high"), Thinking(budget=1), Thinking(show=True)),
    "metadata": ({}, {"a": "b"}, {"a": "c"}, {"b": "a"}),
    "extra": ({}, {"a": 1}, {"a": "1"}, {"a": 1.5}, {"a": None}, {"a": True}, {"a": [1]}, {"a": {"a": 1}}, {"b": 1}),
    "on_unsupported": ("warn", "fail"),
    "request_id": (None, "x", "y"),
    "timeout": (None, 1.0, 2.0),
    "options": (CallOptions(), CallOptions(tenant="t"), CallOptions(task="analysis", cache="refresh")),
}
"""At least two values of every field, no two of which ask the same."""


def a_request(**fields: object) -> ChatRequest:
    """A request with these fields, the others as they are by default."""
    build: Callable[..., ChatRequest] = ChatRequest
    return build(**{"model": "m", "messages": (user("hello"),), **fields})


def key(request: ChatRequest) -> str:
    return cache_key(request, "openai", "t")


def test_every_field_of_a_request_is_tested_here() -> None:
    names = {field.name for field in attrs.fields(ChatRequest)}
    assert set(VALUES) == names
    assert names >= LEFT_OUT
    assert all(len(values) > 1 for values in VALUES.values())


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(ChatRequest)])
def test_each_field_changes_the_key_when_it_changes_unless_it_is_left_out(name: str) -> None:
    for first, second in combinations(VALUES[name], 2):
        same = key(a_request(**{name: first})) == key(a_request(**{name: second}))
        assert same is (name in LEFT_OUT), (first, second)


requests = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


@given(requests, requests)
def test_two_requests_have_one_key_exactly_when_they_ask_the_same(
    first: dict[str, object], second: dict[str, object]
) -> None:
    same = all(first[name] == second[name] for name in first if name not in LEFT_OUT)
    assert (key(a_request(**first)) == key(a_request(**second))) is same


@given(requests, st.sampled_from([name for name in VALUES if name not in LEFT_OUT]), st.data())
def test_whatever_else_is_asked_one_field_more_makes_another_key(
    found: dict[str, object], name: str, data: st.DataObject
) -> None:
    others = [value for value in VALUES[name] if value is not found[name]]
    changed = {**found, name: data.draw(st.sampled_from(others))}
    assert key(a_request(**found)) != key(a_request(**changed))


STATE = Opaque("openai", "signature", "x")
PARTS: tuple[Part, ...] = (
    Text("x"),
    Text("y"),
    Text("x", STATE),
    Text("x", Opaque("gemini", "signature", "x")),
    Text("x", Opaque("openai", "encrypted", "x")),
    Text("x", Opaque("openai", "signature", "y")),
    Reasoning("x"),
    Reasoning("x", STATE),
    Reasoning("x", redacted=True),
    Refusal("x"),
    Image(Bytes(b"x", "image/png")),
    Image(Bytes(b"y", "image/png")),
    Image(Bytes(b"x", "image/jpeg")),
    Image(Bytes(b"x", "image/png"), "low"),
    Image(Url("x")),
    Image(Url("x", "image/png")),
    Audio(Bytes(b"x", "image/png")),
    Audio(Bytes(b"x", "image/png"), "x"),
    File(Bytes(b"x", "image/png")),
    File(Url("x")),
    File(FileId("x")),
    File(FileId("x"), "x"),
    ToolCall("x", "x", "x"),
    ToolCall("x", "x", "y"),
    ToolCall("x", "x", "x", STATE),
    ToolResult("x", "x", ()),
    ToolResult("x", "x", (Text("x"),)),
    ToolResult("x", "x", (Text("x"),), True),
    ToolResult("x", "x", (Image(Url("x")),)),
)


def test_no_two_parts_are_taken_for_one_another() -> None:
    found = {key(a_request(messages=(Message("user", (part,)),))) for part in PARTS}
    assert len(found) == len(PARTS)


@given(st.lists(st.sampled_from(PARTS), max_size=4), st.lists(st.sampled_from(PARTS), max_size=4))
def test_two_lists_of_parts_have_one_key_exactly_when_they_are_equal(first: list[Part], second: list[Part]) -> None:
    keys = [key(a_request(messages=(Message("user", tuple(parts)),))) for parts in (first, second)]
    assert (keys[0] == keys[1]) is (first == second)


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_the_content_of_media_matters_and_stands_as_a_digest(first: bytes, second: bytes) -> None:
    one, other = (a_request(messages=(user(Image(Bytes(data, "image/png"))),)) for data in (first, second))
    assert (key(one) == key(other)) is (first == second)


def test_large_media_do_not_make_a_large_canonical_form() -> None:
    assert len(canonical(a_request(messages=(user(Image(Bytes(b"x" * 10**6, "image/png"))),)))) < 1000


json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.text(st.characters(), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.dictionaries(st.text(st.characters(), max_size=3), json_values, min_size=1, max_size=4)


def turned(value: Json) -> Json:
    """The same with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


@given(objects)
def test_the_order_of_the_keys_of_mappings_does_not_matter(found: dict[str, Json]) -> None:
    other = turned(found)
    assert isinstance(other, dict)
    for first, second in ((found, other), (found, MappingProxyType(other))):
        assert key(a_request(extra=first)) == key(a_request(extra=second))
    tools = [(Tool("a", parameters=parameters),) for parameters in (found, other)]
    assert key(a_request(tools=tools[0])) == key(a_request(tools=tools[1]))


any_text = st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(
    ("\ud83d\ude00", "😀", "\ud800", "\\ud800", "?", "\ufffd", "\0", '"')
)


@given(any_text, any_text, any_text)
def test_lone_surrogates_do_not_crash_and_are_told_apart(first: str, second: str, beside: str) -> None:
    keys = [key(a_request(messages=(user(text), user(beside)))) for text in (first, second)]
    assert (keys[0] == keys[1]) is (first == second)


def test_beside_a_lone_surrogate_two_halves_are_still_not_the_character() -> None:
    beside = user("\ud800")
    halves, whole = user("\ud83d\ude00"), user("\U0001f600")
    assert key(a_request(messages=(halves, beside))) != key(a_request(messages=(whole, beside)))


@given(st.integers(-(2**100), 2**100), st.integers(-(2**100), 2**100))
def test_integers_of_any_size_do_not_crash_and_are_told_apart(first: int, second: int) -> None:
    assert (key(a_request(seed=first)) == key(a_request(seed=second))) is (first == second)


short = st.text(st.sampled_from("ab\0|1"), max_size=4)


@given(short, short, short, short)
def test_scope_and_tenant_separate_and_do_not_run_into_one_another(a: str, b: str, c: str, d: str) -> None:
    request = a_request()
    assert (cache_key(request, a, b) == cache_key(request, c, d)) is ((a, b) == (c, d))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("ab", "c"), ("a", "bc")),
        (("ab", ""), ("", "ab")),
        (("a\0b", "c"), ("a", "b\0c")),
        (("a\0001\0b", ""), ("a", "b")),
        (("\0", ""), ("", "\0")),
    ],
)
def test_no_division_between_scope_and_tenant_is_taken_for_another(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    assert cache_key(a_request(), *first) != cache_key(a_request(), *second)


def test_a_key_is_64_hexadecimal_digits_and_the_same_each_time() -> None:
    found = cache_key(a_request(), "openai", "")
    assert len(found) == 64
    assert set(found) <= set("0123456789abcdef")
    assert found == cache_key(a_request(), "openai", "")
    assert cache_key(a_request(), "\ud800", "") != cache_key(a_request(), "\ud801", "")
