"""Middleware: the one owner of retries. It waits through the clock port and counts its tries on the response."""

from __future__ import annotations

from functools import partial
from typing import Generic, TypeAlias, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.effect import is_failure
from pointsman.core.error import Attempt, ChatError
from pointsman.core.notice import RetryMade
from pointsman.core.routing.backoff import Backoff, delay_before_retry
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.ports.client import (
    Answer,
    Client,
    Error,
    Error_co,
    Operation,
    Query,
    StreamRequest,
)
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.streams.opening import add_attempts, error_of

_AnyRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest


@attrs.define
class _Tries:
    """The failed tries of one call, and the wait before the next."""

    policy: Backoff
    clock: Clock
    random: Random
    request: _AnyRequest
    publish: Publish
    started: float
    failed: tuple[Attempt, ...] = ()
    began: float = 0.0

    def begin(self) -> _AnyRequest:
        """The request as the next try sends it: with what is left of its time."""
        self.began, request = self.clock.monotonic(), self.request
        if not self.failed or request.timeout is None:
            return request
        return attrs.evolve(request, timeout=request.timeout - (self.began - self.started))

    async def another(self, error: ChatError) -> bool:
        """Note the failed try; wait if there is to be another, and say whether there is."""
        took = (self.clock.monotonic() - self.began) * 1000
        earlier = len(self.failed)
        self.failed += (
            Attempt(error.provider or "", error.model or self.request.model, took, error, began=self.began),
        )
        delay = delay_before_retry(self.policy, earlier, error, self.random.uniform())
        if delay is None or self._too_late(delay):
            return False
        model, tenant = error.where or self.request.model, self.request.options.tenant
        self.publish(RetryMade(model=model, retry=earlier + 1, delay=delay, error=error, tenant=tenant))
        await self.clock.sleep(delay)
        return True

    def _too_late(self, delay: float) -> bool:
        limit = self.request.timeout
        return limit is not None and self.clock.monotonic() + delay - self.started >= limit

    def blame(self, error: Error) -> Error:
        """The last error, with all tries on it if there were several."""
        return attrs.evolve(error, attempts=self.failed) if len(self.failed) > 1 else error


@attrs.frozen
class Retrying(Client[Error_co], Generic[Error_co]):
    """A client that asks `inner` again when that can help, by `policy`, within the request's own timeout.

    Lists of models and pings are not asked for again: people wait for them, and the first answer is the news.
    """

    inner: Client[Error_co]
    clock: Clock
    random: Random
    policy: Backoff = Backoff()
    publish: Publish = publish_nowhere

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, Error_co]:
        """As `Client.call`; failed tries stand in the `attempts` of an answer that has them."""
        if not operation.names_model:
            return await self.inner.call(operation, request)
        began = self.clock.monotonic()
        result = await self.inner.call(operation, request)
        if not is_failure(result):
            return result
        tries = self._tries(cast(_AnyRequest, request), began)
        while await tries.another(error := result.failure()):
            result = await self.inner.call(operation, cast(Query, tries.begin()))
            if not is_failure(result):
                return Success(add_attempts(result.unwrap(), tries.failed))
        return Failure(tries.blame(error))

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`; tries again only while nothing of an answer has been passed on."""
        tries = self._tries(request, self.clock.monotonic())
        while True:
            stream = await self.inner.open(cast(StreamRequest, tries.begin()))
            if stream.failure is None:
                if tries.failed:
                    stream.map_response(partial(add_attempts, earlier=tries.failed))
                return stream
            failed = await stream.fail()
            if not await tries.another(error_of(failed)):
                return EventStream.fail_with(tries.blame(error_of(failed)), failed.partial)

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    def _tries(self, request: _AnyRequest, began: float) -> _Tries:
        return _Tries(self.policy, self.clock, self.random, request, self.publish, began, began=began)
