"""Middleware: gives every request the model that its name stands for, before anything below looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import attrs
from returns.future import FutureResult
from returns.io import IOResult
from returns.result import Result

from pointsman.core.completion import Completion, CompletionRequest
from pointsman.core.effect import effect, settle
from pointsman.core.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.error import LLMError
from pointsman.core.event import StreamEvent
from pointsman.core.model import ModelInfo
from pointsman.core.request import ChatRequest
from pointsman.core.response import ChatResponse
from pointsman.core.transcription import Transcription, TranscriptionRequest
from pointsman.services.client import Client, Ping, ResponseStream, TokenCount
from pointsman.services.guard import AnyRequest
from pointsman.services.model_names import ModelNames

_Request = TypeVar("_Request", bound=AnyRequest)
_Answer = TypeVar("_Answer")


@attrs.frozen
class ByName:
    """`inner`, asked for what `names` says that a model's name means."""

    inner: Client
    names: ModelNames

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, LLMError]:
        """As `Client.chat`."""
        return self._ask_named(request, self.inner.chat)

    def stream(self, request: ChatRequest | CompletionRequest) -> ResponseStream:
        """As `Client.stream`."""
        name = self.names.resolve_at_once(request.model)
        return self._stream(request) if name is None else self.inner.stream(self._rename(request, name))

    def complete(self, request: CompletionRequest) -> FutureResult[Completion, LLMError]:
        """As `Client.complete`."""
        return self._ask_named(request, self.inner.complete)

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, LLMError]:
        """As `Client.embed`."""
        return self._ask_named(request, self.inner.embed)

    def transcribe(self, request: TranscriptionRequest) -> FutureResult[Transcription, LLMError]:
        """As `Client.transcribe`."""
        return self._ask_named(request, self.inner.transcribe)

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """As `Client.count_tokens`."""
        return self._ask_named(request, self.inner.count_tokens)

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], LLMError]:
        """As `Client.models`."""
        return self.inner.models(detailed=detailed, use_cache=use_cache)

    def forget_models(self) -> None:
        """As `Client.forget_models`."""
        self.inner.forget_models()

    def ping(self) -> FutureResult[Ping, LLMError]:
        """As `Client.ping`."""
        return self.inner.ping()

    def _ask_named(
        self, request: _Request, ask: Callable[[_Request], FutureResult[_Answer, LLMError]]
    ) -> FutureResult[_Answer, LLMError]:
        name = self.names.resolve_at_once(request.model)
        return self._ask_looked_up(request, ask) if name is None else ask(self._rename(request, name))

    @effect
    async def _ask_looked_up(
        self, request: _Request, ask: Callable[[_Request], Awaitable[IOResult[_Answer, LLMError]]]
    ) -> Result[_Answer, LLMError]:
        return await settle(ask(self._rename(request, await self.names.resolve(request.model))))

    @asynccontextmanager
    async def _stream(self, request: ChatRequest | CompletionRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        async with self.inner.stream(self._rename(request, await self.names.resolve(request.model))) as events:
            yield events

    def _rename(self, request: _Request, model: str) -> _Request:
        order = request.options.order
        if order and self.names.aliases.targets:
            options = attrs.evolve(request.options, order=tuple(map(self.names.aliases.resolve, order)))
            return attrs.evolve(request, model=model, options=options)
        return request if request.model == model else attrs.evolve(request, model=model)
