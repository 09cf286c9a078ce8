"""A client that answers from tapes alone and never asks a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest, as_completion
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, Fault, LLMError, StorageError
from pointsman.core.schema.unfold import unfold
from pointsman.services.ports.client import StreamRequest
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.ports.recording_store import RecordedAnswer, RecordedExchange, RecordedRequest, RecordingStore
from pointsman.services.streams.event_stream import EventStream

_Answer = TypeVar("_Answer")


@attrs.frozen
class Replaying(ProviderClient):
    """A client over recorded answers. A request without a tape is a `StorageError` that says so."""

    store: RecordingStore

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """The recorded answer or error."""
        return await self._answer(request, ChatResponse)

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ChatError]:
        """Likewise; that of a stream is the same in other words."""
        tape = await self._tape(request)
        return tape.bind(lambda found: _answer_of(attrs.evolve(found, outcome=_as_completion(found)), Completion))

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        """Likewise."""
        return await self._answer(request, EmbeddingResponse)

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        """Likewise."""
        return await self._answer(request, Transcription)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The recorded events; a whole answer is cut into the events it could have been."""
        return await self._stream(request)

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        """Likewise."""
        return await self._stream(request)

    async def _stream(self, request: StreamRequest) -> EventStream:
        return EventStream.of((await self._tape(request)).map(_replay).lash(_fail).unwrap())

    async def _answer(self, request: RecordedRequest, kind: type[_Answer]) -> Result[_Answer, ChatError]:
        return (await self._tape(request)).bind(lambda tape: _answer_of(tape, kind))

    async def _tape(self, request: RecordedRequest) -> Result[RecordedExchange, ChatError]:
        found = unwrap_or_failure(await settle(self.store.find(request)))
        if isinstance(found, RecordedExchange):
            return Success(found)
        return Failure(_missing(request) if found is None else found)


def _missing(request: RecordedRequest) -> ChatError:
    return StorageError(detail="there is no recording of this request; record it first", model=request.model)


def _answer_of(tape: RecordedExchange, kind: type[_Answer]) -> Result[_Answer, ChatError]:
    outcome = tape.outcome
    if isinstance(outcome, kind):
        return Success(outcome)
    if isinstance(outcome, Fault):
        return Failure(cast(ChatError, outcome))
    return Failure(StorageError(detail="the recording of this request holds another kind of answer; record it again"))


def _as_completion(tape: RecordedExchange) -> RecordedAnswer | LLMError:
    outcome = tape.outcome
    if not isinstance(outcome, ChatResponse):
        return outcome
    return attrs.evolve(as_completion(outcome), warnings=outcome.warnings)  # a chat did not stand in for it


def _replay(tape: RecordedExchange) -> Iterable[StreamEvent]:
    if tape.events:
        return tape.events
    outcome = tape.outcome.response if isinstance(tape.outcome, Completion) else tape.outcome
    if isinstance(outcome, ChatResponse):
        return tuple(unfold(outcome))
    return (Failed(_answer_of(tape, ChatResponse).failure(), ChatResponse()),)


def _fail(error: ChatError) -> Result[Iterable[StreamEvent], ChatError]:
    return Success((Failed(error, ChatResponse()),))
