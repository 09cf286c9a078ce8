"""Which schemas go out as they are, which are rewritten, and which are refused, dialect by dialect."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect, Quirks, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import JsonObject

LOOSE: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED: JsonObject = {**LOOSE, "additionalProperties": False}
STRICT: JsonObject = {
    **CLOSED,
    "properties": {"a": {"type": ["string", "null"]}},
    "required": ["a"],
}
ANYTHING: JsonObject = {"type": "object", "properties": {"a": {}}}
OPENAI = (OPENAI_CHAT, OPENAI_RESPONSES)


def sent(dialect: Dialect, request: ChatRequest, **quirks: Any) -> WireRequest | WriteFailure:
    return unwrap_or_failure(dialect.chat.write_request(request, Target("it", "m", Quirks(**quirks)), False))


def body_of(dialect: Dialect, request: ChatRequest, **quirks: Any) -> Any:
    found = sent(dialect, request, **quirks)
    assert isinstance(found, WireRequest), found
    return found.body


def answer_of(dialect: Dialect, schema: ResponseSchema, **quirks: Any) -> tuple[JsonObject, bool | None]:
    """The schema of the answer on the wire, and whether it is strict."""
    body = body_of(dialect, attrs.evolve(ask("it/m", "?"), response_schema=schema), **quirks)
    form = body["response_format"]["json_schema"] if dialect is OPENAI_CHAT else body["text"]["format"]
    return form["schema"], form.get("strict")


@pytest.mark.parametrize("dialect", OPENAI, ids=lambda dialect: dialect.name)
def test_openai_is_strict_where_it_is_asked_for_or_costs_nothing(dialect: Dialect) -> None:
    closed: JsonObject = {**CLOSED, "required": ["a"]}
    for strict in (None, False):
        assert answer_of(dialect, ResponseSchema(LOOSE, strict=strict)) == (LOOSE, strict)
    assert answer_of(dialect, ResponseSchema({**LOOSE, "required": ["a"]}, strict=True)) == (closed, True)
    assert answer_of(dialect, ResponseSchema(LOOSE, rewritable=True)) == (STRICT, True)
    assert answer_of(dialect, ResponseSchema(LOOSE, rewritable=True, strict=False)) == (LOOSE, False)
    assert answer_of(dialect, ResponseSchema(ANYTHING, rewritable=True)) == (ANYTHING, None)
    refused = sent(dialect, attrs.evolve(ask("it/m", "?"), response_schema=ResponseSchema(ANYTHING, strict=True)))
    assert isinstance(refused, UnsupportedFeature)
    assert (refused.feature, refused.provider, refused.model) == ("schema", "it", "m")


def test_a_provider_that_is_not_openai_is_strict_only_when_asked_and_a_grammar_never_rewritten() -> None:
    assert answer_of(OPENAI_CHAT, ResponseSchema(LOOSE, rewritable=True), strict="asked") == (LOOSE, None)
    assert answer_of(OPENAI_CHAT, ResponseSchema(LOOSE, rewritable=True, strict=True), strict="asked") == (STRICT, True)
    assert answer_of(OPENAI_CHAT, ResponseSchema(LOOSE, rewritable=True), strict="never") == (LOOSE, None)
    assert answer_of(OPENAI_CHAT, ResponseSchema(ANYTHING, strict=True), strict="never") == (ANYTHING, True)
    tools = (Tool("t", parameters=ANYTHING, strict=True),)
    body = body_of(OPENAI_CHAT, attrs.evolve(ask("it/m", "?"), tools=tools), strict="never")
    assert body["tools"][0]["function"]["parameters"] == ANYTHING


@pytest.mark.parametrize("dialect", OPENAI, ids=lambda dialect: dialect.name)
def test_only_strict_tools_are_rewritten(dialect: Dialect) -> None:
    tools = (
        Tool("plain", parameters=LOOSE, rewritable=True),
        Tool("strict", parameters=LOOSE, strict=True, rewritable=True),
    )
    written = body_of(dialect, attrs.evolve(ask("it/m", "?"), tools=tools))["tools"]
    functions = [tool.get("function", tool) for tool in written]
    assert [function["parameters"] for function in functions] == [LOOSE, STRICT]


def test_anthropic_closes_objects_and_leaves_what_is_optional() -> None:
    tools = (Tool("plain", parameters=LOOSE), Tool("strict", parameters=LOOSE, strict=True))
    request = attrs.evolve(ask("it/m", "?"), tools=tools, response_schema=ResponseSchema(LOOSE, rewritable=True))
    body = body_of(ANTHROPIC, request)
    assert body["output_config"]["format"]["schema"] == CLOSED
    assert [tool["input_schema"] for tool in body["tools"]] == [LOOSE, CLOSED]


def test_anthropics_limits_hold_for_all_schemas_of_a_request_together() -> None:
    def with_tools(count: int, optional: int) -> WireRequest | WriteFailure:
        properties: JsonObject = {f"p{number}": {"type": "string"} for number in range(optional)}
        schema: JsonObject = {"type": "object", "properties": properties, "additionalProperties": False}
        tools = tuple(Tool(f"t{number}", parameters=schema, strict=True) for number in range(count))
        return sent(ANTHROPIC, attrs.evolve(ask("it/m", "?"), tools=tools))

    assert isinstance(with_tools(2, 12), WireRequest)
    too_optional = with_tools(2, 13)
    assert isinstance(too_optional, UnsupportedFeature)
    assert "together: $: it has 26 properties that are not required, and Anthropic takes 24" in too_optional.detail
    assert isinstance(with_tools(20, 1), WireRequest)
    too_many = with_tools(21, 1)
    assert isinstance(too_many, UnsupportedFeature)
    assert "21 are strict" in too_many.detail


def test_gemini_moves_notes_off_references() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A", "description": "mine"}, "m": {"type": "object"}},
        "$defs": {"A": {"const": "x"}},
    }
    request = attrs.evolve(ask("it/m", "?"), response_schema=ResponseSchema(schema))
    written = body_of(GEMINI, request)["generationConfig"]["responseJsonSchema"]
    assert written == {
        "type": "object",
        "properties": {"a": {"type": "string", "enum": ["x"], "description": "mine"}, "m": {"type": "object"}},
    }


def test_ollama_gets_what_makes_a_grammar_and_a_warning_for_what_does_not() -> None:
    pair: JsonObject = {"type": "array", "prefixItems": [{"type": "integer"}], "items": False, "minItems": 1}
    both: JsonObject = {"allOf": [CLOSED, {"properties": {"a": {"type": "string", "pattern": "b"}}}]}
    schema: JsonObject = {"type": "object", "properties": {"p": pair, "b": both, "self": {"$ref": "#"}}}
    found = sent(OLLAMA, attrs.evolve(ask("it/m", "?"), response_schema=ResponseSchema(schema)))
    assert isinstance(found, WireRequest)
    assert found.body is not None
    written: Any = found.body["format"]
    assert written["properties"]["p"] == {
        "type": "array",
        "prefixItems": [{"type": "integer"}],
        "minItems": 1,
        "maxItems": 1,
    }
    assert written["properties"]["b"]["properties"] == {"a": {"type": "string", "description": "pattern: b"}}
    assert written["properties"]["self"] == {"$ref": "#/$defs/root"}
    assert "$.properties.b.properties.a.pattern" in found.warnings[0].text
    patterns: JsonObject = {"type": "object", "patternProperties": {"^a": {}}}
    kept = sent(OLLAMA, attrs.evolve(ask("it/m", "?"), response_schema=ResponseSchema(patterns)))
    assert isinstance(kept, WireRequest)
    assert kept.body is not None
    assert kept.body["format"] == patterns
    assert "sent as it is" in kept.warnings[0].text
