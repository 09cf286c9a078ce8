"""Middleware: completes requests with what the settings say, so that nobody below has to fill anything in.

It stands at two doors. Above cache, usage records, router and window a request is given what holds whoever answers it:
all that its provider says where only one may answer, what they agree on where a fallback or the router may choose
another. At the door of each provider, above budget, breaker, retries and limits, it is given what that provider says
of the rest. A fallback so gets its own provider's defaults and never those of the model that failed; what is not agreed
on is part of the key of a cached answer (`Planner.scope`), and the planner completes a request for a model before it
reckons what that model would cost. Time is given at the second door alone: what a provider may take, with retries;
a time for the whole, fallbacks included, is the caller's to give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs
from returns.result import Result

from pointsman.core.chat.request_defaults import RequestDefaults
from pointsman.core.error import ChatError
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import Answer, Client, Operation, Query, StreamRequest
from pointsman.services.streams.event_stream import EventStream


@attrs.frozen
class RequestCompletion(Client):
    """`inner`, asked with what `defaults` says of a request."""

    inner: Client
    defaults: Callable[[AnyRequest], RequestDefaults]

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """As `Client.call`."""
        if not operation.names_model:
            return await self.inner.call(operation, request)
        asked = cast(AnyRequest, request)
        return await self.inner.call(operation, cast(Query, self.defaults(asked).complete(asked)))

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`."""
        return await self.inner.open(self.defaults(request).complete(request))

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()
