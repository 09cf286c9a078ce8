"""Streams: what was streamed is the answer, and what is written is what OpenAI's SDK and Codex wait for."""

from __future__ import annotations

from typing import Any

import openai
import orjson
import pytest
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from pointsman.adapters.dialects.dialect import InboundCall
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.event import (
    Done,
    Failed,
    PartDone,
    Restarted,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from pointsman.core.chat.part import ProviderPart, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.error import ChatError, ContextTooLarge, InvalidRequest, ModelUnavailable, RateLimitExceeded
from pointsman.core.schema.unfold import unfold
from tests.adapters.dialects.openai_responses.test_answers import CALL, MESSAGE, PARTS, SEARCH
from tests.adapters.dialects.openai_responses.test_tools import FUNCTION, GROUP, PATCH
from tests.adapters.dialects.openai_responses.wire import TARGET, answer, read, stream, written

CREATED = {"type": "response.created", "response": {"id": "resp_1", "model": "m", "output": []}}
ITEM = {**MESSAGE, "content": [{"type": "output_text", "text": "Green.", "annotations": []}]}
ENDED = {"id": "resp_1", "model": "m", "status": "completed", "output": []}
SDK: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def done(item: dict[str, Any], at: int = 0) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": at, "item": item}


def completed(*output: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.completed", "response": {**ENDED, "output": [*output]}}


def test_what_was_streamed_is_the_answer_where_the_end_does_not_repeat_it() -> None:
    events = stream(CREATED, done(SEARCH), done(ITEM, 1), completed())
    assert events == [
        Started("resp_1", "m"),
        PartDone(0, ProviderPart("openai-responses", SEARCH)),
        TextDelta("Green.", 1),
        PartDone(1, Text("Green.")),
        Done(answer(SEARCH, ITEM)),
    ]


def test_deltas_alone_are_an_answer() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Green."}
    end = stream(CREATED, delta, completed())[-1]
    assert isinstance(end, Done)
    assert end.response.parts == (Text("Green."),)


def test_an_end_that_tells_all_is_told_in_events() -> None:
    events = stream(CREATED, completed(ITEM))
    assert events[1:-1] == [TextDelta("Green.", 0), PartDone(0, Text("Green."))]


def test_nothing_at_all_is_no_answer() -> None:
    assert isinstance(stream(CREATED, completed())[-1], Failed)


def test_freeform_calls_are_streamed_as_calls() -> None:
    item = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c1", "name": "patch", "input": ""}
    events = stream(
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ctc_1", "delta": "*** "},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ctc_1", "delta": "Begin"},
        done({**item, "input": "*** Begin"}),
        completed(),
    )
    call = ToolCall("c1", "patch", "*** Begin", freeform=True)
    assert events[1:5] == [
        ToolCallStarted(0, "c1", "patch"),
        ToolCallDelta(0, "*** "),
        ToolCallDelta(0, "Begin"),
        PartDone(0, call),
    ]
    end = events[-1]
    assert isinstance(end, Done)
    assert (end.response.parts, end.response.finish_reason) == ((call,), Finish.TOOL_CALLS)


def test_more_text_can_be_appended_without_reading_frames() -> None:
    reader = OPENAI_RESPONSES.chat.open_reader(TARGET)
    data = orjson.dumps({"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Gr"})
    reader.feed("", data)
    append = reader.text_appender(data, "Gr")
    assert append is not None
    assert append("een.") == TextDelta("een.", 0)
    assert reader.partial().text == "Green."
    assert reader.text_appender(data, "other") is None


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["type"].removeprefix("response.") for frame in frames]


def test_a_written_stream_is_one_that_openais_sdk_assembles() -> None:
    call = InboundCall(read(tools=[GROUP, FUNCTION, PATCH]).request, id="c0ffee", at=7.0)
    frames = written(list(unfold(ChatResponse(parts=PARTS, finish_reason=Finish.TOOL_CALLS), 3)), call)
    assert [frame["sequence_number"] for frame in frames] == list(range(len(frames)))
    state: Any = ResponseStreamState(text_format=openai.omit, input_tools=[])
    for frame in frames:
        state.handle_event(SDK.validate_python(frame))
    document = frames[-1]["response"]
    assert [item["type"] for item in document["output"]] == [
        frame["item"]["type"] for frame in frames if frame["type"] == "response.output_item.done"
    ]
    for frame in frames:
        if "item_id" in frame:
            assert frame["item_id"] == document["output"][frame["output_index"]]["id"]


def test_freeform_calls_are_written_with_their_own_events() -> None:
    call = InboundCall(read(tools=[PATCH]).request)
    events: list[StreamEvent] = [
        ToolCallStarted(0, "c1", "patch"),
        ToolCallDelta(0, "*** "),
        ToolCallDelta(0, "Begin"),
        PartDone(0, ToolCall("c1", "patch", "*** Begin", freeform=True)),
        Done(ChatResponse(parts=(ToolCall("c1", "patch", "*** Begin", freeform=True),))),
    ]
    frames = written(events, call)
    assert kinds(frames) == [
        "created",
        "in_progress",
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
        "completed",
    ]
    assert frames[2]["item"]["type"] == "custom_tool_call"
    assert frames[5]["input"] == "*** Begin"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimitExceeded(detail="slow down"), "rate_limit_exceeded"),
        (ContextTooLarge(detail="too long"), "context_length_exceeded"),
        (ModelUnavailable(detail="the machine went away"), "server_error"),
        (InvalidRequest(detail="what?"), "invalid_prompt"),
    ],
)
def test_a_stream_that_breaks_ends_with_a_failed_response_that_holds_what_had_come(error: ChatError, code: str) -> None:
    events: list[StreamEvent] = [Started("resp_9", "m"), TextDelta("Half an")]
    frames = written([*events, Failed(error, ChatResponse(parts=(Text("Half an"),)))], CALL)
    SDK.validate_python(frames[-1], strict=False) if code in ("server_error", "rate_limit_exceeded") else None
    assert kinds(frames)[-1] == "failed"
    document = frames[-1]["response"]
    assert (document["status"], document["error"]["code"]) == ("failed", code)
    assert error.detail in document["error"]["message"]
    assert document["output"][0]["content"][0]["text"] == "Half an"
    assert document["output"][0]["status"] == "incomplete"


def test_a_stream_that_breaks_before_anything_came_is_a_failed_response_too() -> None:
    frames = written([Failed(ModelUnavailable(detail="gone"), ChatResponse())], CALL)
    assert kinds(frames) == ["created", "in_progress", "failed"]
    assert frames[0]["response"]["id"] == frames[2]["response"]["id"] == "resp_c0ffee"


def test_what_was_void_is_not_part_of_the_answer() -> None:
    events: list[StreamEvent] = [
        TextDelta("Half an"),
        Restarted(ModelUnavailable(detail="gone"), "b", "m"),
        TextDelta("Whole."),
        PartDone(0, Text("Whole.")),
        Done(ChatResponse(parts=(Text("Whole."),))),
    ]
    document = written(events, CALL)[-1]["response"]
    assert [item["content"][0]["text"] for item in document["output"]] == ["Whole."]
