"""Middleware: keep every answer on a tape, so that it can be replayed without a model."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import ChatError
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.recording_store import RecordedExchange, RecordingStore
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.streams.opening import error_of


@attrs.frozen
class Recording(ChatMiddleware):
    """A client that asks `inner` and keeps what came, errors too. An answer that cannot be kept is a failure."""

    inner: Client
    store: RecordingStore

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`."""
        result = await self.inner.call(CHAT, request)
        kept = await settle(self.store.keep(RecordedExchange(request, unwrap_or_failure(result))))
        return result if isinstance(kept, Success) else Failure(kept.failure())

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`; a stream that the caller leaves early is not kept."""
        seen: list[StreamEvent] = []
        stream = await self.inner.open(request)

        async def finish(end: End | None) -> End | None:
            return None if end is None else await self._keep(request, end, [*seen, end])

        stream.on_event(seen.append)
        stream.on_end(finish)
        return stream

    async def _keep(self, request: ChatRequest, end: End, seen: list[StreamEvent]) -> End:
        outcome = end.response if isinstance(end, Done) else error_of(end)
        partial = end.response if isinstance(end, Done) else end.partial
        kept = await settle(self.store.keep(RecordedExchange(request, outcome, tuple(seen))))
        return Failed(kept.failure(), partial) if isinstance(kept, Failure) else end
