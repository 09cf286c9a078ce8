"""Laws of the OpenAI chat dialect: reading undoes writing, streams fold to the whole answer, nothing makes it raise."""

from __future__ import annotations

import attrs
import orjson
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman.adapters.dialects.dialect import (
    ErrorReply,
    Inbound,
    InboundCall,
    Quirks,
    StreamReader,
    Target,
    WireRequest,
)
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.think_tags import ThinkTags, split_thoughts
from pointsman.core.chat.event import Done, Failed, PartDone, Started, StreamEvent, TextDelta
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Audio, Bytes, Image, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.request import ChatRequest, Effort, Thinking, ask
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Fault
from pointsman.core.json import Json, dumps_text
from tests.adapters.dialects import strategies as some
from tests.adapters.dialects.streams import cut, frames, unfold

CHAT = OPENAI_CHAT.chat
ROUTER = Target("router", "some-model", Quirks(effort_field="reasoning", origins=frozenset({"gemini", "openrouter"})))
PLAIN = Target("openai", "some-model")
THINKER = Target("thinker", "some-model", Quirks(think_tags=True))

signatures = st.none() | some.opaques("gemini", "thought_signature")


def _thoughts(text: str, signature: str) -> Reasoning:
    entry: Json = {"type": "reasoning.text", "text": text, "signature": signature, "index": 0}
    return Reasoning(text, Opaque("openrouter", "reasoning_details", dumps_text([entry])))


detailed: SearchStrategy[Reasoning] = st.builds(_thoughts, some.full_texts, some.names)
sounds: SearchStrategy[Part] = st.builds(
    Audio, st.builds(Bytes, st.binary(max_size=9), st.sampled_from(["audio/wav", "audio/mpeg"]))
)


