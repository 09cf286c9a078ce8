"""A client put together from two: one that chats, and one that can do the rest."""

from __future__ import annotations

import attrs
from returns.future import FutureResult

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import LLMError
from pointsman.core.models.model import ModelInfo
from pointsman.services.ports.client import ChatClient, Client, Ping, ResponseStream, TokenCount


@attrs.frozen
class WithChat:
    """`rest`, but chatting goes through `talk`: how a `Fallback` or a `Recording` becomes a whole `Client`."""

    rest: Client
    talk: ChatClient

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, LLMError]:
        """By `talk`."""
        return self.talk.chat(request)

    def stream(self, request: ChatRequest | CompletionRequest) -> ResponseStream:
        """Of a chat by `talk`, of a completion by `rest`."""
        return self.rest.stream(request) if isinstance(request, CompletionRequest) else self.talk.stream(request)

    def complete(self, request: CompletionRequest) -> FutureResult[Completion, LLMError]:
        """By `rest`."""
        return self.rest.complete(request)

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, LLMError]:
        """By `rest`."""
        return self.rest.embed(request)

    def transcribe(self, request: TranscriptionRequest) -> FutureResult[Transcription, LLMError]:
        """By `rest`."""
        return self.rest.transcribe(request)

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], LLMError]:
        """By `rest`."""
        return self.rest.models(detailed=detailed, use_cache=use_cache)

    def forget_models(self) -> None:
        """By `rest`."""
        self.rest.forget_models()

    def ping(self) -> FutureResult[Ping, LLMError]:
        """By `rest`."""
        return self.rest.ping()

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """By `rest`."""
        return self.rest.count_tokens(request)
