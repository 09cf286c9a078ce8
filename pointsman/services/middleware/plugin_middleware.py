"""Middleware of other packages: what it raises is a failure that names it, and where it is missing nothing is sent.

It may be there to keep something from being sent (a filter, a mask), so a chat never goes on without it in silence.
"""

from __future__ import annotations

import attrs
from returns.result import Failure, Result

from pointsman.core.error import ChatError, ConfigurationError
from pointsman.services.ports.client import (
    HOLD_MODEL,
    LIST_MODELS,
    PING,
    Answer,
    Client,
    Operation,
    Query,
    StreamRequest,
)
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tasks.user_code import run_user_code

_SENDS_NOTHING = frozenset({LIST_MODELS.name, PING.name, HOLD_MODEL.name})
"""Operations that carry no text of the user's."""


@attrs.frozen
class ForeignMiddleware(Client):
    """`middleware`, a client around others that another package has made; `title` names it in failures."""

    middleware: Client
    title: str

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """By the middleware."""
        done = await run_user_code(lambda: self.middleware.call(operation, request))
        return Failure(self._blame(done.failure())) if isinstance(done, Failure) else done.unwrap()

    async def open(self, request: StreamRequest) -> EventStream:
        """By the middleware."""
        opened = await run_user_code(lambda: self.middleware.open(request))
        return EventStream.fail_with(self._blame(opened.failure())) if isinstance(opened, Failure) else opened.unwrap()

    def forget_models(self) -> None:
        """By the middleware."""
        self.middleware.forget_models()

    def _blame(self, problem: str) -> ConfigurationError:
        detail = f"{self.title} raised {problem}"
        return ConfigurationError(detail=detail, problems=(detail,), local=True)


@attrs.frozen
class MissingMiddleware(Client):
    """What stands in the place of a middleware that could not be loaded: it refuses whatever would be sent."""

    inner: Client
    error: ConfigurationError

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """The refusal; what sends nothing goes on to `inner`."""
        if operation.name in _SENDS_NOTHING:
            return await self.inner.call(operation, request)
        return Failure(self.error)

    async def open(self, request: StreamRequest) -> EventStream:
        """The refusal."""
        return EventStream.fail_with(self.error)

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()