@st.composite
def requests(draw: st.DrawFn) -> ChatRequest:
    tools = draw(some.tool_lists)
    asked = draw(st.lists(some.turns(some.answers(detailed, signatures)), max_size=2))
    opening = draw(st.lists(some.system_messages(), max_size=1))
    last = draw(some.user_messages(sounds | some.pdfs))
    effort: Effort | None = draw(st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max", None]))
    thinking = Thinking(
        effort, None if effort else draw(st.integers(1, 9999)), draw(st.sampled_from([None, True, False]))
    )
    schema = draw(st.none() | some.response_schemas)
    return ChatRequest(
        "some-model",
        (*opening, *(message for turn in asked for message in turn), last),
        temperature=draw(st.none() | some.temperatures),
        top_p=draw(st.none() | st.floats(0, 1)),
        max_tokens=draw(st.none() | st.integers(1, 100_000)),
        stop=tuple(draw(st.lists(some.full_texts, max_size=4))),
        seed=draw(st.none() | st.integers(0, 2**31)),
        tools=tools,
        tool_choice=draw(some.tool_choices(tools)),
        parallel_tools=draw(st.sampled_from([None, True, False])) if tools else None,
        response_schema=schema,
        thinking=draw(st.sampled_from([None, thinking])),
        metadata=draw(st.dictionaries(some.names, some.texts, max_size=2)),
        logit_bias=draw(st.sampled_from([{}, {"1": -100.0}])),
        n=draw(st.sampled_from([None, 2])),
        logprobs=draw(st.sampled_from([None, 0, 3])),
        frequency_penalty=draw(st.sampled_from([None, -1.5])),
        presence_penalty=draw(st.sampled_from([None, 0.5])),
        top_k=draw(st.sampled_from([None, 40])),
        verbosity=draw(st.sampled_from([None, "low"])),
        service_tier=draw(st.sampled_from([None, "flex"])),
        json_mode=draw(st.booleans()) and not schema,
    )


@given(requests(), st.booleans(), st.booleans())
def test_reading_a_written_request_gives_it_back(request: ChatRequest, stream: bool, newer: bool) -> None:
    quirks = attrs.evolve(ROUTER.quirks, max_tokens_field="max_completion_tokens" if newer else "max_tokens")
    wire = unwrap_or_failure(CHAT.write_request(request, attrs.evolve(ROUTER, quirks=quirks), stream))
    assert isinstance(wire, WireRequest)
    assert wire.warnings == ()
    body = orjson.loads(orjson.dumps(wire.body))
    assert CHAT.read_request(Inbound(body)) == Success(InboundCall(request, stream, True))


def _response(parts: tuple[Part, ...], finish: FinishReason, usage: Usage, answer_id: str) -> ChatResponse:
    if finish is Finish.STOP and any(isinstance(part, ToolCall) for part in parts):
        finish = Finish.TOOL_CALLS
    elif finish is Finish.STOP and any(isinstance(part, Refusal) for part in parts):
        finish = Finish.REFUSAL
    return ChatResponse(
        parts=parts, finish_reason=finish, usage=usage, model="some-model", provider="router", id=answer_id
    )


@st.composite
def answers(draw: st.DrawFn) -> tuple[Part, ...]:
    parts = draw(some.answers(detailed | some.full_texts.map(Reasoning), signatures))
    calls = tuple(part for part in parts if isinstance(part, ToolCall))
    said = tuple(part for part in parts if not isinstance(part, ToolCall))
    refusal: list[Part] = [Refusal(text) for text in draw(st.lists(some.full_texts, max_size=1))]
    media: list[Part] = [*draw(st.lists(st.builds(Image, some.pictures), max_size=2))]
    return (*said, *refusal, *media, *calls)


responses = st.builds(
    _response,
    answers(),
    st.sampled_from([Finish.STOP, Finish.LENGTH, Finish.CONTENT_FILTER]),
    some.usages,
    some.ids,
)


@given(responses)
def test_reading_a_written_answer_gives_it_back(response: ChatResponse) -> None:
    body = orjson.loads(orjson.dumps(CHAT.write_response(response, InboundCall(ask("some-model", "?")))))
    assert CHAT.read_response(body, ROUTER) == Success(response)


def read_stream(reader: StreamReader, data: bytes) -> list[StreamEvent]:
    events = [event for name, frame in frames(data) for event in reader.feed(name, frame)]
    return events if events and isinstance(events[-1], (Done, Failed)) else [*events, reader.finish()]


@given(responses, st.integers(0, 4))
def test_a_written_stream_reads_as_the_same_answer(response: ChatResponse, pieces: int) -> None:
    writer = CHAT.open_writer(InboundCall(ask("some-model", "?"), True))
    data = b"".join(writer.write(event) for event in unfold(response, pieces))
    events = read_stream(CHAT.open_reader(ROUTER), data)
    assert events[0] == Started(response.id, response.model)
    assert events[-1] == Done(response)
    assert sorted(repr(event.part) for event in events if isinstance(event, PartDone)) == sorted(
        map(repr, response.parts)
    )
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == response.text
    assert sum(isinstance(event, (Done, Failed)) for event in events) == 1


@given(responses, st.data())
def test_a_stream_cut_anywhere_before_its_finish_reason_fails(response: ChatResponse, data: st.DataObject) -> None:
    writer = CHAT.open_writer(InboundCall(ask("some-model", "?"), True))
    sent = frames(b"".join(writer.write(event) for event in unfold(response)[:-1]))
    reader = CHAT.open_reader(ROUTER)
    for name, frame in sent[: data.draw(st.integers(0, len(sent)))]:
        reader.feed(name, frame)
    end = reader.finish()
    assert isinstance(end, Failed)
    assert end.error.tag == ("NetworkError" if end.partial.id else "InvalidResponse")
    assert end.partial == reader.partial()


KEYS = """
choices index delta message content role tool_calls function name arguments id usage error finish_reason
reasoning reasoning_details type text thinking images image_url audio data refusal code status message detail
metadata raw innererror content_filter_result extra_content google thought_signature function_call messages
tools model response_format json_schema schema stop prompt input embedding top_provider architecture
capabilities object
"""
keys = st.sampled_from(KEYS.split())
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.sampled_from(["", "error", "x", "text", "user"])
)
wild: SearchStrategy[Json] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=14
)
objects = st.dictionaries(keys, wild, max_size=5)
targets = st.sampled_from([PLAIN, ROUTER, THINKER])


