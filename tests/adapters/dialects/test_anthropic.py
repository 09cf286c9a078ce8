"""The Anthropic dialect: its laws, both ways."""

from __future__ import annotations

import attrs
import orjson
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.anthropic.content import read_answer_block
from pointsman.adapters.dialects.anthropic.response import FINISHES
from pointsman.adapters.dialects.dialect import ErrorReply, Inbound, InboundCall
from pointsman.core.chat.event import (
    Done,
    Failed,
    PartDone,
    Started,
    TextDelta,
)
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import (
    Bytes,
    CacheControl,
    File,
    FileId,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest, Thinking
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.json import Json, dumps
from tests.adapters.dialects import strategies as some
from tests.adapters.dialects.anthropic_wire import (
    CHAT,
    TARGET,
    events_of,
    good,
    read_back,
    sse,
    whole,
    written,
    written_answer,
)
from tests.adapters.dialects.streams import unfold

reasonings = st.builds(Reasoning, some.texts, some.opaques("anthropic", "signature")) | st.builds(
    lambda data: Reasoning("", Opaque("anthropic", "redacted_thinking", data), redacted=True), some.names
)


def _has_text(part: Part) -> bool:
    return isinstance(part, Text) and bool(part.text)


marks = st.sampled_from([None, CacheControl(), CacheControl("1h")])
citations = st.lists(
    st.fixed_dictionaries(
        {"type": some.names}, optional={"url": some.texts, "title": some.texts, "cited_text": some.texts}
    ),
    max_size=2,
)
cited_texts = st.builds(
    lambda text, cited: read_answer_block({"type": "text", "text": text, "citations": cited}), some.texts, citations
)
provider_parts = st.builds(
    lambda kind, more: ProviderPart("anthropic", {**more, "type": kind}),
    st.sampled_from(["server_tool_use", "web_search_tool_result", "container_upload", "search_result", "fresh"]),
    some.json_objects,
)
documents: SearchStrategy[Part] = st.builds(
    File,
    some.addresses.map(Url)
    | some.names.map(FileId)
    | st.binary(max_size=9).map(lambda data: Bytes(data, "application/pdf"))
    | some.texts.map(lambda text: Bytes(text.encode(), "text/plain")),
    st.none() | some.names,
    marks,
)
said = st.lists(
    st.builds(lambda part, mark: attrs.evolve(part, cache_control=mark), cited_texts.filter(_has_text), marks)
    | provider_parts,
    min_size=1,
    max_size=2,
)
answers = st.builds(
    lambda thoughts, texts, calls: (*thoughts, *texts, *calls),
    st.lists(reasonings, max_size=2),
    said,
    some.call_lists(),
)
results = st.builds(
    lambda content, wrong, mark: (tuple(content), wrong, mark),
    st.lists(some.full_texts.map(Text) | some.images | documents | provider_parts, max_size=2),
    st.booleans(),
    marks,
)


def _turn(
    question: Message, answer: tuple[Part, ...], result: tuple[tuple[ResultPart, ...], bool, CacheControl | None]
) -> list[Message]:
    calls = [part for part in answer if isinstance(part, ToolCall)]
    answered = tuple(ToolResult(call.id, call.name, result[0], result[1], result[2]) for call in calls)
    return [question, Message("assistant", answer), *([Message("tool", answered)] if answered else [])]


def _unique_ids(messages: list[Message]) -> bool:
    calls = [call.id for message in messages for call in message.tool_calls]
    return len(calls) == len(set(calls))


conversations = (
    st.builds(
        lambda head, turns, end: [*head, *(message for turn in turns for message in turn), end],
        st.lists(
            st.lists(st.builds(Text, some.full_texts, cache_control=marks), min_size=1, max_size=2), max_size=1
        ).map(lambda found: [Message("system", tuple(parts)) for parts in found]),
        st.lists(st.builds(_turn, some.user_messages(documents | provider_parts), answers, results), max_size=2),
        some.user_messages(documents),
    )
    .filter(_unique_ids)
    .map(tuple)
)
thinkings = st.one_of(
    st.none(),
    st.just(Thinking("none")),
    st.builds(
        Thinking,
        st.sampled_from([None, "low", "medium", "high", "xhigh", "max"]),
        st.none() | st.integers(1024, 9000),
        st.sampled_from([None, True, False]),
    ),
)


@st.composite
def requests(draw: st.DrawFn) -> ChatRequest:
    """Requests in the normal form of this dialect."""
    tools, thinking = draw(some.tool_lists), draw(thinkings)
    choice = draw(some.tool_choices(tools))
    cool = thinking is None or thinking.effort == "none"
    return ChatRequest(
        draw(some.names),
        draw(conversations),
        temperature=draw(st.none() | some.temperatures) if cool else None,
        top_p=draw(st.none() | (some.temperatures if cool else st.just(0.97))),
        top_k=draw(st.none() | st.integers(1, 500)) if cool else None,
        max_tokens=draw(st.integers(9001, 99999)),
        stop=tuple(draw(st.lists(some.full_texts.filter(lambda stop: bool(stop.strip())), max_size=2))),
        service_tier=draw(st.sampled_from([None, "auto", "standard_only"])),
        tools=tools,
        tool_choice=choice,
        parallel_tools=draw(st.sampled_from([None, True, False])) if choice not in (None, "none") else None,
        response_schema=draw(st.none() | some.json_schemas.map(ResponseSchema)),
        thinking=thinking,
        metadata=draw(st.just({}) | some.names.map(lambda name: {"user_id": name})),
    )


part_usages = st.builds(
    lambda known, lost: attrs.evolve(known, **dict.fromkeys(lost)),
    some.usages,
    st.sets(st.sampled_from(["cached_input", "cache_write", "reasoning", "cache_write_1h"])),
)
ends: SearchStrategy[tuple[FinishReason, str | None]] = st.sampled_from(
    [*((finish, None) for finish in FINISHES.values()), (Finish.STOP, "END")]
)
unsigned = st.builds(Reasoning, some.full_texts)
responses = st.builds(
    lambda end, **fields: ChatResponse(finish_reason=end[0], stop_sequence=end[1], **fields),
    ends,
    parts=st.lists(reasonings | unsigned | cited_texts | some.tool_calls() | provider_parts, max_size=4).map(tuple),
    usage=part_usages,
    model=some.names,
    provider=st.just("anthropic"),
    id=some.full_texts,
    service_tier=st.sampled_from([None, "standard", "priority"]),
)


@given(requests(), st.booleans())
def test_a_request_survives_the_wire(request: ChatRequest, stream: bool) -> None:
    assert read_back(request, stream) == InboundCall(request, stream)


@given(responses)
def test_an_answer_survives_the_wire(response: ChatResponse) -> None:
    assert good(CHAT.read_response(orjson.loads(dumps(written_answer(response))), TARGET)) == response


@given(responses, st.integers(0, 4))
def test_a_stream_survives_the_wire_and_tells_every_part_once(response: ChatResponse, pieces: int) -> None:
    told = events_of(written(unfold(response, pieces)))
    assert isinstance(told[0], Started)
    assert (told[0].id, told[0].model) == (response.id, response.model)
    assert [event for event in told if isinstance(event, PartDone)] == [
        PartDone(index, part) for index, part in enumerate(response.parts)
    ]
    assert told[-1] == Done(response)
    deltas = "".join(event.text for event in told if isinstance(event, TextDelta))
    assert deltas == response.text


@given(responses)
def test_the_end_alone_writes_the_whole_answer(response: ChatResponse) -> None:
    assert whole(written([Done(response)])) == response


@given(some.json_values | st.builds(lambda content: {"content": content}, st.lists(some.json_values)))
def test_no_json_makes_the_readers_raise(value: Json) -> None:
    CHAT.read_response(value, TARGET)
    for exchange in (ANTHROPIC.models, ANTHROPIC.count):
        assert exchange is not None
        exchange.read_response(value, TARGET)


_WIRE_WORDS = st.sampled_from(
    [
        "type",
        "index",
        "delta",
        "content_block",
        "text",
        "thinking",
        "signature",
        "message",
        "usage",
        "input_tokens",
        "stop_reason",
        "error",
        "content",
        "role",
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "text_delta",
        "thinking_delta",
        "signature_delta",
        "input_json_delta",
        "citations_delta",
        "tool_use",
        "partial_json",
        "id",
        "name",
        "input",
        "user",
        "assistant",
        "tool_result",
        "image",
        "source",
        "document",
        "base",
        "url",
        "data",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "model",
    ]
)
_wire_like: SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | _WIRE_WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WIRE_WORDS, inner, max_size=6),
    max_leaves=16,
)
_wire_events = st.fixed_dictionaries(
    {"type": _WIRE_WORDS},
    optional={
        "index": st.integers(0, 1) | _wire_like,
        "delta": st.fixed_dictionaries(
            {"type": _WIRE_WORDS},
            optional={
                "text": _wire_like,
                "partial_json": _wire_like,
                "thinking": _wire_like,
                "citation": _wire_like,
                "stop_reason": _wire_like,
            },
        )
        | _wire_like,
        "content_block": st.fixed_dictionaries(
            {"type": _WIRE_WORDS}, optional={"input": _wire_like, "text": _wire_like}
        )
        | _wire_like,
        "message": _wire_like,
        "usage": _wire_like,
        "error": _wire_like,
    },
)


