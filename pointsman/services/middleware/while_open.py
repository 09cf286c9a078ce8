"""Middleware: refuses calls where what they need does not work: after the end, after a fork, in another event loop."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result

from pointsman.core.error import ChatError
from pointsman.services.ports.client import Answer, Client, Operation, Query, StreamRequest
from pointsman.services.ports.lifetime import Lifetime
from pointsman.services.streams.event_stream import EventStream


@attrs.frozen
class WhileOpen(Client):
    """`inner`, as long as `lifetime` has no problem."""

    inner: Client
    lifetime: Lifetime

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """As `Client.call`."""
        problem = self.lifetime.problem()
        return await self.inner.call(operation, request) if problem is None else Failure(problem)

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`."""
        problem = self.lifetime.problem()
        return await self.inner.open(request) if problem is None else EventStream.fail_with(problem)

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()
