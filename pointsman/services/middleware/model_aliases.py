"""Middleware: gives every request the model that its name stands for, before anything below looks at it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TypeVar

import attrs
from returns.future import FutureResult
from returns.io import IOResult
from returns.methods import unwrap_or_failure
from returns.result import Result

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Failed, Started, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError, ModelNotFound
from pointsman.core.models.model import ModelInfo
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import Client, Ping, ResponseStream, TokenCount
from pointsman.services.routing.model_names import ModelNames
from pointsman.services.streams.opening import events_of

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
        is_tried = self.names.is_tried_first(request.model)
        result = await settle(ask(self._rename(request, await self.names.resolve(request.model))))
        other = await self._judge(request.model, unwrap_or_failure(result)) if is_tried else None
        return result if other is None else await settle(ask(self._rename(request, other)))

    @asynccontextmanager
    async def _stream(self, request: ChatRequest | CompletionRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """A stream of a name that is tried first opens with its first event: that one says whether there is a model."""
        is_tried = self.names.is_tried_first(request.model)
        async with AsyncExitStack() as stack:
            named = self._rename(request, await self.names.resolve(request.model))
            events = await stack.enter_async_context(self.inner.stream(named))
            if not is_tried:
                yield events
                return
            first = await anext(events, None)
            other = await self._judge(request.model, first.error if isinstance(first, Failed) else _head(first))
            if other is not None:
                await stack.aclose()
                yield await stack.enter_async_context(self.inner.stream(self._rename(request, other)))
                return
            yield await stack.enter_async_context(aclosing(_put_back(first, events)))

    async def _judge(self, name: str, answer: object) -> str | None:
        """What else `name` stands for, where `answer` is that its provider has no such model."""
        match answer:
            case ModelNotFound():
                return await self.names.resolve_missing(name)
            case Started() | ChatResponse() | Completion() | EmbeddingResponse() | Transcription():
                self.names.confirm(name, answer.provider)
            case _:
                pass
        return None

    def _rename(self, request: _Request, model: str) -> _Request:
        order = request.options.order
        if order and self.names.aliases.targets:
            options = attrs.evolve(request.options, order=tuple(map(self.names.aliases.resolve, order)))
            return attrs.evolve(request, model=model, options=options)
        return request if request.model == model else attrs.evolve(request, model=model)


def _head(item: StreamEvent | None) -> StreamEvent | None:
    """The event itself, or the first of what came in one read."""
    return None if item is None else next(iter(events_of(item)), None)


async def _put_back(first: StreamEvent | None, events: AsyncIterator[StreamEvent]) -> AsyncGenerator[StreamEvent, None]:
    """`events` with the one that was taken from them."""
    if first is not None:
        yield first
    async for event in events:
        yield event
