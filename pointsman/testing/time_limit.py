"""The time limits of requests, for clients that have none of their own: fakes. The HTTP client keeps its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Failed, PartDone, StreamEvent, TextDelta
from pointsman.core.chat.part import Part, Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError, TimeoutError
from pointsman.core.models.model import ModelInfo
from pointsman.services.ports.client import Client, Ping, TokenCount
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.beside import tasks_beside

_Value = TypeVar("_Value")


@attrs.frozen
class TimeLimited:
    """`inner`, cut where a request takes longer on `clock` than its `timeout`: a `TimeoutError` of the whole call."""

    inner: Client
    clock: Clock
    name: str

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `Client.chat`."""
        return await self._in_time(request.timeout, request.model, lambda: self.inner.chat(request))

    @asynccontextmanager
    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `Client.stream`; the inner one runs in a task of its own, so that it can be cut anywhere."""
        if request.timeout is None:
            async with self.inner.stream(request) as events:
                yield events
            return
        end, raised = self.clock.monotonic() + request.timeout, list[Exception]()
        sender, receiver = anyio.create_memory_object_stream[StreamEvent](0)
        with receiver:
            async with tasks_beside() as group:
                group.start_soon(self._pump, request, sender, raised)
                late = self._late(request.timeout, request.model)
                async with aclosing(self._events(receiver, end, late, raised)) as events:
                    yield events

    async def _pump(
        self,
        request: ChatRequest | CompletionRequest,
        sender: MemoryObjectSendStream[StreamEvent],
        raised: list[Exception],
    ) -> None:
        with sender:
            try:
                async with self.inner.stream(request) as events:
                    async for event in events:
                        await sender.send(event)
            except Exception as problem:  # a bug of the client's: it comes out where the events are read
                raised.append(problem)

    async def _events(
        self, receiver: MemoryObjectReceiveStream[StreamEvent], end: float, late: TimeoutError, raised: list[Exception]
    ) -> AsyncGenerator[StreamEvent, None]:
        parts, text = list[Part](), ""
        while True:
            event: StreamEvent | None = None
            async with self.clock.limit(end - self.clock.monotonic()) as scope:
                event = await anext(receiver, None)
            if event is None:
                break
            yield event
            if isinstance(event, PartDone):
                parts, text = [*parts, event.part], ""
            elif isinstance(event, TextDelta):
                text += event.text
        if raised:
            raise raised[0]
        if scope.cancelled_caught:
            come = (*parts, Text(text)) if text else tuple(parts)
            yield Failed(late, ChatResponse(parts=come, provider=self.name))

    @effect
    async def complete(self, request: CompletionRequest) -> Result[Completion, LLMError]:
        """As `Client.complete`."""
        return await self._in_time(request.timeout, request.model, lambda: self.inner.complete(request))

    @effect
    async def embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, LLMError]:
        """As `Client.embed`."""
        return await self._in_time(request.timeout, request.model, lambda: self.inner.embed(request))

    @effect
    async def transcribe(self, request: TranscriptionRequest) -> Result[Transcription, LLMError]:
        """As `Client.transcribe`."""
        return await self._in_time(request.timeout, request.model, lambda: self.inner.transcribe(request))

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

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """As `Client.count_tokens`."""
        return self.inner.count_tokens(request)

    async def _in_time(
        self,
        seconds: float | None,
        model: str,
        ask: Callable[[], FutureResult[_Value, LLMError]],
    ) -> Result[_Value, LLMError]:
        if seconds is None:
            return await settle(ask())
        async with self.clock.limit(seconds):
            return await settle(ask())
        return Failure(self._late(seconds, model))

    def _late(self, seconds: float, model: str) -> TimeoutError:
        return TimeoutError(provider=self.name, model=model or None, timeout_ms=seconds * 1000, phase="total")
