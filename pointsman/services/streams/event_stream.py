"""One streamed answer under way: its first events, where the rest comes from, and who is to see what of it.

Middleware that only looks at a stream, or changes its end, adds itself here instead of wrapping it: however many there
are, one generator owns the stream, and one event costs one turn of it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import TypeAlias, TypeVar, cast

import attrs

from pointsman.core.chat.event import Done, Failed, FrameBatch, StreamEvent, StreamItem
from pointsman.core.chat.part import Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import LLMError
from pointsman.services.streams.opening import carries_output, early_failure, events_of
from pointsman.services.streams.unread_rest import UnreadRest
from pointsman.services.tasks.user_code import client_fault, describe, passes

_Request = TypeVar("_Request")
End: TypeAlias = Done | Failed
OnEnd: TypeAlias = Callable[[End | None], Awaitable[End | None]]
"""Sees how a stream ended, and may replace it; None: its caller left before that."""
OnEvent: TypeAlias = Callable[[StreamEvent], None]
"""Sees every event but the last."""
_ENDS = (Done, Failed)


@attrs.define(eq=False)
class EventStream:
    """A stream that has come to its first output, or to its end if that came before.

    `head` holds what has come, `source` gives the rest; both carry `FrameBatch`es where a client of the gateway asked.
    Whoever opened it closes it, once, with `close` or by reading `events` to the end.
    """

    head: list[StreamItem]
    source: AsyncGenerator[StreamItem, None] | None = None
    pieces: int = 0
    """Deltas that have been handed out."""
    unread: UnreadRest | None = None
    """What its provider goes on writing when the caller leaves."""
    _on_event: list[OnEvent] = attrs.field(factory=list, repr=False)
    _on_end: list[OnEnd] = attrs.field(factory=list, repr=False)
    _is_closed: bool = False

    @classmethod
    async def start(cls, source: AsyncGenerator[StreamItem, None]) -> EventStream:
        """Read `source` up to its first output."""
        head: list[StreamItem] = []
        try:
            async for item in source:
                head.append(item)
                if carries_output(item):
                    break
        except BaseException:
            await source.aclose()
            raise
        return cls(head, source)

    @classmethod
    def of(cls, events: Iterable[StreamEvent]) -> EventStream:
        """A stream of events that are there already."""
        return cls(list(events))

    @classmethod
    def fail_with(cls, error: LLMError, partial: ChatResponse | None = None) -> EventStream:
        """A stream whose only event is the failure `error`."""
        return cls([Failed(error, ChatResponse() if partial is None else partial)])

    @property
    def failure(self) -> Failed | None:
        """The failure that it begins with, if it failed before any output."""
        return early_failure(self.head)

    def on_event(self, see: OnEvent) -> None:
        """Have `see` see every event but the last."""
        self._on_event.append(see)

    def on_end(self, finish: OnEnd) -> None:
        """Have `finish` see the end, after those who were here before; it is called once, whatever happens."""
        self._on_end.append(finish)

    def map_response(self, change: Callable[[ChatResponse], ChatResponse]) -> None:
        """Have `change` replace the answer of a stream that ends well."""

        async def finish(end: End | None) -> End | None:
            return Done(change(end.response)) if isinstance(end, Done) else end

        self.on_end(finish)

    async def fail(self) -> Failed:
        """Close a stream that began with a failure; gives that, as everybody left it."""
        end = await self._end(self.failure)
        return end if isinstance(end, Failed) else cast(Failed, self.failure)

    async def events(self) -> AsyncGenerator[StreamItem, None]:
        """Everything, the end last."""
        for item in self.head:
            if isinstance(item, _ENDS):
                yield cast(End, await self._end(item))
                return
            self._pass(item)
            yield item
        if self.source is None:
            return
        try:
            async for item in self.source:
                if isinstance(item, _ENDS):
                    yield cast(End, await self._end(item))
                    return
                if self._on_event:
                    self._pass(item)
                else:
                    self.pieces += item.count if isinstance(item, FrameBatch) else 1
                yield item
        except BaseException as problem:  # the source is a client's, perhaps the user's own
            if self._is_closed or passes(problem):
                raise
            yield cast(End, await self._end(self._fault(problem)))

    def _fault(self, problem: BaseException) -> Failed:
        """The end of a source that raised; the partial answer tells only that there was one."""
        came = (Text(""),) if self.pieces else ()
        return Failed(client_fault(describe(problem)), ChatResponse(parts=came))

    def _pass(self, item: StreamItem) -> None:
        self.pieces += item.count if isinstance(item, FrameBatch) else 1
        for see in self._on_event:
            for event in events_of(item):
                see(event)

    async def close(self) -> None:
        """Let go of the connection, and tell everybody that it is over."""
        await self._end(None)

    async def _end(self, end: End | None) -> End | None:
        if self._is_closed:
            return end
        self._is_closed = True
        try:
            if self.source is not None:
                await self.source.aclose()
        finally:
            end = await self._finish(end)
        return end

    async def _finish(self, end: End | None) -> End | None:
        """Everybody is told, also where one of them is cancelled: what was held must be let go of."""
        try:
            while self._on_end:
                end = await self._on_end.pop(0)(end)
        except BaseException:
            await self._finish(end)
            raise
        return end


@asynccontextmanager
async def relay(stream: EventStream) -> AsyncIterator[AsyncGenerator[StreamItem, None]]:
    """The events of `stream`, which is closed at the end of the scope: for who makes one stream of several."""
    try:
        async with aclosing(stream.events()) as items:
            yield items
    finally:  # of a generator of our own that nobody has begun to read, no `finally` would run
        await stream.close()


@asynccontextmanager
async def scope_of(
    open_stream: Callable[[_Request], Awaitable[EventStream]], request: _Request
) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """A scope over the events of the stream that is opened for `request`; leaving it closes the stream."""
    stream = await open_stream(request)
    try:
        async with aclosing(stream.events()) as events:
            yield cast("AsyncIterator[StreamEvent]", events)  # only who knows `FrameBatch` asks so that one comes
    finally:
        await stream.close()
