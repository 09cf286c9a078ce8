"""A client that keeps each question with its answer, as a conversation of its own; and one that goes on with a
conversation. Neither knows where they are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Protocol

import anyio
import attrs
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.message import Message
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, response_of
from pointsman.core.chat.usage import UNKNOWN
from pointsman.core.conversations.conversation import Conversation, Entry, title_of
from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError
from pointsman.core.money.cost import UNKNOWN_COST
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.conversations.growing_answer import GrowingAnswer, fail_entry, finish_entry
from pointsman.services.event_bus import give_up
from pointsman.services.ports.client import ChatClient, ResponseStream

LOGGED = "generate"
"""The tag of conversations that are one question and its answer."""


class Asked(Protocol):
    """What answers one question: a `ChatClient` that may also fail as a conversation does."""

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, LLMError]:
        """The whole answer."""
        ...

    def stream(self, request: ChatRequest) -> ResponseStream:
        """The answer as it is made; ends in exactly one of `Done` and `Failed`."""
        ...


@attrs.frozen
class ContinuedClient:
    """A `ChatClient` each of whose questions is the next turn of the conversation `id`."""

    conversations: Conversations
    id: str

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, LLMError]:
        """The answer, when it is kept."""
        return self.conversations.ask(self.id, request)

    def stream(self, request: ChatRequest) -> ResponseStream:
        """The answer as it comes, and is kept."""
        return self.conversations.stream(self.id, request)


@attrs.frozen
class LoggedClient:
    """A `ChatClient` that asks `inner`, and keeps what was asked and answered beside `conversations`.

    It is kept once, at the end, whatever that is; where it cannot be kept the answer stands all the same.
    """

    inner: ChatClient
    conversations: Conversations

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """The answer of `inner`."""
        growing = self._begin()
        try:
            answer = await settle(self.inner.chat(request))
        except BaseException:
            await self._keep(request, attrs.evolve(growing.entry, error="Cancelled"))
            raise
        if isinstance(answer, Failure):
            come = response_of(answer.failure()) or ChatResponse()
            await self._keep(request, fail_entry(growing.entry, Failed(answer.failure(), come)), come)
        else:
            await self._keep(request, finish_entry(growing.entry, answer.unwrap()), answer.unwrap())
        return answer

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """The answer of `inner` as it comes."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        growing, end = self._begin(), None
        try:
            async with self.inner.stream(request) as events:
                async for event in events:
                    if isinstance(event, (Done, Failed)):
                        end = event
                        break
                    growing.add(event)
                    yield event
        finally:
            if isinstance(end, Done):
                await self._keep(request, finish_entry(growing.entry, end.response), end.response)
            elif isinstance(end, Failed):
                await self._keep(request, fail_entry(growing.entry, end), end.partial)
            else:
                await self._keep(request, attrs.evolve(growing.entry, message=growing.message, error="Cancelled"))
        if end is not None:
            yield end

    def _begin(self) -> GrowingAnswer:
        entry = Entry(id=self.conversations.random.new_id(), message=Message("assistant", ()), time=self._now())
        return GrowingAnswer(attrs.evolve(entry, status="partial", usage=UNKNOWN, cost=UNKNOWN_COST))

    def _now(self) -> float:
        return self.conversations.clock.now()

    async def _keep(self, request: ChatRequest, last: Entry, response: ChatResponse | None = None) -> None:
        """Keep the question, what tools said, and the answer; also while the caller is being cancelled."""
        standing = [message.text for message in request.messages if message.role == "system"]
        new = [message for message in request.messages if message.role != "system"]
        made = Conversation(
            id=self.conversations.random.new_id(),
            title=title_of(new[0].text) if new else "",
            created=last.time,
            updated=self._now(),
            tags=(LOGGED, *request.options.tags),
            system="\n\n".join(standing),
        )
        entries, parent = list[Entry](), None
        for message in (*new, *(response.steps if response is not None else ())):
            entry = Entry(id=self.conversations.random.new_id(), message=message, time=last.time, parent=parent)
            entries.append(entry)
            parent = entry.id
        entries.append(attrs.evolve(last, parent=parent))
        with anyio.CancelScope(shield=True):
            kept = await settle(self.conversations.store.create(made, entries))
            give_up(kept, "the log of what was asked", self.conversations.publish)
