"""Streams of the Anthropic dialect, literally: tidy, cut off, malformed, failing and interleaved."""

from __future__ import annotations

from itertools import groupby

import orjson
import pytest

from pointsman.core.error import (
    InvalidResponse,
    ModelUnavailable,
    NetworkError,
    RateLimitExceeded,
)
from pointsman.core.event import (
    Done,
    Failed,
    PartDone,
    ReasoningDelta,
    Restarted,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from pointsman.core.json import JsonObject, dumps_text
from pointsman.core.part import (
    Opaque,
    Reasoning,
    Text,
    ToolCall,
)
from pointsman.core.response import ChatResponse, Finish, Warning
from pointsman.core.usage import Usage
from tests.adapters.dialects.anthropic_wire import (
    CHAT,
    READ,
    STREAM,
    TARGET,
    events_of,
    good,
    last,
    sse,
    whole,
    written,
)
from tests.adapters.dialects.streams import frames


def test_a_stream_is_read_as_documented_and_equals_the_whole_answer() -> None:
    assert events_of(STREAM) == [
        Started("msg_01", "claude-sonnet-4-5-20250929"),
        ReasoningDelta("Weather, ", 0),
        ReasoningDelta("so the tool.", 0),
        PartDone(0, READ.parts[0]),
        PartDone(1, READ.parts[1]),
        TextDelta("Let me", 2),
        TextDelta(" look.", 2),
        PartDone(2, READ.parts[2]),
        ToolCallStarted(3, "toolu_01", "get_weather"),
        ToolCallDelta(3, '{"city": "Ky'),
        ToolCallDelta(3, 'iv", "days": 2}'),
        PartDone(3, READ.parts[3]),
        Done(READ),
    ]


def test_a_stream_is_written_as_documented() -> None:
    """The frames of the transcript, but for pings, the empty delta, and the counts, which come at the end."""
    events = [event for event in events_of(STREAM) if not isinstance(event, Failed)]
    theirs = [orjson.loads(data) for name, data in frames(STREAM) if name != "ping" and b'json":""' not in data]
    ours = [orjson.loads(data) for _, data in frames(written(events))]
    theirs[0]["message"]["usage"] = {"input_tokens": 0, "output_tokens": 0}
    theirs[-2]["usage"] |= {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 0},
    }
    assert ours == theirs
    assert [name for name, _ in frames(written(events))] == [event["type"] for event in ours]


@pytest.mark.parametrize("cut", range(1, len(frames(STREAM)) - 2))
def test_a_stream_cut_off_fails_with_what_had_come(cut: int) -> None:
    blocks = STREAM.split(b"\n\n")[:cut]
    end = last(b"\n\n".join(blocks) + b"\n\n")
    assert isinstance(end, Failed)
    assert isinstance(end.error, NetworkError)
    assert "cut off" in end.error.detail
    assert end.partial.usage == Usage(330, None, 300, 20, cache_write_1h=0)
    assert end.partial.text == ("", "Let me", "Let me look.")[sum(b"text_delta" in block for block in blocks)]
    assert end.partial.finish_reason is None


def test_a_stream_without_its_last_marker_is_done_once_the_reason_has_come() -> None:
    assert whole(STREAM.replace(b'event: message_stop\ndata: {"type":"message_stop"}\n\n', b"")) == READ
    assert whole(STREAM.replace(b'{"type":"message_stop"}', b"[DONE]")) == READ


def test_an_error_in_the_middle_of_a_stream_is_typed_and_keeps_the_partial_answer() -> None:
    cut = STREAM.index(b'event: content_block_stop\ndata: {"type":"content_block_stop","index":2}')
    report = b"event: error\n" + sse(
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"}
    )
    end = last(STREAM[:cut] + report + STREAM[cut:])
    assert isinstance(end, Failed)
    assert isinstance(end.error, ModelUnavailable)
    assert (end.error.detail, end.error.status, end.error.request_id) == ("Overloaded", 529, "req_1")
    assert end.partial.parts == READ.parts[:3]
    assert end.after_output


@pytest.mark.parametrize(
    "frame",
    [
        b"data: {nonsense\n\n",
        b"data: 5\n\n",
        b'data: {"no":"type"}\n\n',
        b'data: {"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"x"}}\n\n',
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":5}}\n\n',
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"x"}}\n\n',
        b'data: {"type":"content_block_start","index":1}\n\n',
        b'data: {"type":"content_block_stop","index":9}\n\n',
        b'data: {"type":"message_start"}\n\n',
        b'data: {"type":"message_delta"}\n\n',
    ],
)
def test_a_malformed_frame_is_a_failure(frame: bytes) -> None:
    begun = sse({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "so"}})
    end = last(begun + frame)
    assert isinstance(end, Failed)
    assert isinstance(end.error, InvalidResponse)
    assert end.partial.text == "so"


