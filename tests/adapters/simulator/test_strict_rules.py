"""What the simulator refuses of schemas is what the vendors refuse, in their words and in their shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.adapters.dialects.schema_subsets import ANTHROPIC, GEMINI, LLAMA_CPP, OPENAI
from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.responder import Responder
from pointsman.adapters.simulator.strict_rules import broken_rule
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.error import InvalidRequest
from pointsman.core.json import dumps, loads
from pointsman.core.schema.strict import Strict, strict_for
from pointsman.layers.simulation import simulator
from tests.core import schemas as some

SUBSETS = {"openai-chat": OPENAI, "anthropic": ANTHROPIC, "gemini": GEMINI, "ollama": LLAMA_CPP}
TEXT: dict[str, Any] = {"type": "string"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def asking(schema: dict[str, Any], strict: bool | None = True) -> ChatRequest:
    return ChatRequest("sim", ask("sim", "?").messages, response_schema=ResponseSchema(schema, "it", strict=strict))


ITSELF: dict[str, Any] = {**an_object(a={"$ref": "#/$defs/A"}), "$defs": {"A": an_object(b={"$ref": "#/$defs/A"})}}
DEEP: dict[str, Any] = TEXT
for _ in range(11):
    DEEP = an_object(a=DEEP)
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("openai-chat", {"type": "array", "items": TEXT}, "schema must be a JSON Schema of 'type: \"object\"'"),
    ("openai-chat", {"type": "object"}, "In context=(), 'additionalProperties' is required to be supplied"),
    ("openai-chat", {**an_object(a=TEXT), "required": []}, "'required' is required to be supplied"),
    ("openai-responses", an_object(a={"oneOf": [TEXT]}), "In context=('properties', 'a'), 'oneOf' is not permitted."),
    ("openai-responses", an_object(a={"$ref": "#", "description": "x"}), "$ref cannot have keywords ['description']"),
    ("openai-chat", an_object(a={}), "schema must have a 'type' key"),
    ("openai-chat", an_object(a={"type": "array"}), "array schema missing items"),
    ("openai-chat", DEEP, "11 levels of nesting exceeds limit of 10"),
    ("anthropic", {"type": "object"}, "'additionalProperties' must be explicitly set to false"),
    ("anthropic", an_object(a={"type": "integer", "minimum": 1}), "For 'integer' type, property 'minimum' is not"),
    ("anthropic", an_object(a={"type": "array", "items": TEXT, "minItems": 2}), "values other than 0 or 1"),
    ("anthropic", ITSELF, "recursive schemas are not supported"),
    ("anthropic", {**an_object(**{f"p{n}": TEXT for n in range(25)}), "required": []}, "Schema is too complex"),
    ("ollama", an_object(a={"$ref": "#"}), "Unsupported ref: #"),
    ("ollama", an_object(a={"type": "array", "items": False}), "Unrecognized schema: false"),
    ("ollama", an_object(a={"type": "string", "pattern": "x"}), "Pattern must start with"),
    ("gemini", ITSELF, "a cyclic reference"),
    ("gemini", an_object(a={"$ref": "#/$defs/A", "title": "x"}), "$ref was set alongside unsupported fields"),
    ("gemini", an_object(a={"type": "string", "pattern": "x"}), "the keyword 'pattern' is not supported"),
    ("gemini", an_object(a={"enum": [True]}), "enum: only allowed for"),
]


@pytest.mark.parametrize(("dialect", "schema", "said"), CASES, ids=[f"{case[0]}: {case[2]}" for case in CASES])
def test_a_broken_rule_is_told_in_the_vendors_words(dialect: str, schema: dict[str, Any], said: str) -> None:
    found = broken_rule(dialect, asking(schema))
    assert isinstance(found, Failure)
    assert said in found.failure().detail
    assert found.failure().status == 400
    assert broken_rule("lmstudio", asking(schema)) == Success(None)


def test_what_is_not_strict_is_not_judged_by_openai() -> None:
    assert broken_rule("openai-chat", asking({"type": "object"}, strict=None)) == Success(None)
    assert broken_rule("openai-chat", asking({"type": "object"}, strict=False)) == Success(None)


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ("openai-chat", "Invalid schema for function 't': In context=()"),
        ("anthropic", "tools.0.custom.input_schema: For 'object' type"),
    ],
)
def test_strict_tools_are_judged_too(dialect: str, said: str) -> None:
    def judged(strict: bool) -> object:
        tools = (Tool("t", parameters={"type": "object"}, strict=strict),)
        return unwrap_or_failure(broken_rule(dialect, ChatRequest("sim", ask("sim", "?").messages, tools=tools)))

    refused = judged(True)
    assert isinstance(refused, InvalidRequest)
    assert refused.detail.startswith(said)
    assert judged(False) is None


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(schema=some.schemas, lossy=st.booleans(), dialect=st.sampled_from(sorted(SUBSETS)))
def test_what_we_rewrite_breaks_no_rule(schema: dict[str, Any], lossy: bool, dialect: str) -> None:
    subset = SUBSETS[dialect]
    strict = unwrap_or_failure(strict_for(schema, subset, lossy=lossy))
    assume(isinstance(strict, Strict))
    assert isinstance(strict, Strict)
    assert broken_rule(dialect, asking(strict.schema)) == Success(None)


BODIES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": "?"}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "it", "schema": {"type": "object"}, "strict": True},
            },
        },
        ["error", "type"],
    ),
    (
        "/v1/responses",
        {
            "input": "?",
            "text": {"format": {"type": "json_schema", "name": "it", "schema": {"type": "object"}, "strict": True}},
        },
        ["error", "type"],
    ),
    (
        "/v1/messages",
        {
            "max_tokens": 9,
            "messages": [{"role": "user", "content": "?"}],
            "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        },
        ["error", "type"],
    ),
    (
        "/v1beta/models/sim:generateContent",
        {
            "contents": [{"role": "user", "parts": [{"text": "?"}]}],
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseJsonSchema": {"type": "object", "not": {}},
            },
        },
        ["error", "status"],
    ),
]


@pytest.mark.parametrize(("path", "body", "kind"), BODIES, ids=[body[0] for body in BODIES])
def test_the_answer_is_a_400_in_the_vendors_shape(path: str, body: dict[str, Any], kind: list[str]) -> None:
    reply = Responder.of(simulator()).respond(ReceivedRequest("POST", path, {}, dumps({"model": "sim", **body})))
    assert reply.status == 400
    found: Any = loads(b"".join(reply.chunks)).unwrap()
    for step in kind:
        found = found[step]
    assert found in ("invalid_request_error", "INVALID_ARGUMENT")
