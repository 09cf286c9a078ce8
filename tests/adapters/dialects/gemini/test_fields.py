"""Every field, both ways: written, warned of or refused, and what nobody reads is reported."""

from __future__ import annotations

from typing import Any

import attrs
import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Quirks, Target, WireRequest
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.core.chat.message import Message, user
from pointsman.core.chat.original import Untranslated
from pointsman.core.chat.part import Audio, Bytes, File, FileId, Image, ProviderPart, Text, ToolCall, ToolResult, Url
from pointsman.core.chat.request import ESSENTIALS, PARAMETERS, ChatRequest, Thinking
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ProviderTool, ResponseSchema, Tool
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from pointsman.core.json import as_object

SCHEMA: Any = {"type": "object", "properties": {"a": {"type": "string"}}}
VALUES: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.25,
    "top_k": 40,
    "frequency_penalty": 0.5,
    "presence_penalty": -0.5,
    "logit_bias": {"7": 1.0},
    "logprobs": 3,
    "n": 2,
    "max_tokens": 64,
    "stop": ("END",),
    "seed": 7,
    "verbosity": "low",
    "service_tier": "flex",
    "tool_choice": ForcedTool("look"),
    "parallel_tools": False,
    "thinking": Thinking("low", show=True),
    "metadata": {"a": "b"},
    "messages": (user("hi"),),
    "tools": (Tool("look"),),
    "response_schema": ResponseSchema(SCHEMA),
    "json_mode": True,
}
TURN = {"role": "user", "parts": [{"text": "hi"}]}


def request_of(**fields: Any) -> ChatRequest:
    """A request that says so much."""
    tools = (Tool("look"),) if "tool_choice" in fields else ()
    return ChatRequest("m", **{"messages": (user("hi"),), "tools": tools, **fields})


def write(request: ChatRequest, quirks: Quirks | None = None, model: str = "m") -> Any:
    """What is sent, or why nothing is."""
    return unwrap_or_failure(GEMINI.chat.write_request(request, Target("gemini", model, quirks or Quirks()), False))


def read(body: Any, model: str = "m") -> Any:
    """What a server reads of `body`, or what is wrong with it."""
    return unwrap_or_failure(GEMINI.chat.read_request(Inbound(orjson.loads(orjson.dumps(body)), model, False)))


def config_of(request: ChatRequest, model: str = "m") -> Any:
    """The settings of the generation."""
    return write(request, model=model).body["generationConfig"]


def test_all_fields_have_a_value_here() -> None:
    assert set(VALUES) == {*PARAMETERS, *ESSENTIALS}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_written_and_read_back_or_warned_of(name: str) -> None:
    request = request_of(**{name: VALUES[name]})
    wire = write(request)
    if name in GEMINI.parameters:
        assert wire.warnings == ()
        assert read(wire.body).request == request
    else:
        assert [warning.subject for warning in wire.warnings] == [name]
    lacking = write(request, Quirks(lacks=frozenset((name,))))
    assert [warning.subject for warning in lacking.warnings] == [name]


@pytest.mark.parametrize("name", [name for name in ESSENTIALS if name != "messages"])
def test_what_says_what_is_asked_is_read_back_or_refused(name: str) -> None:
    request = request_of(**{name: VALUES[name]})
    assert read(write(request).body).request == request
    assert isinstance(write(request, Quirks(lacks=frozenset((name,)))), UnsupportedFeature)


@pytest.mark.parametrize(
    ("asked", "model", "sent"),
    [
        (Thinking("low"), "gemini-2.5-flash", {"thinkingBudget": 1024}),
        (Thinking("high"), "gemini-2.5-pro", {"thinkingBudget": 24576}),
        (Thinking("none"), "gemini-2.5-flash", {"thinkingBudget": 0}),
        (Thinking("high"), "gemini-3-pro", {"thinkingLevel": "high"}),
        (Thinking(budget=99, show=True), "gemini-3-pro", {"includeThoughts": True, "thinkingBudget": 99}),
    ],
)
def test_an_effort_is_a_level_or_the_budget_that_older_models_take(asked: Thinking, model: str, sent: object) -> None:
    assert config_of(request_of(thinking=asked), model)["thinkingConfig"] == sent


def test_an_effort_that_gemini_lacks_is_the_nearest_with_a_warning() -> None:
    wire = write(request_of(thinking=Thinking("max")))
    assert wire.body["generationConfig"] == {"thinkingConfig": {"thinkingLevel": "high"}}
    assert [warning.subject for warning in wire.warnings] == ["thinking.effort"]


