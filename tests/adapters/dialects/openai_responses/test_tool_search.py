"""OpenAI's search for tools that the client itself runs: a function to other vendors, and itself on the way back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pointsman.adapters.dialects.dialect import ChatCall
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.event import Done, PartDone, Started, StreamEvent, ToolCallDelta, ToolCallStarted
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import ProviderPart, Text, ToolCall, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.tool import ForcedTool, ProviderTool, Tool
from tests.adapters.dialects.openai_responses.wire import (
    EMPTY,
    SAID,
    answer,
    ask,
    read,
    stream,
    warnings,
    write,
    written,
)

QUERY: dict[str, Any] = {"type": "object", "properties": {"query": {"type": "string"}}}
SEARCH: dict[str, Any] = {
    "type": "tool_search",
    "execution": "client",
    "description": "Finds tools.",
    "parameters": QUERY,
}
SPAWN: dict[str, Any] = {
    "type": "function",
    "name": "spawn",
    "description": "Spawn.",
    "parameters": EMPTY,
    "strict": False,
}
GROUP: dict[str, Any] = {"type": "namespace", "name": "agents", "description": "d", "tools": [SPAWN]}
CALL: dict[str, Any] = {
    "type": "tool_search_call",
    "call_id": "c1",
    "execution": "client",
    "arguments": {"query": "agents"},
}
OUTPUT: dict[str, Any] = {
    "type": "tool_search_output",
    "call_id": "c1",
    "execution": "client",
    "status": "completed",
    "tools": [GROUP],
}


def output(response: ChatResponse, call: ChatCall) -> list[dict[str, Any]]:
    """The items that are written for a whole answer."""
    document = orjson.loads(orjson.dumps(OPENAI_RESPONSES.chat.write_response(response, call)))
    items: list[dict[str, Any]] = document["output"]
    return items


def test_it_is_a_function_that_any_vendor_can_be_offered() -> None:
    call = read(tools=[SEARCH])
    assert call.request.tools == (Tool("tool_search", "Finds tools.", QUERY, is_tool_search=True),)
    assert call.untranslated == ()
    assert write(call.request)["tools"] == [SEARCH]


@pytest.mark.parametrize("wire", [{"type": "tool_search"}, {"type": "tool_search", "execution": "server"}])
def test_the_one_that_openai_runs_is_its_own(wire: dict[str, Any]) -> None:
    call = read(tools=[wire])
    assert call.request.tools == (ProviderTool("openai-responses", wire),)
    assert write(call.request)["tools"] == [wire]


def test_a_search_and_what_it_brought_are_a_call_a_result_and_tools_that_are_offered() -> None:
    call = read(tools=[SEARCH], input=[SAID, CALL, OUTPUT])
    assert call.untranslated == ()
    assert [tool.name for tool in call.request.tools] == ["tool_search", "agents__spawn"]
    asked, result = (message.parts[0] for message in call.request.messages[1:])
    assert asked == ToolCall("c1", "tool_search", '{"query":"agents"}')
    assert isinstance(result, ToolResult)
    assert (result.call_id, result.name) == ("c1", "tool_search")
    (text,) = result.content
    assert isinstance(text, Text)
    assert "agents__spawn" in text.text


def test_it_is_written_as_it_came() -> None:
    again = {**CALL, "call_id": "c2"}
    items = [SAID, CALL, OUTPUT, again, {**OUTPUT, "call_id": "c2", "tools": [{**SPAWN, "name": "look"}]}]
    body = write(read(tools=[SEARCH], input=items).request)
    assert (body["tools"], body["input"]) == ([SEARCH], items)


def test_a_tool_that_is_brought_again_or_was_offered_before_is_offered_once() -> None:
    again = [{**CALL, "call_id": "c2"}, {**OUTPUT, "call_id": "c2"}]
    call = read(tools=[SEARCH, {**SPAWN, "name": "agents__spawn"}], input=[SAID, CALL, OUTPUT, *again])
    assert [tool.name for tool in call.request.tools] == ["tool_search", "agents__spawn"]
    result = call.request.messages[-1].parts[0]
    assert isinstance(result, ToolResult)
    assert "agents__spawn" in str(result.content), "the model is to know that it was found"


def test_a_search_that_found_nothing_says_so() -> None:
    call = read(tools=[SEARCH], input=[SAID, CALL, {**OUTPUT, "tools": []}])
    result = call.request.messages[-1].parts[0]
    assert isinstance(result, ToolResult)
    assert result.content == (Text("No tool was found."),)
    assert write(call.request)["input"][-1] == {**OUTPUT, "tools": []}


def test_openais_own_tool_that_was_found_stays_its_own() -> None:
    mcp: dict[str, Any] = {"type": "mcp", "server_label": "yard"}
    call = read(tools=[SEARCH], input=[SAID, CALL, {**OUTPUT, "tools": [mcp]}])
    assert call.request.tools[1:] == (ProviderTool("openai-responses", mcp, loaded_by="c1"),)
    assert write(call.request)["input"][-1]["tools"] == [mcp]


def test_what_openai_searched_itself_stays_the_item_it_is() -> None:
    items = [{**CALL, "execution": "server", "call_id": None}, {**OUTPUT, "execution": "server", "call_id": None}]
    call = read(tools=[{"type": "tool_search"}], input=[SAID, *items])
    parts = [part for message in call.request.messages[1:] for part in message.parts]
    assert parts == [ProviderPart("openai-responses", item) for item in items]
    assert write(call.request)["input"] == [SAID, *items]


def test_a_call_of_the_found_tool_goes_back_with_its_namespace() -> None:
    call = read(tools=[SEARCH], input=[SAID, CALL, OUTPUT])
    (item,) = output(ChatResponse(parts=(ToolCall("c2", "agents__spawn", "{}"),)), call)
    assert (item["name"], item["namespace"]) == ("spawn", "agents")


def test_another_vendors_call_of_it_goes_back_as_the_item_that_the_client_waits_for() -> None:
    response = ChatResponse(parts=(ToolCall("c1", "tool_search", '{"query":"agents"}'),), id="resp_1")
    assert output(response, read(tools=[SEARCH])) == [{**CALL, "id": "tsc_1_0", "status": "completed"}]


def test_a_stream_of_it_opens_and_closes_the_item_without_deltas() -> None:
    call = ToolCall("c1", "tool_search", '{"query":"agents"}')
    events: list[StreamEvent] = [
        Started("resp_1", "m"),
        ToolCallStarted(0, "c1", "tool_search"),
        ToolCallDelta(0, call.arguments),
        PartDone(0, call),
        Done(ChatResponse(parts=(call,), id="resp_1")),
    ]
    frames = written(events, read(tools=[SEARCH]))
    kinds = [frame["type"].removeprefix("response.") for frame in frames]
    assert kinds == ["created", "in_progress", "output_item.added", "output_item.done", "completed"]
    item = {**CALL, "id": "tsc_1_0"}
    assert frames[2]["item"] == {**item, "status": "in_progress", "arguments": {}}
    assert frames[3]["item"] == {**item, "status": "completed"}
    assert frames[4]["response"]["output"] == [{**item, "status": "completed"}]


@pytest.mark.parametrize("arguments", ["", "{", "[1]"])
def test_arguments_that_are_no_object_are_told_to_the_client_and_not_lost(arguments: str) -> None:
    response = ChatResponse(parts=(ToolCall("c1", "tool_search", arguments),))
    assert output(response, read(tools=[SEARCH]))[0]["arguments"] == (arguments or {})


def test_openais_call_of_it_is_read_as_a_call() -> None:
    item = {**CALL, "id": "tsc_1", "status": "completed"}
    expected = ToolCall("c1", "tool_search", '{"query":"agents"}')
    assert answer(item).parts == (expected,)
    assert answer(item).finish_reason == "tool_calls"
    events = stream(
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "arguments": {}}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    )
    assert events == [
        ToolCallStarted(0, "c1", "tool_search"),
        ToolCallDelta(0, expected.arguments),
        PartDone(0, expected),
    ]


def test_the_choice_of_it_is_read_and_written() -> None:
    call = read(tools=[SEARCH], tool_choice={"type": "tool_search"})
    assert call.request.tool_choice == ForcedTool("tool_search")
    assert write(call.request)["tool_choice"] == {"type": "tool_search"}


def test_a_result_with_words_of_its_own_warns_that_they_have_no_place() -> None:
    request = _searched(ToolResult("c1", "tool_search", (Text("Ask somebody else."),)))
    assert warnings(request) == {"tool_search"}
    assert write(request)["input"][-1] == {**OUTPUT, "tools": [SPAWN]}


def _searched(result: ToolResult) -> ChatRequest:
    tools = (
        Tool("tool_search", "Finds tools.", QUERY, is_tool_search=True),
        Tool("spawn", "Spawn.", EMPTY, loaded_by="c1"),
    )
    called = Message("assistant", (ToolCall("c1", "tool_search", "{}"),))
    return ask(called, Message("tool", (result,)), tools=tools)


def test_that_a_tool_was_put_off_until_it_was_found_is_no_news() -> None:
    call = read(tools=[SEARCH], input=[SAID, CALL, {**OUTPUT, "tools": [{**SPAWN, "defer_loading": True}]}])
    assert call.untranslated == ()
