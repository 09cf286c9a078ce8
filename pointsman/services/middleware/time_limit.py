"""Middleware: the time limits of requests, for clients that do not keep them: fakes, and clients of one's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Generic

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from returns.result import Failure, Result

from pointsman.core.chat.event import Failed, PartDone, StreamItem, TextDelta
from pointsman.core.chat.part import Part, Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import TimeoutError
from pointsman.services.ports.client import Answer, Client, Error_co, Operation, Query, StreamRequest
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import EventStream, relay
from pointsman.services.tasks.together import background_tasks


@attrs.frozen
class TimeLimited(Client[Error_co | TimeoutError], Generic[Error_co]):
    """`inner`, cut where a request takes longer on `clock` than its `timeout`: a `TimeoutError` of the whole call."""

    inner: Client[Error_co]
    clock: Clock
    name: str

    async def call(
        self, operation: Operation[Query, Answer], request: Query
    ) -> Result[Answer, Error_co | TimeoutError]:
        """As `Client.call`."""
        seconds: float | None = getattr(request, "timeout", None)
        if seconds is None or seconds <= 0:
            return await self.inner.call(operation, request)
        async with self.clock.limit(seconds):
            return await self.inner.call(operation, request)
        return Failure(self._late(seconds, getattr(request, "model", "")))

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`; the inner stream runs in a task of its own, so that it can be cut anywhere."""
        if request.timeout is None or request.timeout <= 0:
            return await self.inner.open(request)
        return await EventStream.start(self._events(request, request.timeout))

    def forget_models(self) -> None:
        """As `Client.forget_models`."""
        self.inner.forget_models()

    async def _events(self, request: StreamRequest, seconds: float) -> AsyncGenerator[StreamItem, None]:
        end, parts, text = self.clock.monotonic() + seconds, list[Part](), ""
        sender, receiver = anyio.create_memory_object_stream[StreamItem](0)
        raised: list[Exception] = []
        with sender, receiver:
            async with background_tasks() as group:
                group.start_soon(self._pump, request, sender, raised)
                while (item := await self._next(receiver, end)) is not None:
                    yield item
                    if isinstance(item, PartDone):
                        parts, text = [*parts, item.part], ""
                    elif isinstance(item, TextDelta):
                        text += item.text
        if raised:
            raise raised[0]
        if self.clock.monotonic() >= end:
            come = (*parts, Text(text)) if text else tuple(parts)
            yield Failed(self._late(seconds, request.model), ChatResponse(parts=come, provider=self.name))

    async def _next(self, receiver: MemoryObjectReceiveStream[StreamItem], end: float) -> StreamItem | None:
        """None where nothing more comes, or not before the `end`."""
        async with self.clock.limit(end - self.clock.monotonic()):
            return await anext(receiver, None)
        return None

    async def _pump(
        self, request: StreamRequest, sender: MemoryObjectSendStream[StreamItem], raised: list[Exception]
    ) -> None:
        with sender:
            try:
                async with relay(await self.inner.open(request)) as items:
                    async for item in items:
                        await sender.send(item)
            except Exception as problem:  # a bug of the client's: it comes out where the events are read
                raised.append(problem)

    def _late(self, seconds: float, model: str) -> TimeoutError:
        return TimeoutError(provider=self.name, model=model or None, timeout_ms=seconds * 1000, phase="total")
