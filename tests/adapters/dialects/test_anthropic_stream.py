"""Streams of the Anthropic dialect, literally: tidy, cut off, malformed, failing and interleaved."""

from __future__ import annotations

from itertools import groupby

import orjson
import pytest

from pointsman.core.chat.event import (
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
from pointsman.core.chat.part import (
    Citation,
    Opaque,
    ProviderPart,
    Reasoning,
    Text,
    ToolCall,
)
from pointsman.core.chat.response import ChatResponse, Finish, Other, Warning
from pointsman.core.chat.usage import Usage
from pointsman.core.error import (
    InvalidResponse,
    ModelUnavailable,
    NetworkError,
    RateLimitExceeded,
)
from pointsman.core.json import JsonObject, dumps_text
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
        Started("msg_01", "claude-sonnet-4-5-20250929", usage=Usage(330, None, 300, 20, cache_write_1h=0)),
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
    """The frames of the transcript, but for pings, the empty delta, and the counts, which the end repeats."""
    events = [event for event in events_of(STREAM) if not isinstance(event, Failed)]
    theirs = [orjson.loads(data) for name, data in frames(STREAM) if name != "ping" and b'json":""' not in data]
    ours = [orjson.loads(data) for _, data in frames(written(events))]
    theirs[0]["message"]["usage"] |= {"output_tokens": 0}
    del theirs[0]["message"]["usage"]["service_tier"]
    theirs[-2]["usage"] |= {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "service_tier": "standard",
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


def test_blocks_of_the_vendors_tools_are_kept_and_unknown_events_and_deltas_are_ignored() -> None:
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
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": '{"query":"x"}'},
            },
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
    asked: JsonObject = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}}
    assert response.parts == (
        ProviderPart("anthropic", asked),
        ProviderPart("anthropic", {"type": "web_search_tool_result", "content": []}),
        Text(
            "ok",
            Opaque("anthropic", "citations", dumps_text([cited])),
            citations=(Citation(url="https://e.org", start=0, end=2),),
        ),
    )
    assert response.warnings == (Warning("refusal", "cyber: no"),)
    message: JsonObject = {
        "content": [
            asked,
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
        usage=Usage(3, 4),
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


def test_the_stop_sequence_that_was_hit_is_told_at_the_end() -> None:
    response = ChatResponse(parts=(Text("a"),), finish_reason=Finish.STOP, stop_sequence="END", usage=Usage(1, 2))
    transcript = written([Started("m", "n"), Done(response)])
    end = next(orjson.loads(data) for name, data in frames(transcript) if name == "message_delta")
    assert end["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END"}
    assert whole(transcript).stop_sequence == "END"


def test_a_message_begins_with_the_counts_that_are_known_and_the_name_that_was_asked_for() -> None:
    begun = written([Started("", "gpt-9", usage=Usage(30, 5, 20, 4))], model="claude-asked")
    message = orjson.loads(frames(begun)[0][1])["message"]
    assert (message["id"], message["model"]) == ("msg_1", "claude-asked")
    assert message["usage"] == {
        "input_tokens": 6,
        "cache_creation_input_tokens": 4,
        "cache_read_input_tokens": 20,
        "output_tokens": 0,
    }
    unknown = orjson.loads(frames(written([Started("m", "n")]))[0][1])["message"]["usage"]
    assert unknown == {"input_tokens": 0, "output_tokens": 0}


def test_what_a_vendors_tool_is_asked_comes_in_deltas_and_its_result_whole() -> None:
    use: JsonObject = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}}
    found: JsonObject = {"type": "web_search_tool_result", "tool_use_id": "s", "content": [], "citations": 1}
    parts = (ProviderPart("anthropic", use), ProviderPart("anthropic", found), ProviderPart("gemini", {"x": 1}))
    response = ChatResponse(parts=parts, finish_reason=Finish.PAUSED, usage=Usage(1, 2))
    transcript = written([Started("m", "n"), *(PartDone(n, part) for n, part in enumerate(parts)), Done(response)])
    blocks = [orjson.loads(data)["content_block"] for name, data in frames(transcript) if name == "content_block_start"]
    assert blocks == [{**use, "input": {}}, found]
    assert b'"partial_json":"{\\"query\\":\\"x\\"}"' in transcript
    assert whole(transcript).parts == parts[:2]


def test_a_block_that_is_not_known_grows_by_its_own_deltas() -> None:
    response = whole(
        sse(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "compaction", "content": None}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "compaction_delta", "content": "so "}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "compaction_delta", "content": "far"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "compaction"}},
            {"type": "message_stop"},
        )
    )
    assert response.parts == (ProviderPart("anthropic", {"type": "compaction", "content": "so far"}),)


def test_a_server_that_says_done_and_not_why_is_believed_with_a_warning() -> None:
    text = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "so"}}
    response = whole(sse(text) + b"data: [DONE]\n\n")
    assert (response.text, response.finish_reason) == ("so", Other(""))
    assert [warning.subject for warning in response.warnings] == ["finish_reason"]


def test_sources_of_another_vendor_are_told_as_results_of_a_search() -> None:
    part = Text("a", citations=(Citation(url="https://e.org", title="E", quote="q"),))
    response = ChatResponse(parts=(part,), finish_reason=Finish.STOP, usage=Usage(1, 2))
    (told,) = whole(written([Started("m", "n"), PartDone(0, part), Done(response)])).parts
    assert isinstance(told, Text)
    assert told.citations == (Citation("https://e.org", "E", "q", 0, 1),)
