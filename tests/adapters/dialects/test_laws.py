"""The laws of a dialect, for Gemini, Ollama and OpenAI Responses: reading undoes writing, streams fold, all is total.

OpenAI chat and Anthropic state the same laws with their own strategies in their own files.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from returns.methods import unwrap_or_failure
from returns.result import Result, Success

from pointsman.adapters.dialects.dialect import Dialect, ErrorReply, Inbound, InboundCall, Target, WireRequest
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.event import Done, Failed, PartDone, StreamEvent, TextDelta
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Bytes, Image, Opaque, Part, Reasoning, Text, ToolCall, Url
from pointsman.core.chat.request import ChatRequest, Thinking, ask
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason, Other
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Fault, InvalidResponse, NetworkError, RateLimitExceeded
from pointsman.core.json import Json, dumps_text
from pointsman.core.schema.unfold import unfold
from tests.adapters.dialects import strategies as some
from tests.adapters.dialects.streams import frames

TARGET = Target("somebody", "some-model")
CALL = InboundCall(ask("some-model", "?"))
DIALECTS = pytest.mark.parametrize("dialect", [GEMINI, OLLAMA, OPENAI_RESPONSES], ids=lambda dialect: dialect.name)


def _kept_item(text: str, secret: str) -> Reasoning:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": text}],
        "encrypted_content": secret,
    }
    return Reasoning(text, Opaque("openai", "encrypted_content", dumps_text(item)))


signatures = st.none() | some.opaques("gemini", "thought_signature")
THOUGHTS: dict[str, SearchStrategy[Reasoning]] = {
    "gemini": st.builds(Reasoning, some.full_texts, some.opaques("gemini", "thought_signature")),
    "ollama": st.builds(Reasoning, some.full_texts),
    "openai-responses": st.builds(_kept_item, some.full_texts, some.names),
}
pixels = st.binary(max_size=6).map(lambda tail: Bytes(b"\x89PNG" + tail, "image/png"))
links = st.just(Url("https://example.com/a.png"))


def pictures(dialect: Dialect) -> SearchStrategy[Image]:
    """Images that the dialect can carry."""
    if dialect is GEMINI:
        return st.builds(Image, pixels | st.just(Url("https://example.com/a.png", "image/png")))
    return st.builds(Image, pixels if dialect is OLLAMA else pixels | links)


@st.composite
def answers(draw: st.DrawFn, dialect: Dialect) -> tuple[Part, ...]:
    """The parts of an answer, in the order in which the dialect gives them."""
    state = signatures if dialect is GEMINI else st.none()
    thoughts = draw(st.lists(THOUGHTS[dialect.name], max_size=1))
    said = draw(st.lists(st.builds(Text, some.full_texts, state), max_size=1))
    calls = draw(st.lists(some.tool_calls(state), max_size=3, unique_by=lambda call: call.id))
    return (*thoughts, *said, *calls)


@st.composite
def requests(draw: st.DrawFn, dialect: Dialect) -> ChatRequest:
    """Requests that the dialect can carry whole."""
    messages: list[Message] = [Message("system", (Text(text),)) for text in draw(st.lists(some.full_texts, max_size=1))]
    for _ in range(draw(st.integers(0, 2))):
        parts = draw(answers(dialect).filter(bool))
        calls = [part for part in parts if isinstance(part, ToolCall)]
        messages.append(Message("user", (Text(draw(some.full_texts)),)))
        messages.append(Message("assistant", parts))
        if calls:
            results = [draw(some.texts.filter(lambda t: not t.startswith("Error: "))) for _ in calls]
            messages.append(Message("tool", tuple(_result(c, r) for c, r in zip(calls, results, strict=True))))
    shown = draw(st.lists(pictures(dialect), max_size=2))
    messages.append(Message("user", (*shown, Text(draw(some.full_texts)))))
    tools = tuple(attrs.evolve(tool, strict=None) for tool in draw(some.tool_lists))
    schema = draw(st.none() | some.json_schemas.filter(lambda s: bool(s)))
    return ChatRequest(
        "some-model",
        tuple(messages),
        temperature=draw(st.none() | some.temperatures),
        top_p=draw(st.none() | some.temperatures),
        max_tokens=draw(st.none() | st.integers(16 if dialect is OPENAI_RESPONSES else 1, 100_000)),
        stop=() if dialect is OPENAI_RESPONSES else tuple(draw(st.lists(some.full_texts, max_size=3))),
        seed=None if dialect is OPENAI_RESPONSES else draw(st.none() | st.integers(0, 2**31 - 1)),
        tools=tools,
        tool_choice=None if dialect is OLLAMA else draw(some.tool_choices(tools)),
        response_schema=None if schema is None else ResponseSchema(schema),
        thinking=draw(st.sampled_from(THINKING[dialect.name])),
    )


def _result(call: ToolCall, text: str) -> Part:
    from pointsman.core.chat.part import ToolResult

    return ToolResult(call.id, call.name, (Text(text),) if text else ())


THINKING: dict[str, list[Thinking | None]] = {
    "gemini": [None, Thinking("low", None, True), Thinking(None, 1024), Thinking("none"), Thinking("high")],
    "ollama": [None, Thinking("low"), Thinking("high"), Thinking("none"), Thinking(show=True)],
    "openai-responses": [None, Thinking("low", None, True), Thinking("max"), Thinking(show=True)],
}


@DIALECTS
@given(data=st.data(), stream=st.booleans())
def test_reading_a_written_request_gives_it_back(dialect: Dialect, data: st.DataObject, stream: bool) -> None:
    request = data.draw(requests(dialect))
    wire = unwrap_or_failure(dialect.chat.write_request(request, TARGET, stream))
    assert isinstance(wire, WireRequest)
    assert wire.warnings == ()
    body = orjson.loads(orjson.dumps(wire.body))
    by_path = dialect is GEMINI
    asked = unwrap_or_failure(
        dialect.chat.read_request(
            Inbound(body, model="some-model" if by_path else None, stream=stream if by_path else None)
        )
    )
    assert isinstance(asked, InboundCall)
    assert asked.request == request
    assert asked.stream == stream


def _response(dialect: Dialect, parts: tuple[Part, ...], finish: FinishReason, usage: Usage) -> ChatResponse:
    if finish is Finish.STOP and any(isinstance(part, ToolCall) for part in parts):
        finish = Finish.TOOL_CALLS
    if dialect is OLLAMA:
        usage = Usage(usage.input, usage.output)
        if any(isinstance(part, ToolCall) for part in parts) and finish is not Finish.LENGTH:
            finish = Finish.TOOL_CALLS
    if dialect is GEMINI:
        usage = attrs.evolve(usage, cache_write=None)
    if usage.output is None or usage.input is None:
        usage = Usage()
    return ChatResponse(
        parts=parts,
        finish_reason=finish,
        usage=usage,
        model="some-model",
        provider="somebody",
        id="" if dialect is OLLAMA else "resp_1",
    )


def responses(dialect: Dialect) -> SearchStrategy[ChatResponse]:
    """Answers that the dialect can give."""
    new = Other("BRAND_NEW" if dialect is GEMINI else "brand_new")  # Gemini's clients know words in capitals only
    finishes: list[FinishReason] = [Finish.STOP, Finish.LENGTH, new]
    if dialect is not OLLAMA:
        finishes.append(Finish.CONTENT_FILTER)
    parts = answers(dialect).filter(bool)
    return st.builds(_response, st.just(dialect), parts, st.sampled_from(finishes), some.usages)


@DIALECTS
@given(data=st.data())
def test_reading_a_written_answer_gives_it_back(dialect: Dialect, data: st.DataObject) -> None:
    response = data.draw(responses(dialect))
    body = orjson.loads(orjson.dumps(dialect.chat.write_response(response, CALL)))
    assert dialect.chat.read_response(body, TARGET) == Success(response)


def split(dialect: Dialect, data: bytes) -> list[tuple[str, bytes]]:
    """The frames in `data`."""
    if dialect.framing == "sse":
        return frames(data)
    return [("", line) for line in data.split(b"\n") if line]


def read_stream(dialect: Dialect, data: bytes) -> list[StreamEvent]:
    """The events of a stream, its end included."""
    reader = dialect.chat.open_reader(TARGET)
    events = [event for name, frame in split(dialect, data) for event in reader.feed(name, frame)]
    return events if events and isinstance(events[-1], (Done, Failed)) else [*events, reader.finish()]


def written(dialect: Dialect, response: ChatResponse, size: int) -> list[bytes]:
    """The frames of a stream that ends in `response`, one entry an event."""
    writer = dialect.chat.open_writer(InboundCall(ask("some-model", "?"), True))
    return [writer.write(event) for event in unfold(response, size)]


@DIALECTS
@given(data=st.data(), size=st.integers(1, 9))
def test_a_written_stream_reads_as_the_same_answer(dialect: Dialect, data: st.DataObject, size: int) -> None:
    response = data.draw(responses(dialect))
    events = read_stream(dialect, b"".join(written(dialect, response, size)))
    assert events[-1] == Done(response)
    assert [event.part for event in sorted_parts(events)] == list(response.parts)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == response.text
    assert sum(isinstance(event, (Done, Failed)) for event in events) == 1


def sorted_parts(events: list[StreamEvent]) -> list[PartDone]:
    """The finished parts, by index."""
    return sorted((event for event in events if isinstance(event, PartDone)), key=lambda event: event.index)


@DIALECTS
@given(data=st.data())
def test_a_stream_cut_before_its_end_is_a_failure_with_the_partial(dialect: Dialect, data: st.DataObject) -> None:
    response = data.draw(responses(dialect))
    pieces = written(dialect, response, 4)
    kept = data.draw(st.integers(0, len(pieces) - 1))
    begun = b"".join(pieces[:kept])
    end = read_stream(dialect, begun)[-1]
    assert isinstance(end, Failed)
    is_empty = dialect in (GEMINI, OLLAMA) and not begun  # an empty 200 is no answer, and trying again is no cure
    assert isinstance(end.error, InvalidResponse if is_empty else NetworkError)
    assert response.text.startswith(end.partial.text)


@DIALECTS
@given(data=st.data())
def test_an_error_in_mid_stream_keeps_its_kind(dialect: Dialect, data: st.DataObject) -> None:
    response = data.draw(responses(dialect))
    error = RateLimitExceeded(detail="rate limit: slow down", provider="somebody", model="some-model")
    writer = dialect.chat.open_writer(InboundCall(ask("some-model", "?"), True))
    begun = b"".join(writer.write(event) for event in list(unfold(response, 4))[:2])
    end = read_stream(dialect, begun + writer.write(Failed(error, ChatResponse())))[-1]
    assert isinstance(end, Failed)
    assert "slow down" in end.error.detail
    if dialect is not OLLAMA:  # which has no codes in a stream
        assert end.error.tag == "RateLimitExceeded"


FIELDS = """type error message content parts candidates output item delta done thinking tool_calls function arguments
response usage usageMetadata promptFeedback blockReason text thought functionCall index id model"""
any_json = some.json_values | st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | some.texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=5),
    max_leaves=12,
)
kinds = st.sampled_from(
    [
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.function_call_arguments.delta",
        "response.reasoning_summary_text.delta",
        "response.completed",
        "response.failed",
        "error",
    ]
)


@DIALECTS
@given(value=any_json)
def test_no_answer_makes_a_reader_raise(dialect: Dialect, value: object) -> None:
    body = orjson.loads(orjson.dumps(value))
    outcome = unwrap_or_failure(dialect.chat.read_response(body, TARGET))
    assert isinstance(outcome, (ChatResponse, Fault))
    reads: list[Callable[[Json, Target], Result[object, Fault]]] = [
        exchange.read_response
        for exchange in (dialect.models, dialect.embed, dialect.complete, dialect.count)
        if exchange is not None
    ]
    assert all(isinstance(read(body, TARGET), Result) for read in reads)
    if isinstance(body, dict):
        asked = unwrap_or_failure(dialect.chat.read_request(Inbound(body, model="m")))
        assert isinstance(asked, (InboundCall, Fault))


@DIALECTS
@given(values=st.lists(st.tuples(kinds, any_json), max_size=4), junk=st.binary(max_size=40))
def test_no_frame_makes_a_reader_raise(dialect: Dialect, values: list[tuple[str, object]], junk: bytes) -> None:
    reader = dialect.chat.open_reader(TARGET)
    for kind, value in values:
        frame = {"type": kind, **value} if isinstance(value, dict) else value
        for event in reader.feed("", orjson.dumps(frame)):
            assert event is not None
    last = reader.feed("", junk)
    assert isinstance(reader.finish(), (Done, Failed))
    assert isinstance(reader.partial(), ChatResponse)
    assert all(event is not None for event in last)


@DIALECTS
@given(status=st.integers(300, 599), body=st.binary(max_size=60) | any_json.map(orjson.dumps), wait=some.texts)
def test_no_error_makes_a_reader_raise(dialect: Dialect, status: int, body: bytes, wait: str) -> None:
    error = dialect.read_error(ErrorReply(status, body, {"retry-after": wait}, 0.0), TARGET)
    assert isinstance(error, Fault)
    assert error.provider == "somebody"
    assert error.detail
