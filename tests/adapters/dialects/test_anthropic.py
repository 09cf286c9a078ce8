"""The Anthropic dialect: its laws, both ways."""

from __future__ import annotations

import attrs
import orjson
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.anthropic.response import FINISHES
from pointsman.adapters.dialects.dialect import ErrorReply, Inbound, InboundCall
from pointsman.core.event import (
    Done,
    Failed,
    PartDone,
    Started,
    TextDelta,
)
from pointsman.core.json import Json, dumps, dumps_text
from pointsman.core.message import Message
from pointsman.core.part import (
    Bytes,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.request import ChatRequest, Thinking
from pointsman.core.response import ChatResponse, FinishReason, Other
from pointsman.core.tool import ResponseSchema
from pointsman.core.usage import UNKNOWN
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
)
from tests.adapters.dialects.streams import unfold

reasonings = st.builds(Reasoning, some.texts, some.opaques("anthropic", "signature")) | st.builds(
    lambda data: Reasoning("", Opaque("anthropic", "redacted_thinking", data), redacted=True), some.names
)
citations = st.lists(some.json_objects, min_size=1, max_size=2).map(
    lambda found: Opaque("anthropic", "citations", dumps_text(found))
)
documents: SearchStrategy[Part] = st.builds(
    File,
    some.addresses.map(Url)
    | some.names.map(FileId)
    | st.binary(max_size=9).map(lambda data: Bytes(data, "application/pdf"))
    | some.texts.map(lambda text: Bytes(text.encode(), "text/plain")),
    st.none() | some.names,
)
said = st.lists(st.builds(Text, some.full_texts, st.none() | citations), min_size=1, max_size=2)
answers = st.builds(
    lambda thoughts, texts, calls: (*thoughts, *texts, *calls),
    st.lists(reasonings, max_size=2),
    said,
    some.call_lists(),
)
results = st.builds(
    lambda content, wrong: (tuple(content), wrong),
    st.lists(some.full_texts.map(Text) | some.images, max_size=2),
    st.booleans(),
)


def _turn(question: Message, answer: tuple[Part, ...], result: tuple[tuple[Text | Image, ...], bool]) -> list[Message]:
    calls = [part for part in answer if isinstance(part, ToolCall)]
    answered = tuple(ToolResult(call.id, call.name, *result) for call in calls)
    return [question, Message("assistant", answer), *([Message("tool", answered)] if answered else [])]


def _unique_ids(messages: list[Message]) -> bool:
    calls = [call.id for message in messages for call in message.tool_calls]
    return len(calls) == len(set(calls))


conversations = (
    st.builds(
        lambda head, turns, end: [*head, *(message for turn in turns for message in turn), end],
        st.lists(st.lists(some.full_texts.map(Text), min_size=1, max_size=2), max_size=1).map(
            lambda found: [Message("system", tuple(parts)) for parts in found]
        ),
        st.lists(st.builds(_turn, some.user_messages(documents), answers, results), max_size=2),
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
        st.sampled_from([None, "low", "medium", "high", "max"]),
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
        top_p=draw(st.none() | some.temperatures),
        max_tokens=draw(st.integers(9001, 99999)),
        stop=tuple(draw(st.lists(some.full_texts, max_size=2))),
        tools=tools,
        tool_choice=choice,
        parallel_tools=draw(st.sampled_from([None, True, False])) if choice not in (None, "none") else None,
        response_schema=draw(st.none() | some.json_schemas.map(ResponseSchema)),
        thinking=thinking,
        metadata=draw(st.just({}) | some.names.map(lambda name: {"user_id": name})),
        extra=draw(st.dictionaries(some.names.map("x_".__add__), some.json_values, max_size=2)),
    )


part_usages = st.builds(
    lambda known, lost: attrs.evolve(known, **dict.fromkeys(lost)),
    some.usages,
    st.sets(st.sampled_from(["input", "output", "cached_input", "cache_write", "reasoning", "cache_write_1h"])),
)
finishes: SearchStrategy[FinishReason] = st.sampled_from(list(FINISHES.values())) | some.texts.filter(
    lambda raw: raw not in FINISHES
).map(Other)
unsigned = st.builds(Reasoning, some.full_texts)
responses = st.builds(
    ChatResponse,
    parts=st.lists(
        reasonings | unsigned | st.builds(Text, some.texts, st.none() | citations) | some.tool_calls(), max_size=4
    ).map(tuple),
    finish_reason=finishes,
    usage=part_usages | st.just(UNKNOWN),
    model=some.names,
    provider=st.just("anthropic"),
    id=some.texts,
)


@given(requests(), st.booleans())
def test_a_request_survives_the_wire(request: ChatRequest, stream: bool) -> None:
    assert read_back(request, stream) == InboundCall(request, stream)


@given(responses)
def test_an_answer_survives_the_wire(response: ChatResponse) -> None:
    assert good(CHAT.read_response(orjson.loads(dumps(CHAT.write_response(response))), TARGET)) == response


@given(responses, st.integers(0, 4))
def test_a_stream_survives_the_wire_and_tells_every_part_once(response: ChatResponse, pieces: int) -> None:
    told = events_of(written(unfold(response, pieces)))
    assert told[0] == Started(response.id, response.model)
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
    CHAT.read_request(inbound).map(lambda asked: CHAT.write_request(asked.request, TARGET, False))


@given(
    st.integers(100, 999),
    st.binary(max_size=60) | (_wire_like.map(lambda error: dumps({"error": error}))) | _wire_like.map(dumps),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "request-id"]), some.texts),
)
def test_no_reply_makes_the_error_reader_raise(status: int, reply: bytes, headers: dict[str, str]) -> None:
    assert ANTHROPIC.read_error(ErrorReply(status, reply, headers), TARGET).provider == "anthropic"
