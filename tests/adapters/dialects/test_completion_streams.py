"""Streamed text completions: transcripts, and the laws of both dialects that have them, however the bytes are cut."""

from __future__ import annotations

from typing import Any

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from returns.result import Success

from pointsman.adapters.dialects.dialect import (
    CompletionCodec,
    Dialect,
    Inbound,
    InboundCall,
    Quirks,
    Target,
)
from pointsman.adapters.dialects.framing import NdjsonDecoder, SseDecoder
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.event import Done, Failed, PartDone, ReasoningDelta, Started, StreamEvent, TextDelta
from pointsman.core.chat.part import Reasoning, Refusal, Text
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidResponse, ModelUnavailable, NetworkError, RateLimitExceeded
from pointsman.core.json import Json, JsonObject, dumps
from pointsman.core.schema.unfold import unfold
from tests.adapters.dialects import strategies as some

TARGET = Target("acme", "m")
DIALECTS = pytest.mark.parametrize("dialect", [OPENAI_CHAT, OLLAMA], ids=lambda dialect: dialect.name)
ASKED = InboundCall(CompletionRequest("m", "Once"), True)
DONE = b"[DONE]"


def codec(dialect: Dialect) -> CompletionCodec:
    assert dialect.complete is not None
    return dialect.complete


OPENAI, GENERATE = codec(OPENAI_CHAT), codec(OLLAMA)


def ended(events: list[StreamEvent]) -> bool:
    return bool(events) and isinstance(events[-1], (Done, Failed))


def read(dialect: Dialect, *frames: bytes, name: str = "", target: Target = TARGET) -> list[StreamEvent]:
    reader = codec(dialect).open_reader(target)
    events = [event for data in frames for event in reader.feed(name, data)]
    return events if ended(events) else [*events, reader.finish()]


