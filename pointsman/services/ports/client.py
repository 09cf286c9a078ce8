"""Port: a client of language models.

`ChatClient` is what every middleware takes and is. `Client` adds what one provider can tell beside chat. Methods
return `FutureResult`: await it once; call again to ask again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import attrs
from returns.future import FutureResult

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.original import OriginalResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import LLMError
from pointsman.core.models.model import ModelInfo

ResponseStream: TypeAlias = AbstractAsyncContextManager[AsyncIterator[StreamEvent]]
"""A scope over the events of one answer: leaving it closes the connection. See `pointsman.core.chat.event`."""


class ChatClient(Protocol):
    """Asks one model one question."""

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, LLMError]:
        """The whole answer."""
        ...

    def stream(self, request: ChatRequest) -> ResponseStream:
        """The answer as it is made; ends in exactly one of `Done` and `Failed`."""
        ...


@attrs.frozen
class Ping:
    """Whether the provider answered, after how many milliseconds, and when (Unix seconds)."""

    provider: str
    ok: bool
    latency_ms: float
    timestamp: float
    error: LLMError | None = None
    models: int | None = None


@attrs.frozen
class TokenCount:
    """Input tokens of a request; `estimated` unless the provider counted."""

    tokens: int
    estimated: bool
    original: OriginalResponse | None = attrs.field(default=None, eq=False, repr=False)
    """As it came, for a client of the gateway that speaks the provider's dialect."""


class Client(ChatClient, Protocol):
    """All that can be asked of a provider."""

    def stream(self, request: ChatRequest | CompletionRequest) -> ResponseStream:
        """As `ChatClient.stream`; a prompt is continued in the same events, of which only text is the continuation."""
        ...

    def complete(self, request: CompletionRequest) -> FutureResult[Completion, LLMError]:
        """Continue a prompt."""
        ...

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, LLMError]:
        """Vectors of one or many texts, sent in as many batches as the provider needs."""
        ...

    def transcribe(self, request: TranscriptionRequest) -> FutureResult[Transcription, LLMError]:
        """The words in recorded speech."""
        ...

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], LLMError]:
        """The models there are. With `detailed`, all the provider can tell of each, at the price of more calls."""
        ...

    def forget_models(self) -> None:
        """Drop the cached model list."""
        ...

    def ping(self) -> FutureResult[Ping, LLMError]:
        """Ask for the cheapest thing the provider has. Being down is an answer (`ok=False`), not a failure."""
        ...

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """Input tokens, by the provider's own count where it has one, else an estimate marked as such."""
        ...