def test_both_spellings_and_both_alphabets_of_base64_are_read() -> None:
    body = {
        "system_instruction": {"parts": {"text": "Be brief."}},
        "contents": [
            {"role": "user", "parts": [{"inline_data": {"mime_type": "image/png", "data": "-_-_"}}]},
            {"role": "model", "parts": [{"function_call": {"name": "look", "args": {"at": "N"}}}]},
            {"parts": [{"function_response": {"name": "look", "response": {"lamps": [1, 2]}}}]},
        ],
        "tools": [{"function_declarations": [{"name": "look", "parameters": {"type": "OBJECT"}}]}],
        "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["look"]}},
        "generation_config": {"max_output_tokens": 9, "thinking_config": {"thinking_budget": 128}},
    }
    call = read(body)
    assert call.untranslated == ()
    system, shown, said, answered = call.request.messages
    assert system == Message("system", (Text("Be brief."),))
    assert shown.parts == (Image(Bytes(b"\xfb\xff\xbf", "image/png")),)
    assert said.parts == (ToolCall("call_0", "look", '{"at":"N"}'),)
    assert answered.parts == (ToolResult("call_0", "look", (Text('{"lamps":[1,2]}'),)),)
    assert call.request.tools == (Tool("look", parameters={"type": "object"}),)
    assert (call.request.tool_choice, call.request.max_tokens) == (ForcedTool("look"), 9)
    assert call.request.thinking == Thinking(budget=128)
    assert write(call.request).body["contents"][2]["parts"][0]["functionResponse"]["response"] == {"lamps": [1, 2]}


def test_parallel_results_without_ids_answer_the_calls_in_their_order() -> None:
    calls = [{"functionCall": {"name": name}} for name in ("a", "b", "a")]
    results = [{"functionResponse": {"name": name, "response": {"result": name}}} for name in ("a", "a", "b")]
    contents = [TURN, {"role": "model", "parts": calls}, {"role": "user", "parts": results}]
    asked = read({"contents": contents}).request
    assert [call.id for call in asked.messages[1].tool_calls] == ["call_0", "call_1", "call_2"]
    answered = [part.call_id for part in asked.messages[2].parts if isinstance(part, ToolResult)]
    assert answered == ["call_0", "call_2", "call_1"]


@pytest.mark.parametrize(
    ("response", "text", "is_error"),
    [
        ({"result": "green"}, "green", False),
        ({"output": "green"}, "green", False),
        ({"error": "dark"}, "dark", True),
        ({"error": {"code": 3}}, '{"code":3}', True),
        ({"result": {"a": 1}}, '{"a":1}', False),
        ({"a": "x", "error": None}, '{"a":"x","error":null}', False),
    ],
)
def test_a_function_response_is_its_text_or_its_object(response: object, text: str, is_error: bool) -> None:
    part = {"functionResponse": {"name": "look", "response": response}}
    (message,) = read({"contents": [{"role": "user", "parts": [part]}]}).request.messages
    (result,) = message.parts
    assert (result.content, result.is_error) == ((Text(text),), is_error)


