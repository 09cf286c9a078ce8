"""Transcripts of OpenAI chat streams, as the providers document them and as servers get them wrong."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.adapters.dialects.dialect import InboundCall, Quirks, Target
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
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
from pointsman.core.chat.part import Opaque, Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse, Choice, Finish, Other
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import InvalidResponse, NetworkError, RateLimitExceeded
from pointsman.core.json import Json, dumps

CHAT = OPENAI_CHAT.chat
DONE = b"[DONE]"


def chunk(delta: Json, finish: str | None = None, **more: Json) -> bytes:
    choice: Json = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return dumps({"id": "c-1", "object": "chat.completion.chunk", "model": "gpt-x-1", "choices": [choice], **more})


def calls(*items: Json) -> bytes:
    return chunk({"tool_calls": [*items]})


def item(index: int | None, call_id: str | None, name: str | None, arguments: Json = None) -> dict[str, Json]:
    function: dict[str, Json] = {
        key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None
    }
    found = {key: value for key, value in (("index", index), ("id", call_id)) if value is not None}
    return {**found, "function": function}


def read(*sent: bytes, name: str = "", **quirks: Any) -> list[StreamEvent]:
    reader = CHAT.open_reader(Target("acme", "gpt-x", Quirks(**quirks)))
    events = [event for data in sent for event in reader.feed(name, data)]
    return events if events and isinstance(events[-1], (Done, Failed)) else [*events, reader.finish()]


def answered(*sent: bytes, **quirks: Any) -> ChatResponse:
    end = read(*sent, **quirks)[-1]
    assert isinstance(end, Done), end
    return end.response


def failed(*sent: bytes, **more: Any) -> Failed:
    end = read(*sent, **more)[-1]
    assert isinstance(end, Failed), end
    return end


def test_a_documented_stream() -> None:
    events = read(
        chunk({"role": "assistant", "content": "", "refusal": None}, usage=None, obfuscation="x"),
        chunk({"content": "Hel"}, usage=None),
        chunk({"content": "lo"}, usage=None),
        chunk({}, "stop", usage=None),
        dumps({"id": "c-1", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}),
        DONE,
    )
    response = ChatResponse(
        parts=(Text("Hello"),),
        finish_reason=Finish.STOP,
        usage=Usage(5, 2),
        model="gpt-x-1",
        provider="acme",
        id="c-1",
    )
    assert events == [
        Started("c-1", "gpt-x-1"),
        TextDelta("Hel"),
        TextDelta("lo"),
        PartDone(0, Text("Hello")),
        Done(response),
    ]


def test_reasoning_then_text_then_parallel_calls() -> None:
    events = read(
        chunk({"role": "assistant", "content": None, "reasoning_content": "Hm"}),
        chunk({"content": "So"}),
        calls(item(0, "a", "t", "")),
        calls(item(0, None, None, '{"x"')),
        calls(item(0, None, None, ":1}")),
        calls(item(1, "b", "u", "{}")),
        chunk({}, "tool_calls"),
        DONE,
    )
    assert events[:-1] == [
        Started("c-1", "gpt-x-1"),
        ReasoningDelta("Hm", 0),
        TextDelta("So", 1),
        ToolCallStarted(2, "a", "t"),
        ToolCallDelta(2, '{"x"'),
        ToolCallDelta(2, ":1}"),
        ToolCallStarted(3, "b", "u"),
        ToolCallDelta(3, "{}"),
        PartDone(0, Reasoning("Hm")),
        PartDone(1, Text("So")),
        PartDone(2, ToolCall("a", "t", '{"x":1}')),
        PartDone(3, ToolCall("b", "u", "{}")),
    ]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(
            [
                calls(item(None, "a", "t", '{"x":')),
                calls(item(None, None, None, "1}")),
                calls(item(None, "b", "u", "{}")),
            ],
            [ToolCall("a", "t", '{"x":1}'), ToolCall("b", "u", "{}")],
            id="no index",
        ),
        pytest.param(
            [calls(item(0, "a", "t", '{"x":1}')), calls(item(0, "b", "u", '{"y":2}'))],
            [ToolCall("a", "t", '{"x":1}'), ToolCall("b", "u", '{"y":2}')],
            id="one index for two calls",
        ),
        pytest.param(
            [calls(item(0, None, "t", '{"x":1}')), calls(item(0, None, "t", '{"x":2}'))],
            [ToolCall("call_0", "t", '{"x":1}'), ToolCall("call_1", "t", '{"x":2}')],
            id="one index, no ids, whole calls",
        ),
        pytest.param(
            [calls(item(0, "a", "t", "")), calls(item(1, None, None, '{"x":1}'))],
            [ToolCall("a", "t", '{"x":1}')],
            id="the index changes in the middle",
        ),
        pytest.param(
            [calls(item(0, "a", "t", "")), calls(item(5, "a", None, '{"x":1}'))],
            [ToolCall("a", "t", '{"x":1}')],
            id="the id is right, the index is not",
        ),
        pytest.param(
            [calls(item(0, "a", "t", '{"x"')), calls(item(0, "zz", None, ":1}"))],
            [ToolCall("a", "t", '{"x":1}')],
            id="a new id with every delta",
        ),
        pytest.param(
            [calls(item(0, "a", "t", '{"x"')), calls(item(0, "a", "t", ":1}"))],
            [ToolCall("a", "t", '{"x":1}')],
            id="the name with every delta",
        ),
        pytest.param(
            [calls(item(0, "a", "", "")), calls(item(0, None, "t", "{}"))],
            [ToolCall("a", "t", "{}")],
            id="an empty name first",
        ),
        pytest.param(
            [calls(item(0, "a", "t", {"x": [1, "é"]}))],
            [ToolCall("a", "t", '{"x":[1,"é"]}')],
            id="arguments as an object",
        ),
        pytest.param(
            [calls(item(None, None, "t", "{}"), item(None, None, "u", {"y": 1}))],
            [ToolCall("call_0", "t", "{}"), ToolCall("call_1", "u", '{"y":1}')],
            id="several whole calls in one chunk",
        ),
        pytest.param(
            [calls(item(None, None, "now"), item(None, None, "now"))],
            [ToolCall("call_0", "now", ""), ToolCall("call_1", "now", "")],
            id="two calls without arguments, ids and indices",
        ),
        pytest.param(
            [calls(item(1, "b", "u", "{")), calls(item(0, "a", "t", "{}")), calls(item(1, None, None, "}"))],
            [ToolCall("b", "u", "{}"), ToolCall("a", "t", "{}")],
            id="interleaved",
        ),
        pytest.param(
            [chunk({"function_call": {"name": "t", "arguments": ""}}), chunk({"function_call": {"arguments": "{}"}})],
            [ToolCall("call_0", "t", "{}")],
            id="the old function_call",
        ),
        pytest.param(
            [calls({**item(0, "a", "t", "{}"), "extra_content": {"google": {"thought_signature": "s"}}})],
            [ToolCall("a", "t", "{}", Opaque("gemini", "thought_signature", "s"))],
            id="a Gemini signature",
        ),
        pytest.param([calls(item(0, "a", "t", "{oops"))], [ToolCall("a", "t", "{oops")], id="invalid JSON is kept"),
    ],
)
def test_tool_call_deltas_as_servers_send_them(sent: list[bytes], expected: list[Part]) -> None:
    events = read(*sent, chunk({}, "stop"), DONE)
    end = events[-1]
    assert isinstance(end, Done)
    assert list(end.response.parts) == expected
    assert end.response.finish_reason is Finish.TOOL_CALLS
    for part in expected:
        assert isinstance(part, ToolCall)
        done = next(event for event in events if isinstance(event, PartDone) and event.part == part)
        pieces = [event.arguments for event in events if isinstance(event, ToolCallDelta) and event.index == done.index]
        assert "".join(pieces) == part.arguments
        starts = [event for event in events if isinstance(event, ToolCallStarted) and event.index == done.index]
        assert starts == [ToolCallStarted(done.index, part.id, part.name)]


def test_a_call_without_a_name_is_told() -> None:
    response = answered(calls(item(0, "a", None, "{}")), chunk({}, "tool_calls"), DONE)
    assert response.parts == (ToolCall("a", "", "{}"),)
    assert [warning.subject for warning in response.warnings] == ["tool_calls"]


def test_azures_first_chunk_and_groqs_usage() -> None:
    response = answered(
        b'{"choices":[],"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}',
        chunk({"content": "A"}),
        chunk({}, "stop", x_groq={"usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
        DONE,
    )
    assert (response.text, response.usage, response.id) == ("A", Usage(1, 2), "c-1")


def test_mistrals_chunks_and_openrouters_details() -> None:
    thinking: Json = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "A"}]
    assert answered(chunk({"content": thinking}, "stop")).parts == (Reasoning("Hm"), Text("A"))
    events = read(
        chunk({"reasoning": "B", "reasoning_details": [{"type": "reasoning.text", "text": "B", "index": 0}]}),
        chunk({"reasoning": "C", "reasoning_details": [{"type": "reasoning.text", "text": "C", "index": 0}]}),
        chunk({"reasoning_details": [{"type": "reasoning.text", "signature": "s", "index": 0}]}),
        chunk({"content": "A"}, "stop"),
    )
    details = '[{"type":"reasoning.text","text":"BC","index":0,"signature":"s"}]'
    assert PartDone(0, Reasoning("BC", Opaque("openrouter", "reasoning_details", details))) in events
    assert [event.text for event in events if isinstance(event, ReasoningDelta)] == ["B", "C"]


def test_think_tags_in_a_stream() -> None:
    sent = [chunk({"content": piece}) for piece in ("<th", "ink>\n", "Hm", ".\n</", "think>", "\n\nYes", ".\n")]
    events = read(*sent, chunk({}, "stop"), think_tags=True)
    assert [event for event in events if isinstance(event, (ReasoningDelta, TextDelta))] == [
        ReasoningDelta("Hm", 0),
        ReasoningDelta(".", 0),
        TextDelta("Yes", 1),
        TextDelta(".\n", 1),
    ]
    assert isinstance(events[-1], Done)
    assert events[-1].response.parts == (Reasoning("Hm."), Text("Yes.\n"))


def test_a_refusal_in_pieces() -> None:
    response = answered(chunk({"refusal": "I "}), chunk({"refusal": "can't."}), chunk({}, "stop"), DONE)
    assert (response.parts, response.finish_reason) == ((Refusal("I can't."),), Finish.REFUSAL)


def test_the_further_choices_stand_whole_beside_the_first() -> None:
    other: Json = {"index": 1, "delta": {"content": "B"}}
    last: Json = {"index": 1, "delta": {"content": "D"}, "finish_reason": "length"}
    response = answered(
        chunk({"content": "A"}),
        dumps({"choices": [other]}),
        dumps({"choices": [last]}),
        chunk({"content": "C"}, "stop"),
    )
    assert response.text == "AC"
    assert response.choices == (Choice(parts=(Text("BD"),), finish_reason=Finish.LENGTH),)


def test_a_finish_reason_is_enough_of_an_end() -> None:
    assert answered(chunk({"content": "A"}), chunk({}, "brand_new")).finish_reason == Other("brand_new")


def test_a_stream_that_ends_without_a_word_was_cut_off() -> None:
    end = failed(chunk({"content": "A"}))
    assert end.error == NetworkError(detail="the stream was cut off before its end", provider="acme", model="gpt-x")
    assert (end.partial.text, end.partial.finish_reason, end.partial.usage) == ("A", None, UNKNOWN)


@pytest.mark.parametrize("sent", [[], [DONE]])
def test_a_stream_without_an_answer_is_none(sent: list[bytes]) -> None:
    assert isinstance(failed(*sent).error, InvalidResponse)


def test_a_stream_that_says_it_is_done_is_whole_though_it_gives_no_reason() -> None:
    response = answered(chunk({"content": "A"}), DONE)
    assert (response.text, response.finish_reason) == ("A", Other(""))
    assert [warning.subject for warning in response.warnings] == ["finish_reason"]


@pytest.mark.parametrize(
    ("data", "name", "tag"),
    [
        (b'{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}', "", "RateLimitExceeded"),
        (b'{"error":"out of memory"}', "", "ModelUnavailable"),
        (b'{"message":"Slow down","code":429}', "error", "RateLimitExceeded"),
        (b'"lost"', "error", "ModelUnavailable"),
        (b"{}", "error", "ModelUnavailable"),
        (
            b'{"id":"g","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"x"}}',
            "",
            "ModelUnavailable",
        ),
        (b'{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}', "", "ModelUnavailable"),
        (b"<html>", "", "InvalidResponse"),
        (b'{"choices":[{"delta":', "", "InvalidResponse"),
        (b'{"choices":{}}', "", "InvalidResponse"),
        (b'{"choices":[7]}', "", "InvalidResponse"),
        (b'{"choices":[{"delta":[1]}]}', "", "InvalidResponse"),
        (b'{"choices":[{"delta":{"content":7}}]}', "", "InvalidResponse"),
        (b'{"choices":[{"delta":{"tool_calls":{"index":0}}}]}', "", "InvalidResponse"),
        (b"3", "", "InvalidResponse"),
    ],
)
def test_faults_in_the_middle_end_the_stream_with_what_had_come(data: bytes, name: str, tag: str) -> None:
    reader = CHAT.open_reader(Target("acme", "gpt-x"))
    reader.feed("", chunk({"content": "A"}))
    reader.feed("", chunk({"content": "B"}))
    events = reader.feed(name, data)
    end = events[-1]
    assert isinstance(end, Failed)
    assert end.error.tag == tag
    assert end.partial.text == "AB"
    assert end.after_output
    assert list(reader.feed("", chunk({"content": "C"}))) == []
    assert list(reader.feed("", DONE)) == []


def test_unknown_frames_and_empty_ones_are_ignored() -> None:
    response = answered(b"", b'{"type":"ping"}', b"{}", chunk({"content": "A"}), b" ", chunk({}, "stop"), DONE)
    assert response.text == "A"


def test_a_written_stream_has_openais_frames() -> None:
    response = ChatResponse(parts=(Text("Hi"),), finish_reason=Finish.STOP, usage=Usage(1, 2), model="m", id="x")
    writer = CHAT.open_writer(InboundCall(ask("m", "?"), True, include_usage=True))
    head = b'data: {"id":"x","object":"chat.completion.chunk","created":0,"model":"m","choices":['
    assert writer.write(Started("x", "m")) == head + (
        b'{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
    )
    assert writer.write(TextDelta("Hi")) == head + (
        b'{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
    )
    assert writer.write(PartDone(0, Text("Hi"))) == b""
    assert writer.write(Restarted(NetworkError(), "p", "m")) == b""
    assert writer.write(Done(response)) == (
        head
        + b'{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}\n\n'
        + head
        + b'],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\ndata: [DONE]\n\n'
    )


def test_usage_is_sent_only_where_it_was_asked_for() -> None:
    response = ChatResponse(parts=(Text("Hi"),), finish_reason=Finish.STOP, usage=Usage(1, 2), model="m", id="x")
    data = CHAT.open_writer(InboundCall(ask("m", "?"), True, include_usage=False)).write(Done(response))
    assert b"usage" not in data
    assert b'"content":"Hi"' in data
    assert data.endswith(b"data: [DONE]\n\n")


def test_a_written_failure_reads_as_the_same_error() -> None:
    error = RateLimitExceeded(detail="Slow down", provider="acme", model="gpt-x")
    data = CHAT.open_writer(InboundCall(ask("m", "?"), True)).write(Failed(error, ChatResponse()))
    assert data.startswith(b'data: {"error":{"message":"Slow down"')
    assert failed(data.removeprefix(b"data: ").strip()).error.tag == "RateLimitExceeded"
