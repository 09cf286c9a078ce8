"""Middleware: the user's own functions over requests and responses, in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError
from pointsman.services.ports.client import ChatClient

Before: TypeAlias = Callable[[ChatRequest], Result[ChatRequest, LLMError]]
"""Changes a request before it is asked, or refuses it."""
After: TypeAlias = Callable[[ChatRequest, ChatResponse], Result[ChatResponse, LLMError]]
"""Changes a response to a request, or rejects it."""


@attrs.frozen
class Hooked:
    """A client whose requests pass through each of `before`, and whose responses through each of `after`.

    The functions are pure and quick. Of a stream, `after` sees the whole response at its end: the deltas have been
    passed on by then.
    """

    inner: ChatClient
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `ChatClient.chat`."""
        prepared = self._prepared(request)
        if isinstance(prepared, Failure):
            return Failure(prepared.failure())
        asked = prepared.unwrap()
        return (await settle(self.inner.chat(asked))).bind(lambda response: self._finished(asked, response))

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `ChatClient.stream`."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        prepared = self._prepared(request)
        if isinstance(prepared, Failure):
            yield Failed(prepared.failure(), ChatResponse())
            return
        asked = prepared.unwrap()
        async with self.inner.stream(asked) as events:
            async for event in events:
                yield self._last(asked, event.response) if isinstance(event, Done) else event

    def _last(self, request: ChatRequest, response: ChatResponse) -> Done | Failed:
        finished = self._finished(request, response)
        return Failed(finished.failure(), response) if isinstance(finished, Failure) else Done(finished.unwrap())

    def _prepared(self, request: ChatRequest) -> Result[ChatRequest, LLMError]:
        prepared: Result[ChatRequest, LLMError] = Success(request)
        for hook in self.before:
            prepared = prepared.bind(hook)
        return prepared

    def _finished(self, request: ChatRequest, response: ChatResponse) -> Result[ChatResponse, LLMError]:
        finished: Result[ChatResponse, LLMError] = Success(response)
        for hook in self.after:
            if isinstance(finished, Failure):
                break
            finished = hook(request, finished.unwrap())
        return finished
