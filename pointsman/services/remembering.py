"""Middleware: tells the model what is remembered of the matter, and the caller what was told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import attrs
from returns.result import Result

from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError
from pointsman.core.event import Done, StreamEvent
from pointsman.core.memory import MemoryScope, Recalled, told
from pointsman.core.message import system
from pointsman.core.request import ChatRequest
from pointsman.core.response import ChatResponse
from pointsman.services.client import ChatClient
from pointsman.services.clock import Clock
from pointsman.services.memory_store import MemoryStore


@attrs.frozen
class Remembering:
    """A client that recalls at most `k` memories that fit the last user message, and puts them before the request.

    Memories are those of the request's tenant and conversation, and those that are for everybody. What was recalled
    stands in `recalled` of the response. If the memory cannot be read, the request goes without.
    """

    inner: ChatClient
    store: MemoryStore
    clock: Clock
    k: int = 5

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `ChatClient.chat`."""
        found = await self._recalled(request)
        result = await settle(self.inner.chat(_reminded(request, found)))
        return result.map(lambda response: _telling(response, found)) if found else result

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `ChatClient.stream`."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        found = await self._recalled(request)
        async with self.inner.stream(_reminded(request, found)) as events:
            async for event in events:
                yield Done(_telling(event.response, found)) if isinstance(event, Done) else event

    async def _recalled(self, request: ChatRequest) -> tuple[Recalled, ...]:
        asked = next((message.text for message in reversed(request.messages) if message.role == "user"), "")
        scope = MemoryScope(user=request.options.tenant, conversation=request.options.conversation)
        read = await settle(self.store.recall(asked, self.k, scope, self.clock.now()))
        return read.value_or(())


def _reminded(request: ChatRequest, found: tuple[Recalled, ...]) -> ChatRequest:
    if not found:
        return request
    standing = [message for message in request.messages if message.role == "system"]
    rest = [message for message in request.messages if message.role != "system"]
    return attrs.evolve(request, messages=(*standing, system(told(found)), *rest))


def _telling(response: ChatResponse, found: tuple[Recalled, ...]) -> ChatResponse:
    return attrs.evolve(response, recalled=tuple(one.memory.text for one in found))
