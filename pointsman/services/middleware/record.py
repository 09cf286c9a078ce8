"""Middleware: keep every answer on a tape, so that it can be replayed without a model."""

from __future__ import annotations

from typing import Generic, cast

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, StorageError
from pointsman.services.ports.client import Answer, Client, Error_co, Operation, Query, StreamRequest
from pointsman.services.ports.recording_store import RecordedAnswer, RecordedExchange, RecordedRequest, RecordingStore
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.streams.opening import error_of


@attrs.frozen
class Recording(Client[Error_co | StorageError], Generic[Error_co]):
    """A client that asks `inner` and keeps what came, errors too. An answer that cannot be kept is a failure."""

    inner: Client[Error_co]
    store: RecordingStore

    async def call(
        self, operation: Operation[Query, Answer], request: Query
    ) -> Result[Answer, Error_co | StorageError]:
        """As `Client.call`; what uses no model is not kept."""
        result = await self.inner.call(operation, request)
        if not operation.is_metered:
            return result
        outcome = cast("RecordedAnswer | ChatError", unwrap_or_failure(result))
        kept = await settle(self.store.keep(RecordedExchange(cast(RecordedRequest, request), outcome)))
        return result if isinstance(kept, Success) else Failure(kept.failure())

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`; a stream that the caller leaves early is not kept."""
        seen: list[StreamEvent] = []
        stream = await self.inner.open(request)

        async def finish(end: End | None) -> End | None:
            return None if end is None else await self._keep(request, end, [*seen, end])

        stream.on_event(seen.append)
        stream.on_end(finish)
        return stream

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    async def _keep(self, request: StreamRequest, end: End, seen: list[StreamEvent]) -> End:
        outcome = end.response if isinstance(end, Done) else error_of(end)
        partial = end.response if isinstance(end, Done) else end.partial
        kept = await settle(self.store.keep(RecordedExchange(request, outcome, tuple(seen))))
        return Failed(kept.failure(), partial) if isinstance(kept, Failure) else end
