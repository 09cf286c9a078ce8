"""Tools in words: what the model is told, what it may answer, and how that is read."""

from __future__ import annotations

import attrs
import pytest
from jsonschema import Draft202012Validator
from returns.methods import unwrap_or_failure

from pointsman import (
    ChatRequest,
    ChatResponse,
    Finish,
    ResponseSchema,
    Text,
    Tool,
    ToolCall,
    assistant,
    system,
    tool,
    user,
)
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ProviderTool, ToolChoice
from pointsman.core.chat.tools_by_schema import needs_tools, read_call, with_tools_in_words
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import Json, loads

WEATHER = Tool(
    "weather", "Says the weather.", {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
)
CLOCK = Tool("clock", "Says the time.")
REQUEST = ChatRequest("tiny", (system("Be short."), user("Rome?")), tools=(WEATHER, CLOCK))


def in_words(request: ChatRequest) -> ChatRequest:
    found = unwrap_or_failure(with_tools_in_words(request))
    assert isinstance(found, ChatRequest), found
    return found


def fits(request: ChatRequest, answer: Json) -> bool:
    assert request.response_schema is not None
    return bool(Draft202012Validator(request.response_schema.schema).is_valid(answer))


@pytest.mark.parametrize(
    ("choice", "calls", "may_answer"),
    [
        (None, {"weather", "clock"}, True),
        ("auto", {"weather", "clock"}, True),
        ("required", {"weather", "clock"}, False),
        (ForcedTool("clock"), {"clock"}, False),
        (AllowedTools(("weather",)), {"weather"}, True),
        (AllowedTools(("weather",), required=True), {"weather"}, False),
    ],
)
def test_the_schema_allows_what_the_choice_allows(choice: ToolChoice | None, calls: set[str], may_answer: bool) -> None:
    plain = in_words(attrs.evolve(REQUEST, tool_choice=choice))
    arguments: dict[str, Json] = {"weather": {"city": "Rome"}, "clock": {}}
    assert {name for name in arguments if fits(plain, {"tool": name, "arguments": arguments[name]})} == calls
    assert fits(plain, {"answer": "It is late."}) == may_answer
    assert not fits(plain, {"tool": "weather", "arguments": {}})
    assert (plain.tools, plain.tool_choice) == ((), None)
    assert plain.messages[0].role == "system"
    assert plain.messages[0].text.startswith("Be short.")
    assert all(name in plain.messages[0].text for name in calls)


def test_with_no_choice_of_tools_nothing_is_said_of_them() -> None:
    plain = in_words(attrs.evolve(REQUEST, tool_choice="none"))
    assert plain.response_schema is None
    assert plain.messages == REQUEST.messages


def test_calls_and_results_that_have_been_are_told_in_words() -> None:
    call = ToolCall("1", "weather", '{"city":"Rome"}')
    history = (user("Rome?"), assistant("Let me see.", call), tool(call, "sunny"), user("And now?"))
    request = ChatRequest("tiny", history)
    assert needs_tools(request)
    said = [message.text for message in in_words(request).messages]
    assert said == [
        "Rome?",
        'Let me see.{"tool":"weather","arguments":{"city":"Rome"}}',
        "weather gave: sunny",
        "And now?",
    ]
    assert not needs_tools(in_words(request))


@pytest.mark.parametrize(
    "request_",
    [
        attrs.evolve(REQUEST, json_mode=True),
        attrs.evolve(REQUEST, response_schema=ResponseSchema({"type": "object"})),
        attrs.evolve(REQUEST, tools=(ProviderTool("openai", {"type": "web_search"}),)),
        attrs.evolve(REQUEST, tools=(Tool("x", freeform=True, grammar={"type": "grammar"}),)),
    ],
    ids=["json mode", "a schema of its own", "a tool of the provider", "a grammar of its own"],
)
def test_what_cannot_be_said_in_words_is_refused_and_never_dropped(request_: ChatRequest) -> None:
    assert isinstance(unwrap_or_failure(with_tools_in_words(request_)), UnsupportedFeature)


def test_definitions_move_to_where_references_look_for_them() -> None:
    parameters: dict[str, Json] = {
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/Place"}},
        "required": ["at"],
        "$defs": {"Place": {"type": "string"}},
    }
    plain = in_words(attrs.evolve(REQUEST, tools=(Tool("go", "Goes.", parameters), CLOCK)))
    assert fits(plain, {"tool": "go", "arguments": {"at": "Rome"}})
    assert not fits(plain, {"tool": "go", "arguments": {"at": 7}})
    other = Tool("fly", "Flies.", {**parameters, "$defs": {"Place": {"type": "integer"}}})
    clash = with_tools_in_words(attrs.evolve(REQUEST, tools=(Tool("go", "Goes.", parameters), other)))
    assert isinstance(unwrap_or_failure(clash), UnsupportedFeature)


def answered(text: str, finish: Finish = Finish.STOP) -> ChatResponse:
    return ChatResponse(parts=(Text(text),), id="chatcmpl-7", finish_reason=finish)


def test_a_call_is_read_and_marked() -> None:
    response = read_call(answered('{"tool": "weather", "arguments": {"city": "Rome"}}'))
    (call,) = response.tool_calls
    assert (call.id, call.name, loads(call.arguments).unwrap()) == ("call_7", "weather", {"city": "Rome"})
    assert (response.text, response.finish_reason) == ("", Finish.TOOL_CALLS)
    assert response.warnings


def test_an_answer_is_read_as_text() -> None:
    response = read_call(answered('{"answer": "Sunny."}'))
    assert (response.text, response.finish_reason) == ("Sunny.", Finish.STOP)


def test_what_was_cut_short_stays_as_it_came() -> None:
    short = answered('{"answer": "Sun', Finish.LENGTH)
    assert read_call(short) == short
