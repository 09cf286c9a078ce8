"""Short ways to read and to write with the Responses dialect, for its tests."""

from __future__ import annotations

from typing import Any

import orjson
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall, Quirks, Target, WireRequest
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.message import Message, user
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from tests.adapters.dialects.streams import frames

TARGET = Target("somebody", "m")
EMPTY: dict[str, Any] = {"type": "object", "properties": {}}
SAID: dict[str, Any] = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}


def read(**body: Any) -> ChatCall:
    """The request in a body, which is to be right."""
    call = read_any(**body)
    assert isinstance(call, InboundCall), call
    return call


def read_any(**body: Any) -> ChatCall | InvalidRequest:
    """The request in a body, or what is wrong with it."""
    return unwrap_or_failure(OPENAI_RESPONSES.chat.read_request(Inbound({"model": "m", "input": [SAID], **body})))


def untranslated(call: ChatCall) -> dict[str, bool]:
    """What was not read, by path, and whether that is essential."""
    return {each.path: each.essential for each in call.untranslated}


def write_any(request: ChatRequest, **quirks: Any) -> WireRequest | UnsupportedFeature | InvalidRequest:
    """The wire request, or the failure."""
    target = Target("somebody", "m", Quirks(**quirks))
    return unwrap_or_failure(OPENAI_RESPONSES.chat.write_request(request, target, False))


def write(request: ChatRequest, **quirks: Any) -> dict[str, Any]:
    """The body of a request that can be written."""
    wire = write_any(request, **quirks)
    assert isinstance(wire, WireRequest), wire
    body: dict[str, Any] = orjson.loads(orjson.dumps(wire.body))
    return body


def ask(*messages: Message, **fields: Any) -> ChatRequest:
    """A request with a user's word in front."""
    return ChatRequest("m", (user("hi"), *messages), **fields)


def warnings(request: ChatRequest, **quirks: Any) -> set[str]:
    """What a written request warns of."""
    wire = write_any(request, **quirks)
    assert isinstance(wire, WireRequest), wire
    return {warning.subject for warning in wire.warnings}


def answer(*output: Any, target: Target = TARGET, **fields: Any) -> ChatResponse:
    """What is read of a Response object."""
    document = {"id": "resp_1", "model": "m", "status": "completed", "output": [*output], **fields}
    response = unwrap_or_failure(OPENAI_RESPONSES.chat.read_response(document, target))
    assert isinstance(response, ChatResponse), response
    return response


def stream(*wire: dict[str, Any], target: Target = TARGET) -> list[StreamEvent]:
    """The events of a stream of these frames."""
    reader = OPENAI_RESPONSES.chat.open_reader(target)
    return [event for frame in wire for event in reader.feed("", orjson.dumps(frame))]


def written(events: list[StreamEvent], call: ChatCall) -> list[dict[str, Any]]:
    """The frames that are written for events."""
    writer = OPENAI_RESPONSES.chat.open_writer(call)
    return [orjson.loads(data) for event in events for _, data in frames(writer.write(event))]