def read_bytes(dialect: Dialect, pieces: list[bytes]) -> list[StreamEvent]:
    """The events of a stream that arrives in `pieces`, up to its end."""
    reader = codec(dialect).open_reader(TARGET)
    sse, ndjson, events = SseDecoder(), NdjsonDecoder(), list[StreamEvent]()
    for piece in pieces:
        found = sse.feed(piece) if dialect.framing == "sse" else [("", line) for line in ndjson.feed(piece)]
        for name, data in found:
            events += () if ended(events) else reader.feed(name, data)
    return events if ended(events) else [*events, reader.finish()]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` cut at `places`, taken modulo its length."""
    at = sorted({place % (len(data) + 1) for place in places})
    return [data[begin:end] for begin, end in zip([0, *at], [*at, len(data)], strict=True)]


def written(dialect: Dialect, response: ChatResponse, size: int = 4) -> list[bytes]:
    """The frames of the stream that ends in `response`, one entry an event."""
    writer = codec(dialect).open_writer(ASKED)
    return [writer.write(event) for event in unfold(response, size)]


def _completion(dialect: Dialect, text: str, finish: FinishReason, usage: Usage) -> Completion:
    openai = dialect is OPENAI_CHAT
    counts = usage if openai else Usage(usage.input, usage.output)
    return Completion(
        text=text, finish_reason=finish, usage=counts, model="m", provider="acme", id="cmpl-1" if openai else ""
    )


def completions(dialect: Dialect) -> SearchStrategy[Completion]:
    """Continuations that the dialect can tell, empty ones among them."""
    finishes: list[FinishReason] = [Finish.STOP, Finish.LENGTH]
    return st.builds(_completion, st.just(dialect), some.texts, st.sampled_from(finishes), some.usages)


requests = st.builds(
    CompletionRequest,
    st.just("m"),
    some.texts,
    suffix=st.none() | some.full_texts,
    temperature=st.none() | some.temperatures,
    top_p=st.none() | st.floats(0, 1),
    max_tokens=st.none() | st.integers(1, 10**6),
    stop=st.lists(some.full_texts, max_size=2).map(tuple),
    seed=st.none() | some.counts,
)


@DIALECTS
@given(request=requests, stream=st.booleans())
def test_reading_a_written_request_gives_it_and_its_wish_for_a_stream_back(
    dialect: Dialect, request: CompletionRequest, stream: bool
) -> None:
    how = codec(dialect)
    wire = (how.write_streamed if stream else how.write_request)(request, TARGET).unwrap()
    inbound = Inbound(orjson.loads(orjson.dumps(wire.body)))
    assert how.read_request(inbound) == Success(InboundCall(request, stream))


@DIALECTS
@given(data=st.data(), size=st.integers(1, 9), places=st.lists(st.integers(0, 5000), max_size=12))
def test_a_written_stream_reads_as_the_same_completion_however_it_is_cut(
    dialect: Dialect, data: st.DataObject, size: int, places: list[int]
) -> None:
    completion = data.draw(completions(dialect))
    sent = b"".join(written(dialect, completion.response, size))
    events = read_bytes(dialect, cut(sent, places))
    assert events[-1] == Done(completion.response)
    assert events[0] == Started(completion.id, "m")
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == completion.text
    assert sum(isinstance(event, (Done, Failed)) for event in events) == 1
    body = orjson.loads(orjson.dumps(codec(dialect).write_response(completion, ASKED)))
    assert codec(dialect).read_response(body, TARGET).map(lambda whole: Done(whole.response)) == Success(events[-1])


@DIALECTS
@given(data=st.data())
def test_a_stream_cut_before_its_end_is_a_failure_with_the_partial(dialect: Dialect, data: st.DataObject) -> None:
    completion = data.draw(completions(dialect))
    frames = written(dialect, completion.response)
    kept = data.draw(st.integers(0, len(frames) - 1))
    end = read_bytes(dialect, frames[:kept])[-1]
    assert isinstance(end, Failed)
    is_empty = not b"".join(frames[:kept])
    assert isinstance(end.error, InvalidResponse if is_empty else NetworkError)
    assert completion.text.startswith(end.partial.text)


@DIALECTS
def test_an_error_in_mid_stream_ends_it_with_what_had_come(dialect: Dialect) -> None:
    error = RateLimitExceeded(detail="rate limit: slow down", provider="acme", model="m")
    begun = written(dialect, Completion(text="Once upon", model="m").response)[:2]
    end = read_bytes(dialect, [*begun, codec(dialect).open_writer(ASKED).write(Failed(error, ChatResponse()))])[-1]
    assert isinstance(end, Failed)
    assert "slow down" in end.error.detail
    assert end.partial.text == "Once"


FIELDS = [
    "error",
    "message",
    "choices",
    "text",
    "index",
    "finish_reason",
    "usage",
    "response",
    "thinking",
    "done",
    "done_reason",
    "model",
    "id",
]
any_json = some.json_values | st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | some.texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=12,
)


@DIALECTS
@given(values=st.lists(any_json, max_size=4), junk=st.binary(max_size=40), name=st.sampled_from(["", "error"]))
def test_no_frame_and_no_request_makes_a_reader_raise(
    dialect: Dialect, values: list[Json], junk: bytes, name: str
) -> None:
    how = codec(dialect)
    reader = how.open_reader(TARGET)
    for frame in (*map(orjson.dumps, values), junk):
        assert all(event is not None for event in reader.feed(name, frame))
    assert isinstance(reader.finish(), (Done, Failed))
    assert isinstance(reader.partial(), ChatResponse)
    for value in values:
        assert how.read_request(Inbound(value if isinstance(value, dict) else {})) is not None


def chunk(text: Json, finish: str | None = None, index: int = 0, **more: Json) -> bytes:
    choice: Json = {"text": text, "index": index, "logprobs": None, "finish_reason": finish}
    return dumps(
        {"id": "cmpl-1", "object": "text_completion", "created": 9, "model": "m-1", "choices": [choice], **more}
    )


COUNTED = dumps(
    {"id": "cmpl-1", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}}
)


def test_a_documented_openai_stream() -> None:
    events = read(OPENAI_CHAT, chunk(" upon", usage=None), chunk(" a time"), chunk("", "length"), COUNTED, DONE)
    response = ChatResponse(
        parts=(Text(" upon a time"),),
        finish_reason=Finish.LENGTH,
        usage=Usage(1, 3),
        model="m-1",
        provider="acme",
        id="cmpl-1",
    )
    assert events == [
        Started("cmpl-1", "m-1"),
        TextDelta(" upon"),
        TextDelta(" a time"),
        PartDone(0, Text(" upon a time")),
        Done(response),
    ]


def test_text_may_come_with_its_finish_reason_or_with_an_error_after_text() -> None:
    whole = read(OPENAI_CHAT, chunk("one"), chunk(" two", "stop"), DONE)[-1]
    assert isinstance(whole, Done)
    assert whole.response.text == "one two"
    broken = read(OPENAI_CHAT, chunk("one"), chunk("two"), chunk("", error={"message": "overloaded", "code": 503}))[-1]
    assert isinstance(broken, Failed)
    assert (broken.partial.text, broken.error.detail) == ("onetwo", "overloaded")
    named = read(OPENAI_CHAT, dumps({"message": "gone wrong"}), name="error")[-1]
    assert isinstance(named, Failed)


ERROR: Json = {"message": "overloaded", "code": 503}
SAID: JsonObject = {"text": "x", "index": 0}


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        pytest.param("", {"choices": [SAID], "error": ERROR}, id="in the frame"),
        pytest.param("", {"choices": [{**SAID, "error": ERROR}]}, id="in the choice"),
        pytest.param("error", {"choices": [SAID], "message": "overloaded"}, id="by the name"),
    ],
)
def test_an_error_beside_text_is_not_passed_over(name: str, frame: Json) -> None:
    reader = OPENAI.open_reader(TARGET)
    assert [event for _ in range(2) for event in reader.feed("", chunk("one"))][-1] == TextDelta("one")
    end = reader.feed(name, dumps(frame))[-1]
    assert isinstance(end, Failed)
    assert "overloaded" in end.error.detail
    assert end.partial.text.startswith("oneone")


def test_a_frame_may_be_without_text_at_the_beginning() -> None:
    end = read(OPENAI_CHAT, chunk(None), chunk("one"), chunk(None, "stop"), DONE)[-1]
    assert isinstance(end, Done)
    assert end.response.text == "one"


def test_other_choices_stand_whole_beside_the_first() -> None:
    both: Json = [{"text": "b", "index": 0, "finish_reason": None}, {"text": "x", "index": 1, "finish_reason": None}]
    end = read(OPENAI_CHAT, chunk("a"), dumps({"choices": both}), chunk("y", index=1), chunk("", "stop"), DONE)[-1]
    assert isinstance(end, Done)
    assert end.response.text == "ab"
    assert [choice.text for choice in end.response.choices] == ["xy"]


def test_usage_beside_the_last_text_counts() -> None:
    usage: Json = {"prompt_tokens": 5, "completion_tokens": 2}
    end = read(OPENAI_CHAT, chunk("a"), chunk("b", usage=usage), chunk("", "stop"), DONE)[-1]
    assert isinstance(end, Done)
    assert end.response.usage == Usage(5, 2)


@pytest.mark.parametrize("text", [3, {}, ["a"], False])
def test_a_choice_without_a_text_is_no_completion(text: Json) -> None:
    end = read(OPENAI_CHAT, chunk("one"), chunk(text))[-1]
    assert isinstance(end, Failed)
    assert isinstance(end.error, InvalidResponse)
    assert end.partial.text == "one"


def test_frames_of_a_chat_are_no_completion() -> None:
    end = read(OPENAI_CHAT, dumps({"choices": [{"index": 0, "delta": {"content": "hello"}}]}), DONE)[-1]
    assert isinstance(end, Failed)
    assert isinstance(end.error, InvalidResponse)


def test_tags_in_a_continued_text_are_text() -> None:
    thinker = attrs.evolve(TARGET, quirks=Quirks(think_tags=True))
    end = read(OPENAI_CHAT, chunk("<think>a</think>"), chunk("b", "stop"), DONE, target=thinker)[-1]
    assert isinstance(end, Done)
    assert end.response.parts == (Text("<think>a</think>b"),)


@pytest.mark.parametrize(
    ("quirks", "more"),
    [(Quirks(), {"stream_options": {"include_usage": True}}), (Quirks(stream_usage=False), {})],
)
def test_usage_is_asked_for_where_the_provider_can_tell_it(quirks: Quirks, more: dict[str, Any]) -> None:
    target = attrs.evolve(TARGET, quirks=quirks)
    wire = OPENAI.write_streamed(CompletionRequest("acme/m", "Once", extra={"user": "me"}), target).unwrap()
    assert wire.path == "/completions"
    assert wire.body == {"model": "m", "prompt": "Once", "user": "me", "stream": True, **more}


@pytest.mark.parametrize(
    ("body", "stream", "usage"),
    [
        ({}, False, True),
        ({"stream": True}, True, False),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True),
    ],
)
def test_how_an_openai_client_wants_to_be_told(body: dict[str, Json], stream: bool, usage: bool) -> None:
    asked = OPENAI.read_request(Inbound({"model": "m", "prompt": "Once", **body})).unwrap()
    assert (asked.stream, asked.include_usage) == (stream, usage)
    assert asked.request == CompletionRequest("m", "Once")  # nothing of it is passed on to whoever answers


@pytest.mark.parametrize(("body", "stream"), [({}, True), ({"stream": True}, True), ({"stream": False}, False)])
def test_ollama_streams_unless_it_is_told_not_to(body: dict[str, Json], stream: bool) -> None:
    assert GENERATE.read_request(Inbound({"model": "m", "prompt": "Once", **body})).unwrap().stream is stream


def test_what_stands_on_the_wire_of_openai() -> None:
    response = Completion(text=" upon", finish_reason=Finish.STOP, usage=Usage(1, 2), model="m-1", id="c").response
    head = b'data: {"id":"c","object":"text_completion","created":0,"model":"m","choices":['
    first = head + b'{"text":" upon","index":0,"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
    last = head + b'{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}],"usage":null}\n\n'
    usage = head + b'],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n'
    assert written(OPENAI_CHAT, response, 9) == [b"", first, b"", last + usage + b"data: [DONE]\n\n"]
    silent = OPENAI.open_writer(attrs.evolve(ASKED, include_usage=False))
    assert b"usage" not in b"".join(silent.write(event) for event in unfold(response))


def test_what_stands_on_the_wire_of_ollama() -> None:
    response = Completion(text=" upon", finish_reason=Finish.LENGTH, usage=Usage(1, 2), model="m-1").response
    lines = [orjson.loads(line) for line in written(OLLAMA, response, 9) if line]
    when = "1970-01-01T00:00:00.000000Z"
    assert lines[0] == {"model": "m", "created_at": when, "response": " upon", "done": False}  # as it was asked for
    assert len(lines) == 2
    assert (lines[1]["response"], lines[1]["done"], lines[1]["done_reason"]) == ("", True, "length")
    assert (lines[1]["prompt_eval_count"], lines[1]["eval_count"]) == (1, 2)


@DIALECTS
def test_a_text_that_never_came_in_pieces_is_written_whole_and_once(dialect: Dialect) -> None:
    response = Completion(text="Once", finish_reason=Finish.STOP, model="m", provider="acme").response
    writer = codec(dialect).open_writer(ASKED)
    events = (Started("", "m"), PartDone(0, Text("Once")), Done(response))
    assert read_bytes(dialect, [writer.write(event) for event in events])[-1] == Done(response)


def test_a_text_that_stands_only_in_the_answer_is_written_to_an_openai_client() -> None:
    response = Completion(text="Once", finish_reason=Finish.STOP, model="m", provider="acme").response
    assert read_bytes(OPENAI_CHAT, [OPENAI.open_writer(ASKED).write(Done(response))])[-1] == Done(response)


def test_of_an_answer_of_chat_openai_is_told_the_text_alone_and_ollama_the_thoughts_too() -> None:
    parts = (Reasoning("Hm."), Text("Once"), Refusal("No."))
    response = ChatResponse(parts=parts, finish_reason=Finish.STOP, model="m", provider="acme")
    plain = read_bytes(OPENAI_CHAT, written(OPENAI_CHAT, response))
    assert plain[-1] == Done(attrs.evolve(response, parts=(Text("Once"),)))
    thoughtful = read_bytes(OLLAMA, written(OLLAMA, attrs.evolve(response, parts=parts[:2])))
    assert thoughtful[-1] == Done(attrs.evolve(response, parts=parts[:2]))


def test_an_ollama_stream_with_thinking() -> None:
    lines: list[Json] = [
        {"model": "m", "response": "", "thinking": "Hm.", "done": False},
        {"model": "m", "response": " up\u2028on", "done": False},
        {"model": "m", "response": "", "done": True, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9},
    ]
    events = read(OLLAMA, *map(orjson.dumps, lines))
    assert events[:3] == [Started("", "m"), ReasoningDelta("Hm.", 0), TextDelta(" up\u2028on", 1)]
    end = events[-1]
    assert isinstance(end, Done)
    assert end.response.parts == (Reasoning("Hm."), Text(" up\u2028on"))
    assert (end.response.usage, end.response.finish_reason) == (Usage(26, 9), Finish.STOP)
    broken = read(OLLAMA, orjson.dumps(lines[1]), orjson.dumps({"error": "llama runner process has terminated"}))[-1]
    assert isinstance(broken, Failed)
    assert isinstance(broken.error, ModelUnavailable)
    assert broken.partial.text == " up\u2028on"
