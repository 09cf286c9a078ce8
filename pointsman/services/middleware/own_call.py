"""Middleware: what the client over HTTP does, for a client of one's own: refuse what nobody may send, say whose an
answer is and how long it took."""

from __future__ import annotations

from functools import partial
from typing import Generic

import attrs
from returns.result import Failure, Result

from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import Attempt, InvalidRequest, TimeoutError
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.middleware.time_limit import TimeLimited
from pointsman.services.ports.client import CHAT, Client, Error, Error_co
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.own_client import by_old_names
from pointsman.services.streams.event_stream import EventStream


@attrs.frozen
class OwnCall(ChatMiddleware[Error_co | InvalidRequest], Generic[Error_co]):
    """The client `name`, whose answers say that they are its, and how long they took."""

    inner: Client[Error_co]
    clock: Clock
    name: str

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, Error_co | InvalidRequest]:
        """As `Client.chat`."""
        wrong = self._check(request)
        if wrong is not None:
            return Failure(wrong)
        began = self.clock.monotonic()
        result = await self.inner.call(CHAT, request)
        return result.map(partial(self._with_attempt, request, began))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        wrong = self._check(request)
        if wrong is not None:
            return EventStream.fail_with(wrong)
        began = self.clock.monotonic()
        stream = await self.inner.open(request)
        stream.map_response(partial(self._with_attempt, request, began))
        return stream

    def _check(self, request: ChatRequest) -> InvalidRequest | None:
        checked = check(request)
        return attrs.evolve(checked.failure(), provider=self.name) if isinstance(checked, Failure) else None

    def _with_attempt(self, request: ChatRequest, began: float, response: ChatResponse) -> ChatResponse:
        if response.attempts:
            return response
        took = (self.clock.monotonic() - began) * 1000
        return attrs.evolve(
            response,
            provider=response.provider or self.name,
            latency_ms=took if response.latency_ms is None else response.latency_ms,
            attempts=(Attempt(self.name, request.model, took, began=began),),
        )


def own_call(client: Client[Error], clock: Clock, name: str) -> Client[Error | TimeoutError | InvalidRequest]:
    """A client of one's own as a provider `name`: held to the timeout of each request, and named on its answers."""
    return OwnCall(TimeLimited(by_old_names(client), clock, name), clock, name)
