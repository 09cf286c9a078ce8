"""The schema language of the vendors: total over any JSON, and exact about places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.vendors.body_schema import (
    FLAG,
    OBJECT,
    TEXT,
    WHOLE,
    Base64,
    Either,
    Items,
    Later,
    Number,
    Shape,
    Table,
    TextType,
    choice,
    maybe,
    problems,
    record,
    union,
)
from pointsman.adapters.simulator.vendors.registry import VENDORS
from pointsman.core.json import dumps

TREE: Shape = record(left=Later(lambda: TREE), value=WHOLE)
CASES: list[tuple[Shape, Any, list[tuple[str, tuple[Any, ...]]]]] = [
    (record({"a": TEXT}, b=FLAG), {"a": "x", "b": True}, []),
    (record({"a": TEXT}), {"c": 1}, [("unknown", ("c",)), ("missing", ("a",))]),
    (record(a=TEXT), [], [("type", ())]),
    (Items(TEXT, least=1, most=2), [], [("short", ())]),
    (Items(TEXT, most=1), ["a", 2], [("long", ()), ("type", (1,))]),
    (Items(TEXT, lone=True), "a", []),
    (Table(WHOLE, most=1), {"a": 1, "b": "2"}, [("long", ()), ("type", ("b",))]),
    (Table(WHOLE, numbered=True), {"a": "1"}, [("type", (0, "value"))]),
    (choice("a"), "b", [("choice", ())]),
    (TextType(pattern="a+", most=2), "aaab", [("long", ()), ("pattern", ())]),
    (Number(0, 1), 1.5, [("above", ())]),
    (Number(0, whole=True), -1, [("below", ())]),
    (WHOLE, 2.0, []),
    (WHOLE, True, [("type", ())]),
    (Number(lenient=True), "1.5", []),
    (Number(lenient=True), "x", [("type", ())]),
    (Number(most=5), 10**400, [("above", ())]),
    (maybe(TEXT), None, []),
    (Either((TEXT, Items(TEXT))), [1], [("type", (0,))]),
    (union("type", a=record({"x": TEXT})), {"type": "a"}, [("missing", ("x",))]),
    (union("type", a=record()), {"type": "b"}, [("tag", ("type",))]),
    (union("type", a=record()), {}, [("missing", ("type",))]),
    (union("type", "a", a=record()), {}, []),
    (Base64(), "AA", [("base64", ())]),
    (Base64(url_safe=True), "_-8", []),
    (TREE, {"left": {"left": {"value": "x"}}}, [("type", ("left", "left", "value"))]),
]


@pytest.mark.parametrize(("shape", "value", "wanted"), CASES, ids=range(len(CASES)))
def test_what_does_not_fit_is_found_in_its_place(shape: Shape, value: Any, wanted: list[Any]) -> None:
    assert [(problem.fault, problem.steps) for problem in problems(shape, value)] == wanted


def test_what_is_nested_beyond_reason_is_a_problem_and_no_crash() -> None:
    value: Any = {}
    for _ in range(900):
        value = {"left": value}
    assert [problem.fault for problem in problems(TREE, value)] == ["deep"]
    assert [*problems(OBJECT, value)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        *("model", "messages", "input", "contents", "tools", "system", "text", "thinking", "options", "format", "stop"),
        *(
            "role",
            "content",
            "type",
            "parts",
            "inlineData",
            "functionCall",
            "source",
            "tool_calls",
            "id",
            "tool_choice",
        ),
    ]
)
WORDS = st.sampled_from(["user", "assistant", "tool", "text", "image", "function", "tool_use", "tool_result", "base64"])
LIKELY = st.recursive(
    JSON | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=20,
)
PATHS = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/m:generateContent",
    "ollama": "/api/chat",
}


@pytest.mark.parametrize("dialect", sorted(PATHS))
@given(body=st.dictionaries(FIELDS, LIKELY, max_size=6) | JSON, valid=st.booleans())
def test_no_body_makes_a_vendor_raise(dialect: str, body: Any, valid: bool) -> None:
    headers = {"anthropic-version": "2023-06-01"}
    call = ReceivedRequest("POST", PATHS[dialect], headers, dumps(body) if valid else dumps(body)[:-1])
    reply = VENDORS[dialect].refuses(call, "chat")
    assert reply is None or 400 <= reply.status <= 500
