"""A client that answers from tapes alone and never asks a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, StorageError
from pointsman.core.schema.unfold import unfold
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.ports.recording_store import RecordedExchange, RecordingStore
from pointsman.services.streams.event_stream import EventStream


@attrs.frozen
class Replaying(ProviderClient):
    """A client over recorded answers. A request without a tape is a `StorageError` that says so."""

    store: RecordingStore

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """The recorded answer or error."""
        return (await self._tape(request)).bind(_outcome)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The recorded events; a whole answer is cut into the events it could have been."""
        return EventStream.of((await self._tape(request)).map(_replay).lash(_fail).unwrap())

    async def _tape(self, request: ChatRequest) -> Result[RecordedExchange, ChatError]:
        found = unwrap_or_failure(await settle(self.store.find(request)))
        if isinstance(found, RecordedExchange):
            return Success(found)
        return Failure(_missing(request) if found is None else found)


def _missing(request: ChatRequest) -> ChatError:
    return StorageError(detail="there is no recording of this request; record it first", model=request.model)


def _outcome(tape: RecordedExchange) -> Result[ChatResponse, ChatError]:
    return Success(tape.outcome) if isinstance(tape.outcome, ChatResponse) else Failure(cast(ChatError, tape.outcome))


def _replay(tape: RecordedExchange) -> Iterable[StreamEvent]:
    if tape.events:
        return tape.events
    if isinstance(tape.outcome, ChatResponse):
        return tuple(unfold(tape.outcome))
    return (Failed(tape.outcome, ChatResponse()),)


def _fail(error: ChatError) -> Result[Iterable[StreamEvent], ChatError]:
    return Success((Failed(error, ChatResponse()),))
