"""Port: recordings of answers, found again by the request they answered."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import attrs
from returns.future import FutureResult

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import LLMError, StorageError

RecordedRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest
RecordedAnswer: TypeAlias = ChatResponse | Completion | EmbeddingResponse | Transcription


@attrs.frozen
class RecordedExchange:
    """One recorded outcome: a whole answer or an error; `events` where it was streamed, and then a `ChatResponse`."""

    request: RecordedRequest
    outcome: RecordedAnswer | LLMError
    events: tuple[StreamEvent, ...] = ()


class RecordingStore(Protocol):
    """Where tapes are kept. Requests are equal if they ask the same: ids and timeouts do not count."""

    def find(self, request: RecordedRequest) -> FutureResult[RecordedExchange | None, StorageError]:
        """The tape of an equal request, or None."""
        ...

    def keep(self, tape: RecordedExchange) -> FutureResult[None, StorageError]:
        """Store `tape`, in place of an earlier one of an equal request; whole or not at all."""
        ...
