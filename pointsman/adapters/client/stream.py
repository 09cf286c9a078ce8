"""The hot path: the bytes of one streamed answer as typed events. What is done here is done once a token."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator

import anyio
import attrs
import orjson
from returns.methods import unwrap_or_failure
from returns.result import Result

from pointsman.adapters.client.driver import Driver, PendingResponse, what_it_is
from pointsman.adapters.client.frame_reader import FrameReader
from pointsman.adapters.client.network_errors import CAUGHT, after_sending, network_fault, timed_out
from pointsman.adapters.client.unread_stream import UnreadStream
from pointsman.adapters.dialects.dialect import StreamReader, Target, WireRequest
from pointsman.adapters.dialects.framing import FrameTooLarge, NdjsonDecoder, SseDecoder
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.event import Done, Failed, FrameBatch, Started, StreamEvent, StreamItem
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import InvalidResponse, Phase, ProviderError
from pointsman.core.json import Json, parse_json
from pointsman.core.schema.unfold import unfold
from pointsman.services.streams.event_stream import EventStream

_DRAIN_SECONDS = 0.05
_MAX_REST = 2**16
"""Bytes behind the end of a stream that are passed on, such as the `[DONE]` that some send after another end."""
_TOLD_BY_SERVERS = (Started, Done, Failed)


@attrs.frozen(slots=False)  # copied often: see `core/chat/replace.py`
class StreamSpec:
    """One request whose answer is streamed, and how the dialect reads it: as it comes, or whole all the same."""

    request: ChatRequest | CompletionRequest
    target: Target
    open_reader: Callable[[Target], StreamReader]
    read_whole: Callable[[Json, Target], Result[ChatResponse, ProviderError]]
    hide_usage: bool = False
    """Whether the frame with the usage is ours alone: the client did not ask for it."""
    in_batches: bool = False
    """Whether the events of one read may come as one `FrameBatch`, also where its frames are of no use."""


async def open_events(driver: Driver, wire: WireRequest, spec: StreamSpec) -> EventStream:
    """Send `wire`; the stream of its answer, at its first output, the last of whose events is `Done` or `Failed`."""
    endpoint, request = driver.endpoint, spec.request
    total = request.timeout or endpoint.timeouts.total
    deadline = driver.clock.monotonic() + total
    reply = await driver.open_stream(wire, request.model, total)
    if not isinstance(reply, PendingResponse):
        return EventStream.fail_with(reply, ChatResponse(provider=endpoint.provider, model=request.model))
    if not _is_stream(reply.content_type):
        return await _whole(driver, reply, spec, total)
    if wire.is_forwarded or spec.in_batches:
        source, unread = _open_frames(driver, reply, spec, deadline, keeps_frames=wire.is_forwarded)
    else:
        source, unread = _open_stream(driver, reply, spec, deadline)
    stream = await EventStream.start(source)
    stream.unread = unread
    if reply.limits is not None:
        limits = reply.limits
        stream.map_response(lambda response: replace(response, rate_limits=limits))
    return stream


def _is_stream(content_type: str) -> bool:
    return "event-stream" in content_type or "ndjson" in content_type or not content_type


def _open_stream(
    driver: Driver, reply: PendingResponse, spec: StreamSpec, deadline: float
) -> tuple[AsyncGenerator[StreamItem, None], UnreadStream]:
    """The events of `reply`, and what is left of it where they are not read to their end."""
    reader = spec.open_reader(spec.target)
    frames = _Frames(driver, reader)

    def finish() -> Iterator[StreamEvent]:
        yield from frames.close()
        yield reader.finish()

    unread = UnreadStream(reply, reply.chunks(), frames.feed, finish)
    return _read_stream(driver, spec, deadline, reader, frames, unread), unread


async def _read_stream(
    driver: Driver, spec: StreamSpec, deadline: float, reader: StreamReader, frames: _Frames, unread: UnreadStream
) -> AsyncGenerator[StreamItem, None]:
    request, chunks = spec.request, unread.chunks
    monotonic = driver.clock.monotonic
    events: Iterable[StreamEvent] = ()
    seen = False
    try:
        async for chunk in chunks:
            seen = True
            events = frames.feed(chunk)
            for event in events:
                if isinstance(event, (Done, Failed)):
                    if isinstance(event, Done):
                        await _drain(chunks)
                    yield _clean(driver, event)
                    return
                yield _clean(driver, event) if isinstance(event, Started) else event
            if monotonic() > deadline:
                late = timed_out(driver.endpoint, request.model, "total", request.timeout)
                yield Failed(late, reader.partial())
                return
        for event in frames.close():
            yield _clean(driver, event)
            if isinstance(event, (Done, Failed)):
                return
        yield _clean(driver, reader.finish())
    except (FrameTooLarge, *CAUGHT) as problem:
        yield Failed(_breakage(driver, request.model, problem, "idle" if seen else "first_byte"), reader.partial())
    finally:
        unread.pending = events
        await unread.let_go()


def _open_frames(
    driver: Driver, reply: PendingResponse, spec: StreamSpec, deadline: float, *, keeps_frames: bool
) -> tuple[AsyncGenerator[StreamItem, None], UnreadStream]:
    """As `_open_stream`, a read of the network at a time; with the frames as they came where it `keeps_frames`."""
    endpoint = driver.endpoint
    reader = spec.open_reader(spec.target)
    frames = FrameReader(
        endpoint.dialect.passthrough,
        endpoint.dialect.framing,
        reader,
        endpoint.max_body,
        hide_usage=spec.hide_usage,
        secrets=endpoint.secrets,
        headers=reply.headers,
        keeps_frames=keeps_frames,
    )

    def feed(chunk: bytes) -> tuple[StreamEvent, ...]:
        return _end_in(frames.feed(chunk)[1])

    def finish() -> tuple[StreamEvent, ...]:
        return (frames.close()[1] or reader.finish(),)

    unread = UnreadStream(reply, reply.chunks(), feed, finish)
    return _read_frames(driver, spec, deadline, reader, frames, unread), unread


def _end_in(end: Done | Failed | None) -> tuple[StreamEvent, ...]:
    return () if end is None else (end,)


async def _read_frames(
    driver: Driver, spec: StreamSpec, deadline: float, reader: StreamReader, frames: FrameReader, unread: UnreadStream
) -> AsyncGenerator[StreamItem, None]:
    endpoint, request, chunks = driver.endpoint, spec.request, unread.chunks
    monotonic = driver.clock.monotonic
    end: Done | Failed | None = None
    seen = False
    try:
        async for chunk in chunks:
            seen = True
            items, end = frames.feed(chunk)
            for item in items:
                yield item
            if end is not None:
                if isinstance(end, Done):
                    for item in frames.rest(await _drain(chunks)):
                        yield item
                yield _clean(driver, end)
                return
            if monotonic() > deadline:
                yield Failed(timed_out(endpoint, request.model, "total", request.timeout), reader.partial())
                return
        items, end = frames.close()
        for item in items:
            yield item
        yield _clean(driver, end or reader.finish())
    except (FrameTooLarge, *CAUGHT) as problem:
        yield Failed(_breakage(driver, request.model, problem, "idle" if seen else "first_byte"), reader.partial())
    finally:
        unread.pending = _end_in(end)
        await unread.let_go()


def _breakage(driver: Driver, model: str, problem: Exception, phase: Phase) -> ProviderError:
    """Why a stream ends before its end."""
    if isinstance(problem, FrameTooLarge):
        return _invalid(driver, model, f"one event of the stream is larger than {problem.limit} bytes")
    return network_fault(problem, driver.endpoint, model, phase)


class _Frames:
    """Bytes to events, by the dialect's framing."""

    __slots__ = ("_ndjson", "_reader", "_sse")

    def __init__(self, driver: Driver, reader: StreamReader) -> None:
        limit = driver.endpoint.max_body
        self._reader = reader
        self._sse = SseDecoder(limit) if driver.endpoint.dialect.framing == "sse" else None
        self._ndjson = NdjsonDecoder(limit)

    def feed(self, chunk: bytes) -> Iterator[StreamEvent]:
        feed = self._reader.feed
        if self._sse is not None:
            for name, data in self._sse.feed(chunk):
                yield from feed(name, data)
        else:
            for line in self._ndjson.feed(chunk):
                yield from feed("", line)

    def close(self) -> Iterator[StreamEvent]:
        feed = self._reader.feed
        if self._sse is not None:
            for name, data in self._sse.close():
                yield from feed(name, data)
        else:
            for line in self._ndjson.close():
                yield from feed("", line)