@given(st.lists(_wire_events | _wire_like, max_size=8))
def test_no_stream_makes_the_reader_raise_and_it_ends_once(stream: list[Json]) -> None:
    told = events_of(sse(*stream))
    assert [isinstance(event, (Done, Failed)) for event in told] == [False] * (len(told) - 1) + [True]


@given(st.lists(st.binary(max_size=30), max_size=4))
def test_no_bytes_make_the_stream_reader_raise(chunks: list[bytes]) -> None:
    reader = CHAT.open_reader(TARGET)
    for chunk in chunks:
        reader.feed("", chunk)
    assert isinstance(reader.finish(), (Done, Failed))


@given(_wire_like)
def test_no_request_body_makes_the_server_raise(value: Json) -> None:
    inbound = Inbound(value if isinstance(value, dict) else {"messages": value})
    CHAT.read_request(inbound).map(lambda call: CHAT.write_request(call.request, TARGET, False))


@given(
    st.integers(100, 999),
    st.binary(max_size=60) | (_wire_like.map(lambda error: dumps({"error": error}))) | _wire_like.map(dumps),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "request-id"]), some.texts),
)
def test_no_reply_makes_the_error_reader_raise(status: int, reply: bytes, headers: dict[str, str]) -> None:
    assert ANTHROPIC.read_error(ErrorReply(status, reply, headers), TARGET).provider == "anthropic"
