"""What a client of the gateway reads where frames came raw: what is remembered of them, and what follows them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, MutableMapping
from typing import Any

import pytest

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect, InboundCall
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.web.stream_relay import JsonArray, StreamRelay
from pointsman.adapters.web.stream_sending import StreamSending
from pointsman.core.chat.event import (
    Done,
    Failed,
    FrameBatch,
    PartDone,
    Restarted,
    Started,
    StreamEvent,
    StreamItem,
    TextDelta,
)
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.error import ModelUnavailable
from pointsman.services.streams.event_stream import EventStream

CALL = InboundCall(ask("p/m", "Which way?"), stream=True, id="abc", at=1.0)
WORDS = [f"word{number} " for number in range(5000)]
DOWN = ModelUnavailable(detail="it is down", provider="p")


def relay(dialect: Dialect) -> StreamRelay:
    return StreamRelay(dialect.chat.open_writer(CALL), dialect.passthrough)


def raw(*items: StreamEvent) -> FrameBatch:
    return FrameBatch(tuple(items), b": raw\n\n", len(items))


@pytest.mark.parametrize("dialect", [OPENAI_CHAT, ANTHROPIC, OPENAI_RESPONSES], ids=lambda dialect: dialect.name)
def test_of_a_long_answer_little_is_remembered_and_nothing_is_lost(dialect: Dialect) -> None:
    relayed = relay(dialect)
    relayed.write(raw(Started("i", "m")))
    for word in WORDS:
        relayed.write(raw(TextDelta(word, 0)))
    remembered = [*relayed._relayed, *relayed._recent]
    assert len(remembered) < 1100
    assert "".join(event.text for event in remembered if isinstance(event, TextDelta)) == "".join(WORDS)


def test_a_restart_after_a_long_raw_answer_opens_a_part_of_its_own() -> None:
    relayed = relay(ANTHROPIC)
    relayed.write(raw(Started("i", "m")))
    for word in WORDS:
        relayed.write(raw(TextDelta(word, 0)))
    ends: list[StreamEvent] = [
        Restarted(DOWN, "q", "n"),
        Started("j", "n"),
        TextDelta("Left.", 0),
        PartDone(0, Text("Left.")),
    ]
    response = ChatResponse(parts=(Text("Left."),), finish_reason=Finish.STOP)
    written = b"".join(relayed.write(item) for item in (*ends, Done(response)))
    events = [json.loads(line[6:]) for line in written.splitlines() if line.startswith(b"data: ")]
    assert [event["index"] for event in events if event["type"] == "content_block_start"] == [1]
    assert [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"] == ["Left."]


def test_what_another_dialects_read_brought_is_written_whether_raw_frames_came_before_or_not() -> None:
    crossed = FrameBatch((Started("j", "n"), TextDelta("Left.", 0)), None, 2)
    answer = Done(ChatResponse(parts=(Text("Left."),), finish_reason=Finish.STOP))
    begun: list[list[StreamItem]] = [[], [raw(Started("i", "m"), TextDelta("Right", 0)), Restarted(DOWN, "q", "n")]]
    for before in begun:
        relayed = relay(ANTHROPIC)
        for item in before:
            relayed.write(item)
        written = b"".join(relayed.write(item) for item in (crossed, answer))
        assert written.count(b'"Left."') == 1
        assert b"Right" not in written
        assert written.count(b"event: message_stop") == 1
        assert not relayed.is_raw


def test_an_end_after_raw_frames_without_events_repeats_nothing() -> None:
    relayed = relay(OPENAI_CHAT)
    relayed.write(raw())
    assert relayed.write(Done(ChatResponse(parts=(Text("Left."),)))) == b"data: [DONE]\n\n"


@pytest.mark.anyio
async def test_the_end_is_sent_when_the_call_is_booked_so_that_who_leaves_then_has_cancelled_nothing() -> None:
    async def came() -> AsyncGenerator[StreamItem, None]:
        yield raw(Started("i", "m"), TextDelta("Left.", 0))
        yield FrameBatch((), b"data: [DONE]\n\n", 0, is_last=True)
        yield Done(ChatResponse(parts=(Text("Left."),)))

    booked: list[object] = []
    sent: list[tuple[bytes, bool]] = []

    async def book(end: Done | Failed | None) -> Done | Failed | None:
        booked.append(end)
        return end

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append((message.get("body", b""), bool(booked)))

    stream = await EventStream.start(came())
    stream.on_end(book)
    await StreamSending(OPENAI_CHAT, send, relay(OPENAI_CHAT), None).send_all(stream)
    assert sent == [(b"", False), (b": raw\n\n", False), (b"data: [DONE]\n\n", True)]


def test_a_json_array_holds_each_frame_once() -> None:
    array = JsonArray()
    written = array.feed(b'data: {"a":1}\n\n') + array.feed(b'data: {"a":2}\r\n\r\n') + array.close()
    assert json.loads(written) == [{"a": 1}, {"a": 2}]
