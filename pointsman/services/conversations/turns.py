"""One turn of a conversation: kept before it is asked, kept as the answer grows, kept whole when it has come.

It knows nothing of how conversations are found, titled or forked: see `conversation_service`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.message import Message
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, response_of
from pointsman.core.chat.token_estimate import estimate_message, estimate_request
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.conversations.conversation import (
    Conversation,
    Dialogue,
    Entry,
    Summary,
    title_of,
)
from pointsman.core.effect import settle
from pointsman.core.error import ConversationConflict, LLMError, StorageError, invalid_request
from pointsman.core.money.cost import FREE, UNKNOWN_COST
from pointsman.services.conversations.branches import drop_unanswered, entries_up_to, no_message, with_its_summary
from pointsman.services.conversations.growing_answer import GrowingAnswer, fail_entry, finish_entry
from pointsman.services.conversations.window_keeper import WindowKeeper
from pointsman.services.event_bus import Publish, give_up
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.conversation_store import ConversationStore
from pointsman.services.tasks.background import Background
from pointsman.services.tasks.call_time import CallTime, time_of

SAVE_EVERY = 0.25
"""Seconds after which a growing answer is kept again: so much of it can be lost when the process is killed."""

_PART = "the conversation"
_TRIES = 20
"""How often the end of a turn is written again when somebody else changed the conversation at that moment."""


@attrs.frozen
class Turns:
    """Asks `client` in the conversations of `store`: see `Conversations.ask`."""

    store: ConversationStore
    client: ChatClient
    window: WindowKeeper
    clock: Clock
    random: Random
    background: Background
    publish: Publish

    async def ask(self, id: str, request: ChatRequest, after: str | None = None) -> Result[ChatResponse, LLMError]:
        """See `Conversations.ask`."""
        begun = await self._begin(id, request, after)
        if isinstance(begun, Failure):
            return Failure(begun.failure())
        asked, growing = begun.unwrap()
        try:
            answer = await settle(self.client.chat(asked))
        except BaseException:
            with anyio.CancelScope(shield=True):
                give_up(await self._save(id, attrs.evolve(growing.entry, error="Cancelled")), _PART, self.publish)
            raise
        if isinstance(answer, Failure):
            error = answer.failure()
            come = response_of(error) or ChatResponse()
            saved = await self._end(id, growing.entry, come.steps, partial(fail_entry, end=Failed(error, come)))
            give_up(saved, _PART, self.publish)
            return answer
        response = attrs.evolve(answer.unwrap(), conversation_id=id)
        return (await self._finish(id, growing.entry, asked, response)).map(lambda _: response)

    @asynccontextmanager
    async def stream(
        self, id: str, request: ChatRequest, after: str | None = None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `ask`, as it comes."""
        async with aclosing(self._events(id, request, after)) as events:
            yield events

    async def _events(self, id: str, request: ChatRequest, after: str | None) -> AsyncGenerator[StreamEvent, None]:
        begun = await self._begin(id, request, after)
        if isinstance(begun, Failure):
            yield Failed(begun.failure(), ChatResponse())
            return
        asked, growing = begun.unwrap()
        last = attrs.evolve(growing.entry, error="Cancelled")
        end: Done | Failed | None = None
        try:
            async with self.client.stream(asked) as events:
                async for event in events:
                    if isinstance(event, (Done, Failed)):
                        end = event
                        break
                    if growing.add(event):
                        last = attrs.evolve(growing.entry, message=growing.message, error="Cancelled")
                        await self._grow(id, growing)
                    yield event
        finally:
            growing.ended = True
            with anyio.CancelScope(shield=True):
                if isinstance(end, Done):
                    end = Done(attrs.evolve(end.response, conversation_id=id))
                    whole = await self._finish(id, growing.entry, asked, end.response)
                    end = Failed(whole.failure(), end.response) if isinstance(whole, Failure) else end
                elif isinstance(end, Failed):
                    saved = await self._end(id, growing.entry, end.partial.steps, partial(fail_entry, end=end))
                    give_up(saved, _PART, self.publish)
                else:
                    give_up(await self._save(id, attrs.evolve(last, usage=_estimate(asked, last))), _PART, self.publish)
        if end is not None:
            yield end

    async def _finish(
        self, id: str, entry: Entry, asked: ChatRequest, response: ChatResponse
    ) -> Result[None, LLMError]:
        """Keep a whole answer; the error that it could not be kept has the answer in its `response`."""
        if not response.steps:
            self.window.learn(asked, response)
        saved = await self._end(id, entry, response.steps, partial(finish_entry, response=response))
        return saved.alt(lambda error: attrs.evolve(error, response=response))

    async def _end(
        self, id: str, entry: Entry, steps: Sequence[Message], ended: Callable[[Entry], Entry]
    ) -> Result[None, LLMError]:
        """Keep how an answer `ended`; where tools were run, the calls and results before it too, in their order."""
        if not steps:
            return await self._save(id, ended(entry))
        parent, rest = entry.id, list[Entry]()
        for message in (*steps[1:], entry.message):
            rest.append(Entry(id=self.random.new_id(), message=message, time=self.clock.now(), parent=parent))
            parent = rest[-1].id
        first = await self._save(id, attrs.evolve(entry, message=steps[0], status="complete", usage=NOTHING, cost=FREE))
        if isinstance(first, Failure):
            return first
        rest[-1] = ended(rest[-1])
        return await self._append(id, rest)

    async def _append(self, id: str, entries: Sequence[Entry]) -> Result[None, LLMError]:
        """Add `entries`, again and again where somebody else changes the conversation at that moment."""
        conflict: LLMError | None = None
        for _ in range(_TRIES):
            read = await settle(self.store.get(id))
            if isinstance(read, Failure):
                return Failure(read.failure())
            conversation = read.unwrap().conversation
            if conversation.leaf is not None and conversation.leaf == entries[0].parent:
                conversation = attrs.evolve(conversation, leaf=entries[-1].id)
            written = await settle(self.store.change(conversation, entries))
            if isinstance(written, Success):
                return Success(None)
            conflict = written.failure()
            if not isinstance(conflict, ConversationConflict):
                break
        return Failure(conflict or StorageError(detail=f"the conversation {id!r} could not be changed"))

    async def _grow(self, id: str, growing: GrowingAnswer) -> None:
        """Keep what has come, now or soon: also when nothing more comes."""
        waited = self.clock.monotonic() - growing.saved
        if waited >= SAVE_EVERY:
            await self._save_growing(id, growing)
        elif not growing.due:

            async def later() -> None:
                await self.clock.sleep(SAVE_EVERY - waited)
                growing.due = False
                if not growing.ended:
                    await self._save_growing(id, growing)

            growing.due = self.background.start(later)

    async def _save_growing(self, id: str, growing: GrowingAnswer) -> None:
        growing.saved = self.clock.monotonic()
        give_up(await self._save(id, attrs.evolve(growing.entry, message=growing.message)), _PART, self.publish)

    async def _save(self, id: str, entry: Entry) -> Result[None, LLMError]:
        return await settle(self.store.revise(id, entry))

    async def _begin(
        self, id: str, request: ChatRequest, after: str | None
    ) -> Result[tuple[ChatRequest, GrowingAnswer], LLMError]:
        """Fit the request, keep the turn, and give what is to be asked and the place of the answer."""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        new = [message for message in request.messages if message.role != "system"]
        before = dialogue.branch if after is None else entries_up_to(dialogue, after)
        if after and not before:
            return Failure(no_message(id, after))
        said = before if new else drop_unanswered(before)
        if not new and (not after or len(said) == len(before)):
            problem = "messages: at least one message that is not a system message is needed"
            return Failure(invalid_request(problem, request=request))
        again = (entry.message for entry in before[len(said) :])
        asked = attrs.evolve(
            request,
            messages=(*request.messages, *again),
            options=attrs.evolve(request.options, conversation=id),
        )
        time = time_of(request, self.clock)
        fitted = await self._fit(with_its_summary(dialogue.conversation, said), said, asked, time)
        if isinstance(fitted, Failure):
            return Failure(fitted.failure())
        asked, summary = fitted.unwrap()
        return await self._keep(dialogue, before, new, summary, time.share(asked))

    async def _fit(
        self, conversation: Conversation, said: Sequence[Entry], asked: ChatRequest, time: CallTime
    ) -> Result[tuple[ChatRequest, Summary | None], LLMError]:
        """What the window makes of it, which may have to ask for summaries, while there is time."""
        if time.seconds is None:
            return await self.window.fit(conversation, said, asked)
        async with self.clock.limit(time.seconds):
            return await self.window.fit(conversation, said, asked)
        return Failure(time.late(asked.model))

    async def _keep(
        self,
        dialogue: Dialogue,
        before: Sequence[Entry],
        new: Sequence[Message],
        summary: Summary | None,
        asked: ChatRequest,
    ) -> Result[tuple[ChatRequest, GrowingAnswer], LLMError]:
        """Keep what is `new` after the entries `before`, with the place of the answer: one change."""
        now, old = self.clock.now(), dialogue.conversation
        entries: list[Entry] = []
        parent = before[-1].id if before else "" if dialogue.entries else None
        for message in (*new, Message("assistant", ())):
            entries.append(Entry(id=self.random.new_id(), message=message, time=now, parent=parent))
            parent = entries[-1].id
        entries[-1] = attrs.evolve(entries[-1], status="partial", usage=UNKNOWN, cost=UNKNOWN_COST)
        goes_on = len(before) == len(dialogue.entries)
        changed = attrs.evolve(
            old,
            updated=now,
            title=old.title or (title_of(new[0].text) if new else ""),
            summary=summary or old.summary,
            leaf=None if old.leaf is None and goes_on else entries[-1].id,
        )
        kept = await settle(self.store.change(changed, entries))
        return kept.map(lambda _: (asked, GrowingAnswer(entries[-1])))


def _estimate(asked: ChatRequest, answer: Entry) -> Usage:
    """What a stopped answer has used, as far as we can tell: the provider says it at the end only."""
    return Usage(input=estimate_request(asked), output=estimate_message(answer.message), estimated=True)
