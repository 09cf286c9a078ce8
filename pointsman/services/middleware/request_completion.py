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
from typing import TypeVar, cast

import attrs

from pointsman.core.chat.request_defaults import RequestDefaults
from pointsman.core.error import ChatError
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import (
    Answer,
    Calling,
    Client,
    Opening,
    Operation,
    Query,
    StreamRequest,
)

_Request = TypeVar("_Request", bound=AnyRequest)


@attrs.frozen
class RequestCompletion(Client):
    """`inner`, asked with `defaults`, or with what they say of a request."""

    inner: Client
    defaults: RequestDefaults | Callable[[AnyRequest], RequestDefaults]

    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, ChatError]:
        """As `Client.call`."""
        if not operation.names_model:
            return self.inner.call(operation, request)
        return self.inner.call(operation, cast(Query, self._complete(cast(AnyRequest, request))))

    def open(self, request: StreamRequest) -> Opening:
        """As `Client.open`."""
        return self.inner.open(self._complete(request))

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    def _complete(self, request: _Request) -> _Request:
        defaults = self.defaults
        return (defaults if isinstance(defaults, RequestDefaults) else defaults(request)).complete(request)
