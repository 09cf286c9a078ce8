"""Middleware: the one owner of retries. It waits through the clock port and counts its tries on the response."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeAlias, TypeVar

import attrs
from returns.future import FutureResult
from returns.io import IOResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import effect, settle
from pointsman.core.error import Attempt, LLMError
from pointsman.core.models.model import ModelInfo
from pointsman.core.notice import RetryMade
from pointsman.core.routing.backoff import Backoff, delay_before_retry
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.ports.client import Client, Ping, TokenCount
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.random import Random
from pointsman.services.streams.opening import early_failure, opening, with_attempts

_Value = TypeVar("_Value")
_AnyRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest
_Asked = TypeVar("_Asked", bound=_AnyRequest)


@attrs.define
class _Tries:
    """The failed tries of one call, and the wait before the next."""

    policy: Backoff
    clock: Clock
    chance: Random
    request: _AnyRequest
    publish: Publish
    started: float
    failed: tuple[Attempt, ...] = ()
    began: float = 0.0

    def begin(self, request: _Asked) -> _Asked:
        """The request as the next try sends it: with what is left of its time."""
        self.began = self.clock.monotonic()
        if not self.failed or request.timeout is None:
            return request
        return attrs.evolve(request, timeout=request.timeout - (self.began - self.started))

    async def another(self, error: LLMError) -> bool:
        """Note the failed try; wait if there is to be another, and say whether there is."""
        took = (self.clock.monotonic() - self.began) * 1000
        earlier = len(self.failed)
        self.failed += (Attempt(error.provider or "", error.model or self.request.model, took, error),)
        delay = delay_before_retry(self.policy, earlier, error, self.chance.fraction())
        if delay is None or self._too_late(delay):
            return False
        self.publish(RetryMade(model=error.where or self.request.model, retry=earlier + 1, delay=delay, error=error))
        await self.clock.sleep(delay)
        return True

    def _too_late(self, delay: float) -> bool:
        limit = self.request.timeout
        return limit is not None and self.clock.monotonic() + delay - self.started >= limit

    def blame(self, error: LLMError) -> LLMError:
        """The last error, with all tries on it if there were several."""
        return attrs.evolve(error, attempts=self.failed) if len(self.failed) > 1 else error


@attrs.frozen
class Retrying:
    """A client that asks `inner` again when that can help, by `policy`, within the request's own timeout."""

    inner: Client
    clock: Clock
    chance: Random
    policy: Backoff = Backoff()
    publish: Publish = publish_nowhere

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `Client.chat`; failed tries stand in `attempts`."""
        tries = self._tries(request)
        result = await self._again(self.inner.chat, request, tries)
        if not tries.failed:
            return result
        return result.map(lambda done: attrs.evolve(done, attempts=tries.failed + done.attempts))

    @asynccontextmanager
    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `Client.stream`; tries again only while nothing of an answer has been passed on."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        tries = self._tries(request)
        while True:
            async with self.inner.stream(tries.begin(request)) as events:
                head = await opening(events)
                failed = early_failure(head)
                if failed is None:
                    for event in head:
                        yield with_attempts(event, tries.failed)
                    async for event in events:
                        yield with_attempts(event, tries.failed)
                    return
            if not await tries.another(failed.error):
                yield Failed(tries.blame(failed.error), failed.partial)
                return

    @effect
    async def complete(self, request: CompletionRequest) -> Result[Completion, LLMError]:
        """As `Client.complete`."""
        tries = self._tries(request)
        result = await self._again(self.inner.complete, request, tries)
        return result.map(lambda done: attrs.evolve(done, attempts=tries.failed + done.attempts))

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, LLMError]:
        """As `Client.embed`."""
        return FutureResult(self._again(self.inner.embed, request, self._tries(request)))

    @effect
    async def transcribe(self, request: TranscriptionRequest) -> Result[Transcription, LLMError]:
        """As `Client.transcribe`."""
        tries = self._tries(request)
        result = await self._again(self.inner.transcribe, request, tries)
        return result.map(lambda done: attrs.evolve(done, attempts=tries.failed + done.attempts))

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], LLMError]:
        """As `Client.models`; not retried, a list is asked for by people who wait."""
        return self.inner.models(detailed=detailed, use_cache=use_cache)

    def forget_models(self) -> None:
        """As `Client.forget_models`."""
        self.inner.forget_models()

    def ping(self) -> FutureResult[Ping, LLMError]:
        """As `Client.ping`; not retried, the first answer is the news."""
        return self.inner.ping()

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """As `Client.count_tokens`."""
        return FutureResult(self._again(self.inner.count_tokens, request, self._tries(request)))

    def _tries(self, request: _AnyRequest) -> _Tries:
        return _Tries(self.policy, self.clock, self.chance, request, self.publish, self.clock.monotonic())

    async def _again(
        self, ask: Callable[[_Asked], Awaitable[IOResult[_Value, LLMError]]], request: _Asked, tries: _Tries
    ) -> Result[_Value, LLMError]:
        while True:
            result = await settle(ask(tries.begin(request)))
            if isinstance(result, Success):
                return result
            error = result.failure()
            if not await tries.another(error):
                return Failure(tries.blame(error))
