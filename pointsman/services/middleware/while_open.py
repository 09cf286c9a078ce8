"""Middleware: refuses calls where what they need does not work: after the end, after a fork, in another event loop."""

from __future__ import annotations

import attrs

from pointsman.core.error import ChatError
from pointsman.services.ports.client import (
    Answer,
    Calling,
    Client,
    Opening,
    Operation,
    Query,
    StreamRequest,
    refuse,
    refuse_stream,
)
from pointsman.services.ports.lifetime import Lifetime


@attrs.frozen
class WhileOpen(Client):
    """`inner`, as long as `lifetime` has no problem."""

    inner: Client
    lifetime: Lifetime

    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, ChatError]:
        """As `Client.call`."""
        problem = self.lifetime.problem()
        return self.inner.call(operation, request) if problem is None else refuse(problem)

    def open(self, request: StreamRequest) -> Opening:
        """As `Client.open`."""
        problem = self.lifetime.problem()
        return self.inner.open(request) if problem is None else refuse_stream(problem)

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()