@given(wild | objects, targets)
def test_no_body_makes_an_answer_reader_raise(body: Json, target: Target) -> None:
    answered = CHAT.read_response(body, target)
    assert isinstance(answered, Success) or isinstance(answered.failure(), Fault)
    for exchange in (OPENAI_CHAT.complete, OPENAI_CHAT.embed, OPENAI_CHAT.models):
        assert exchange is not None
        exchange.read_response(body, target)
    error_in_body(body, target)


@given(objects)
def test_no_body_makes_a_request_reader_raise(body: dict[str, Json]) -> None:
    asked = CHAT.read_request(Inbound(body))
    assert isinstance(asked, Success) or asked.failure().problems
    for exchange in (OPENAI_CHAT.complete, OPENAI_CHAT.embed, OPENAI_CHAT.models):
        assert exchange is not None
        exchange.read_request(Inbound(body))


def _chunk(delta: Json, finish: Json) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


chunks = st.builds(_chunk, objects, st.sampled_from([None, None, "stop", "error", 3])) | objects | wild
some_frames = st.lists(st.binary(max_size=30) | chunks.map(lambda chunk: dumps_text(chunk).encode()), max_size=6)


@given(some_frames, targets, st.sampled_from(["", "error", "message"]))
def test_no_bytes_make_a_stream_reader_raise_and_it_ends_once(sent: list[bytes], target: Target, name: str) -> None:
    reader = CHAT.open_reader(target)
    ends = [event for data in sent for event in reader.feed(name, data) if isinstance(event, (Done, Failed))]
    assert len(ends) <= 1
    if not ends:
        assert isinstance(reader.finish(), (Done, Failed))
    assert reader.partial().provider == target.provider


@given(
    st.integers(100, 599),
    st.binary(max_size=60) | wild.map(lambda body: dumps_text(body).encode()),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-request-id", "content-type"]), some.texts),
)
def test_no_reply_makes_an_error_reader_raise(status: int, body: bytes, headers: dict[str, str]) -> None:
    error = OPENAI_CHAT.read_error(ErrorReply(status, body, headers, 1.7e9), PLAIN)
    assert error.detail
    assert error.provider == "openai"


thinking_texts = st.lists(
    st.sampled_from(["<think>", "</think>", "\n", " ", "<", "</", "think>", "so", "<th", "a\n\nb", "</thin"]),
    max_size=9,
).map("".join)


@given(thinking_texts, st.integers(1, 12))
def test_think_tags_are_found_alike_however_the_text_is_cut(text: str, pieces: int) -> None:
    tags = ThinkTags()
    found = [piece for part in cut(text, pieces) for piece in tags.feed(part)] + tags.close()
    joined = tuple("".join(piece for kind, piece in found if kind == wanted) for wanted in ("reasoning", "text"))
    assert joined == split_thoughts(text)


@given(some.full_texts)
def test_a_text_without_tags_is_left_as_it_is(text: str) -> None:
    assert split_thoughts(text) == ("", text)


@given(thinking_texts.filter(bool), st.integers(1, 6))
def test_think_tags_stream_as_they_read_whole(text: str, pieces: int) -> None:
    answer = ChatResponse(parts=(Text(text),), finish_reason=Finish.STOP, id="x", model="m")
    whole = CHAT.write_response(answer, InboundCall(ask("m", "?")))
    reader = CHAT.open_reader(THINKER)
    for piece in cut(text, pieces):
        reader.feed("", dumps_text({"id": "x", "model": "m", "choices": [{"delta": {"content": piece}}]}).encode())
    reader.feed("", b'{"choices":[{"delta":{},"finish_reason":"stop"}]}')
    assert CHAT.read_response(whole, THINKER).map(Done) == Success(reader.finish())


@given(some.full_texts, st.integers(1, 4))
def test_a_message_keeps_its_texts_apart(text: str, count: int) -> None:
    message = Message("user", (Text(text),) * count)
    wire = CHAT.write_request(ChatRequest("some-model", (message,)), PLAIN, False).unwrap()
    assert CHAT.read_request(Inbound(wire.body or {})).unwrap().request.messages == (message,)