async def _whole(driver: Driver, reply: PendingResponse, spec: StreamSpec, total: float) -> EventStream:
    """A server that answers a request for a stream with one document: an answer, or an error."""
    model = spec.request.model
    head: list[StreamItem] = [FrameBatch((), b"", 0, headers=reply.headers)] if reply.headers else []
    body: bytes | ProviderError = timed_out(driver.endpoint, model, "total", total)
    try:
        with anyio.move_on_after(total):
            body = await driver.read(reply, model)
    finally:
        await reply.close()
    if not isinstance(body, bytes):
        return EventStream([*head, Failed(body, ChatResponse(provider=driver.endpoint.provider))])
    try:
        document = parse_json(body)
    except orjson.JSONDecodeError:
        return EventStream([*head, Failed(_invalid(driver, model, what_it_is(body)), ChatResponse())])
    answer = unwrap_or_failure(spec.read_whole(document, spec.target))
    if not isinstance(answer, ChatResponse):
        return EventStream([*head, Failed(driver.redact(answer), ChatResponse(provider=driver.endpoint.provider))])
    limits = answer.rate_limits if reply.limits is None else reply.limits
    return EventStream([*head, *unfold(driver.redact(replace(answer, rate_limits=limits)))])


async def _drain(chunks: AsyncIterator[bytes]) -> bytes:
    """Read what is left, for a moment, so that the connection can be used again. It is nearly always nothing."""
    rest = b""
    try:
        with anyio.move_on_after(_DRAIN_SECONDS):
            async for chunk in chunks:
                rest += chunk[: _MAX_REST - len(rest)]
    except CAUGHT:
        return rest  # the answer is complete; ignore errors while draining
    return rest


def _clean(driver: Driver, event: StreamEvent) -> StreamEvent:
    """`event`; what the server says of itself in it loses any secret that it echoed. Deltas are the model's words."""
    clean = driver.redact(event) if isinstance(event, _TOLD_BY_SERVERS) else event
    return attrs.evolve(clean, error=after_sending(clean.error)) if isinstance(clean, Failed) else clean


def _invalid(driver: Driver, model: str, problem: str) -> InvalidResponse:
    return InvalidResponse(detail=problem, problems=(problem,), provider=driver.endpoint.provider, model=model or None)
