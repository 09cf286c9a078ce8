"""Middleware: what the client over HTTP does, for a client of one's own: refuse what nobody may send, say whose an
answer is and how long it took."""

from __future__ import annotations

from functools import partial
from typing import Generic, TypeVar, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion
from pointsman.core.chat.embedding import EmbeddingResponse
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription
from pointsman.core.error import Attempt, InvalidRequest, TimeoutError
from pointsman.services.interceptors.interceptor import AnyRequest, AnyResponse
from pointsman.services.middleware.time_limit import TimeLimited
from pointsman.services.ports.client import (
    Answer,
    Client,
    Error,
    Error_co,
    Operation,
    Query,
    StreamRequest,
    answer_as,
)
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.own_client import by_old_names
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.streams.opening import error_of

Response = TypeVar("Response", bound=ChatResponse | Completion | EmbeddingResponse | Transcription)


@attrs.frozen
class OwnCall(Client[Error_co | InvalidRequest], Generic[Error_co]):
    """The client `name`, whose answers and failures say that they are its, and how long they took."""

    inner: Client[Error_co]
    clock: Clock
    name: str

    async def call(
        self, operation: Operation[Query, Answer], request: Query
    ) -> Result[Answer, Error_co | InvalidRequest]:
        """As `Client.call`."""
        wrong = self._check(request)
        if wrong is not None:
            return Failure(wrong)
        began = self.clock.monotonic()
        result = await self.inner.call(operation, request)
        if not operation.is_metered:
            return result
        asked = cast(AnyRequest, request)  # what is metered is of one of the kinds, and its answer, too
        if isinstance(result, Failure):
            return Failure(self._name_error(asked, result.failure()))
        answer = self._with_attempt(asked, began, cast(AnyResponse, result.unwrap()))
        return answer_as(operation, Success(answer))

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`."""
        wrong = self._check(request)
        if wrong is not None:
            return EventStream.fail_with(wrong)
        began = self.clock.monotonic()
        stream = await self.inner.open(request)
        stream.on_end(partial(self._finish, request, began))
        return stream

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    def _check(self, request: object) -> InvalidRequest | None:
        checked = check(request) if isinstance(request, ChatRequest) else None
        return attrs.evolve(checked.failure(), provider=self.name) if isinstance(checked, Failure) else None

    async def _finish(self, request: StreamRequest, began: float, end: End | None) -> End | None:
        if isinstance(end, Done):
            return Done(self._with_attempt(request, began, end.response))
        if isinstance(end, Failed):
            return attrs.evolve(end, error=self._name_error(request, error_of(end)))
        return end

    def _name_error(self, request: AnyRequest, error: Error) -> Error:
        if error.provider is not None:
            return error
        return attrs.evolve(error, provider=self.name, model=error.model or request.model or None)

    def _with_attempt(self, request: AnyRequest, began: float, response: Response) -> Response:
        if response.attempts:
            return response
        took = (self.clock.monotonic() - began) * 1000
        return attrs.evolve(
            response,
            provider=response.provider or self.name,
            model=response.model or request.model,
            latency_ms=took if response.latency_ms is None else response.latency_ms,
            attempts=(Attempt(self.name, request.model, took, began=began),),
        )


def own_call(client: Client[Error], clock: Clock, name: str) -> Client[Error | TimeoutError | InvalidRequest]:
    """A client of one's own as a provider `name`: held to the timeout of each request, and named on its answers."""
    return OwnCall(TimeLimited(by_old_names(client), clock, name), clock, name)