def test_what_has_no_place_is_reported_at_every_level_and_what_is_essential_as_such() -> None:
    body = {
        "contents": [{**TURN, "parts": [{"text": "hi", "partMetadata": {"a": 1}}], "extra": 1}],
        "safetySettings": [],
        "cachedContent": "cachedContents/7",
        "labels": {"a": "b"},
        "generationConfig": {"responseModalities": ["AUDIO"], "mediaResolution": "MEDIA_RESOLUTION_LOW"},
        "tools": [{"functionDeclarations": [{"name": "look", "behavior": "BLOCKING"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}, "retrievalConfig": {"languageCode": "de"}},
    }
    assert set(read(body).untranslated) == {
        Untranslated("contents[].parts[].partMetadata"),
        Untranslated("contents[].extra"),
        Untranslated("safetySettings"),
        Untranslated("cachedContent", essential=True),
        Untranslated("labels"),
        Untranslated("generationConfig.responseModalities", essential=True),
        Untranslated("generationConfig.mediaResolution"),
        Untranslated("tools[].functionDeclarations[].behavior"),
        Untranslated("toolConfig.functionCallingConfig.mode"),
        Untranslated("toolConfig.retrievalConfig"),
    }


def test_parts_and_tools_that_nobody_else_has_go_on_as_they_are() -> None:
    parts: Any = [{"executableCode": {"language": "PYTHON", "code": "4"}}, {"code_execution_result": {"output": "4"}}]
    tools: Any = [{"googleSearch": {}}, {"url_context": {}}, {"functionDeclarations": [{"name": "look"}]}]
    asked = read({"contents": [TURN, {"role": "model", "parts": parts}], "tools": tools}).request
    assert asked.messages[1].parts == tuple(ProviderPart("gemini", part) for part in parts)
    search, context, _ = asked.tools
    assert search == ProviderTool("gemini", {"googleSearch": {}}, "web_search")
    assert context == ProviderTool("gemini", {"url_context": {}})
    wire = write(asked)
    assert wire.body["contents"][1]["parts"] == parts
    assert wire.body["tools"][:2] == tools[:2]
    foreign = attrs.evolve(asked, messages=(user(ProviderPart("anthropic", {"type": "search"})),), tools=())
    assert isinstance(write(foreign), UnsupportedFeature)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ({"fileUri": "https://e.org/a.png"}, Image(Url("https://e.org/a.png"))),
        ({"fileUri": "https://e.org/a", "mimeType": "audio/ogg"}, Audio(Url("https://e.org/a", "audio/ogg"))),
        ({"fileUri": "https://youtu.be/x"}, File(Url("https://youtu.be/x"))),
        ({"fileUri": "files/7", "mimeType": "image/png"}, Image(FileId("files/7"))),
        ({"fileUri": "gs://b/o.pdf", "mimeType": "application/pdf"}, File(Url("gs://b/o.pdf", "application/pdf"))),
    ],
)
def test_files_by_address_are_what_their_type_says(data: object, part: object) -> None:
    (message,) = read({"contents": [{"role": "user", "parts": [{"fileData": data}]}]}).request.messages
    assert message.parts == (part,)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "contents"),
        ({"contents": 3}, "contents"),
        ({"contents": [{"role": "robot", "parts": []}]}, "contents[0].role"),
        ({"contents": [TURN], "generationConfig": {"temperature": "hot"}}, "generationConfig.temperature"),
        ({"contents": [TURN], "generationConfig": {"topP": 7}}, "top_p"),
        ({"contents": [TURN], "tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        ({"contents": [{"parts": [{"text": 7}]}]}, "contents[0].parts[0].text"),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused_with_its_path(body: object, problem: str) -> None:
    refused = read(body)
    assert isinstance(refused, InvalidRequest)
    assert any(each.startswith(f"{problem}:") for each in refused.problems), refused.problems


def test_an_older_schema_is_read_as_json_schema() -> None:
    older: Any = {
        "type": "OBJECT",
        "properties": {
            "b": {"type": "STRING", "nullable": True, "enum": ["x"]},
            "type": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "1"},
        },
        "propertyOrdering": ["type", "b"],
    }
    config = {"responseMimeType": "application/json", "responseSchema": older}
    schema = read({"contents": [TURN], "generationConfig": config}).request.response_schema
    assert schema is not None
    assert schema.schema == {
        "type": "object",
        "properties": {
            "type": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            "b": {"type": ["string", "null"], "enum": ["x", None]},
        },
    }
    assert list(as_object(schema.schema["properties"])) == ["type", "b"]
    assert config_of(request_of(response_schema=ResponseSchema(older))) == config


def test_a_schema_of_unknown_types_is_refused_with_its_path() -> None:
    schema = ResponseSchema({"type": "object", "properties": {"when": {"type": "date"}}})
    refused = write(request_of(response_schema=schema))
    assert isinstance(refused, UnsupportedFeature)
    assert "properties.when" in refused.detail


def test_json_mode_is_a_mode_and_no_schema() -> None:
    asked = read({"contents": [TURN], "generationConfig": {"responseMimeType": "application/json"}}).request
    assert (asked.json_mode, asked.response_schema) == (True, None)


def test_several_allowed_functions_are_read() -> None:
    config = {"mode": "ANY", "allowedFunctionNames": ["a", "b"]}
    tools = [{"functionDeclarations": [{"name": name} for name in "abc"]}]
    body = {"contents": [TURN], "tools": tools, "toolConfig": {"functionCallingConfig": config}}
    asked = read(body).request
    assert asked.tool_choice == AllowedTools(("a", "b"), required=True)
    assert write(asked).body["toolConfig"] == body["toolConfig"]


def test_extra_joins_the_settings_and_wipes_none() -> None:
    wire = write(request_of(temperature=0.5, extra={"generationConfig": {"mediaResolution": "X", "temperature": 1}}))
    assert isinstance(wire, WireRequest)
    assert wire.body == {
        "contents": [TURN],
        "generationConfig": {"temperature": 0.5, "mediaResolution": "X"},
    }
    assert [warning.subject for warning in wire.warnings] == ["extra.generationConfig.temperature"]


def test_a_tuned_model_keeps_its_collection() -> None:
    assert read({"contents": [TURN]}, "tunedModels/mine").request.model == "tunedModels/mine"
    assert read({"contents": [TURN]}, "tunedModels/gem/mine").request.model == "gem/tunedModels/mine"
    assert read({"contents": [TURN]}, "models/gem/m").request.model == "gem/m"
    assert isinstance(read({"contents": [TURN]}), InboundCall)
    assert write(request_of(), model="tunedModels/mine").path == "/tunedModels/mine:generateContent"


@pytest.mark.parametrize("name", ["responseModalities", "response_modalities"])
def test_that_text_is_wanted_is_no_news(name: str) -> None:
    assert read({"contents": [TURN], "generationConfig": {name: ["TEXT"]}}).untranslated == ()
