"""What the tests of the Anthropic dialect share: the dialect at hand, one answer in both forms, and short verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import orjson
import pytest
from returns.result import Result

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall, Target, WireRequest
from pointsman.core.chat.event import (
    Done,
    Failed,
    StreamEvent,
)
from pointsman.core.chat.part import (
    Opaque,
    Reasoning,
    Text,
    ToolCall,
)
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.tool import Tool
from pointsman.core.chat.usage import Usage
from pointsman.core.json import JsonObject, dumps
from tests.adapters.dialects.streams import frames

_Value = TypeVar("_Value")
CHAT = ANTHROPIC.chat
MODEL = "claude-sonnet-4-5"
TARGET = Target("anthropic", MODEL)
SIGNED = Opaque("anthropic", "signature", "EqQBCgIYAhIM")
WEATHER = Tool("get_weather", "Weather in a city", {"type": "object", "properties": {"city": {"type": "string"}}})


def good(result: Result[_Value, object]) -> _Value:
    """The value of a success; a failure fails the test with what it says."""
    return result.alt(lambda error: pytest.fail(str(error))).unwrap()


def wire(request: ChatRequest, stream: bool = False, target: Target = TARGET) -> WireRequest:
    return good(CHAT.write_request(request, target, stream))


def body(request: ChatRequest) -> JsonObject:
    written = wire(request).body
    assert written is not None
    return written


def failure(request: ChatRequest) -> object:
    return CHAT.write_request(request, TARGET, False).failure()


def subjects(request: ChatRequest) -> list[str]:
    return [warning.subject for warning in wire(request).warnings]


def read_back(request: ChatRequest, stream: bool = False) -> ChatCall:
    written = wire(request, stream, Target("anthropic", request.model)).body
    return good(CHAT.read_request(Inbound(orjson.loads(dumps(written)))))


def events_of(transcript: bytes, end: bool = True) -> list[StreamEvent]:
    reader, events = CHAT.open_reader(TARGET), list[StreamEvent]()
    for name, data in frames(transcript):
        events.extend(reader.feed(name, data))
    ended = bool(events) and isinstance(events[-1], (Done, Failed))
    return events if ended or not end else [*events, reader.finish()]


def written(events: Sequence[StreamEvent], model: str = "") -> bytes:
    """The frames of `events`, to a client that asked for `model`; by default under the name that answered."""
    writer = CHAT.open_writer(InboundCall(ask(model, "hi"), True, id="1"))
    return b"".join(map(writer.write, events))


def written_answer(response: ChatResponse) -> JsonObject:
    """The body of an answer to a client that asked for the model under the name it has in `response`."""
    return CHAT.write_response(response, InboundCall(ask(response.model, "hi"), id="1"))


def last(transcript: bytes) -> Done | Failed:
    end = events_of(transcript)[-1]
    assert isinstance(end, (Done, Failed))
    return end


def whole(transcript: bytes) -> ChatResponse:
    end = last(transcript)
    assert isinstance(end, Done), end
    return end.response


def sse(*events: object) -> bytes:
    return b"".join(b"data: " + dumps(event) + b"\n\n" for event in events)


ANSWER: JsonObject = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [
        {"type": "thinking", "thinking": "Weather, so the tool.", "signature": "EqQBCgIYAhIM"},
        {"type": "redacted_thinking", "data": "Zm9v"},
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "toolu_01", "name": "get_weather", "input": {"city": "Kyiv", "days": 2}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 45,
        "output_tokens_details": {"thinking_tokens": 12},
        "service_tier": "standard",
    },
}
READ = ChatResponse(
    id="msg_01",
    model="claude-sonnet-4-5-20250929",
    provider="anthropic",
    parts=(
        Reasoning("Weather, so the tool.", SIGNED),
        Reasoning("", Opaque("anthropic", "redacted_thinking", "Zm9v"), redacted=True),
        Text("Let me look."),
        ToolCall("toolu_01", "get_weather", '{"city":"Kyiv","days":2}'),
    ),
    finish_reason=Finish.TOOL_CALLS,
    usage=Usage(330, 45, 300, 20, 12, cache_write_1h=0),
    service_tier="standard",
)
# Long events are cut into several `data:` lines, which SSE joins again.
STREAM = rb"""event: message_start
data: {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant",
data: "model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,
data: "usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,
data: "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":0},"output_tokens":1,
data: "service_tier":"standard"}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Weather, "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"so the tool."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBCgIYAhIM"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"Zm9v"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Let me"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":" look."}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: content_block_start
data: {"type":"content_block_start","index":3,
data: "content_block":{"type":"tool_use","id":"toolu_01","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Ky"}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"iv\", \"days\": 2}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":3}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},
data: "usage":{"output_tokens":45,"output_tokens_details":{"thinking_tokens":12}}}

event: message_stop
data: {"type":"message_stop"}

"""
