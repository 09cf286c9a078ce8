"""Middleware: keep every answer on a tape, so that it can be replayed without a model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.recording_store import Tape, TapeStore
from pointsman.services.streams.opening import events_of


@attrs.frozen
class Recording:
    """A client that asks `inner` and keeps what came, errors too. An answer that cannot be kept is a failure."""

    inner: ChatClient
    store: TapeStore

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `ChatClient.chat`."""
        result = await settle(self.inner.chat(request))
        kept = await settle(self.store.keep(Tape(request, unwrap_or_failure(result))))
        return result if isinstance(kept, Success) else Failure(kept.failure())

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `ChatClient.stream`; a stream that the caller leaves early is not kept."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        seen: list[StreamEvent] = []
        async with self.inner.stream(request) as events:
            async for event in events:
                seen.extend(events_of(event))
                if isinstance(event, (Done, Failed)):
                    event = await self._keep(request, event, seen)
                yield event

    async def _keep(self, request: ChatRequest, end: Done | Failed, seen: list[StreamEvent]) -> Done | Failed:
        outcome = end.response if isinstance(end, Done) else end.error
        partial = end.response if isinstance(end, Done) else end.partial
        kept = await settle(self.store.keep(Tape(request, outcome, tuple(seen))))
        return Failed(kept.failure(), partial) if isinstance(kept, Failure) else end