def test_unknown_events_blocks_and_deltas_are_ignored_but_blocks_are_warned_of() -> None:
    start = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
    }
    found = {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "web_search_tool_result", "content": []},
    }
    text = {"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}}
    cited: JsonObject = {"type": "web_search_result_location", "url": "https://e.org"}
    response = whole(
        sse(
            start,
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
            {"type": "content_block_stop", "index": 0},
            found,
            {"type": "content_block_stop", "index": 1},
            {"type": "vault_opened"},
            text,
            {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "ok"}},
            {"type": "content_block_delta", "index": 2, "delta": {"type": "sparkle_delta", "sparkle": 1}},
            {"type": "content_block_delta", "index": 2, "delta": {"type": "citations_delta", "citation": cited}},
            {"type": "content_block_stop", "index": 2},
            {
                "type": "message_delta",
                "delta": {
                    "stop_reason": "refusal",
                    "stop_details": {"type": "refusal", "category": "cyber", "explanation": "no"},
                },
                "usage": {},
            },
            {"type": "message_stop"},
        )
    )
    assert response.parts == (Text("ok", Opaque("anthropic", "citations", dumps_text([cited]))),)
    assert [warning.subject for warning in response.warnings] == [
        "server_tool_use",
        "web_search_tool_result",
        "refusal",
    ]
    assert response.warnings[-1] == Warning("refusal", "cyber: no")
    message: JsonObject = {
        "content": [
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            {"type": "web_search_tool_result", "content": []},
            {"type": "text", "text": "ok", "citations": [cited]},
        ],
        "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "category": "cyber", "explanation": "no"},
    }
    assert good(CHAT.read_response(message, TARGET)) == response


def test_servers_that_reuse_an_index_or_give_arguments_whole_are_understood() -> None:
    response = whole(
        sse(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "a"}},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}},
            },
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
            {"type": "message_stop"},
        )
    )
    assert response.parts == (Text("a"), ToolCall("t", "f", '{"x":1}'))


def test_streamed_usage_is_cumulative_and_replaces() -> None:
    begin = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 3}}}
    first = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 10}}
    second = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"input_tokens": 11, "cache_read_input_tokens": None, "output_tokens": 25},
    }
    assert whole(sse(begin, first, second)).usage == Usage(11, 25)
    assert whole(sse(begin, {"type": "message_stop"})).usage == Usage(9)


def _one_block_at_a_time(transcript: bytes) -> bool:
    kinds = [orjson.loads(data)["type"] for _, data in frames(transcript)]
    blocks = [kind for kind in kinds if kind in ("content_block_start", "content_block_stop")]
    return len(blocks) % 2 == 0 and all(
        blocks[at : at + 2] == ["content_block_start", "content_block_stop"] for at in range(0, len(blocks), 2)
    )


def test_interleaved_parts_are_written_one_block_at_a_time() -> None:
    first, second = ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y":2}')
    response = ChatResponse(
        parts=(Reasoning("r"), Text("t"), first, second),
        finish_reason=Finish.TOOL_CALLS,
        id="m",
        model="n",
        provider="anthropic",
    )
    events: list[StreamEvent] = [
        Started("m", "n"),
        ReasoningDelta("r", 0),
        TextDelta("t", 1),
        ToolCallStarted(2, "a", "f"),
        ToolCallStarted(3, "b", "g"),
        ToolCallDelta(3, '{"y":'),
        ToolCallDelta(2, '{"x":'),
        ToolCallDelta(3, "2}"),
        ToolCallDelta(2, "1}"),
        *(PartDone(index, part) for index, part in enumerate(response.parts)),
        Done(response),
    ]
    transcript = written(events)
    assert _one_block_at_a_time(transcript)
    assert whole(transcript) == response


def test_a_restart_begins_new_blocks_in_the_same_message() -> None:
    error = NetworkError(detail="gone")
    response = ChatResponse(parts=(Text("b"),), finish_reason=Finish.STOP)
    events: list[StreamEvent] = [
        Started("m", "n"),
        TextDelta("a", 0),
        Restarted(error, "p", "q"),
        Started("m2", "n2"),
        PartDone(0, Text("b")),
        Done(response),
    ]
    transcript = written(events)
    assert [kind for kind, _ in groupby(name for name, _ in frames(transcript))].count("message_start") == 1
    assert whole(transcript).parts == (Text("a"), Text("b"))


def test_a_failure_is_written_as_an_error_event() -> None:
    end = last(written([Started("m", "n"), TextDelta("a"), Failed(RateLimitExceeded(detail="slow"), ChatResponse())]))
    assert isinstance(end, Failed)
    assert isinstance(end.error, RateLimitExceeded)
    assert end.partial.text == "a"
