"""Conversations: kept from turn to turn, fitted to the window, whole also when an answer breaks off."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial

import anyio
import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.message import Message
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, response_of
from pointsman.core.chat.token_estimate import estimate_message, estimate_request
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.conversations.conversation import (
    ChatParameters,
    Conversation,
    Dialogue,
    Entry,
    Summary,
    branch_end,
    branch_to,
    title_of,
)
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, InvalidRequest, LLMError, StorageError
from pointsman.core.money.cost import FREE, UNKNOWN_COST
from pointsman.core.notice import ConversationCreated
from pointsman.services.conversations.growing_answer import GrowingAnswer, fail_entry, finish_entry
from pointsman.services.conversations.owned_store import OwnedConversations
from pointsman.services.conversations.window_keeper import WindowKeeper
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.conversation_store import ConversationQuery, ConversationStore
from pointsman.services.ports.random import Random
from pointsman.services.tasks.background import Background

SAVE_EVERY = 0.25
"""Seconds after which a growing answer is kept again: so much of it can be lost when the process is killed."""

_DEFAULTS = ChatParameters()
_PAGE = 200
_ALL = ConversationQuery()
_PART = "the conversation"
_TRIES = 20
"""How often the end of a turn is written again when somebody else changed the conversation at that moment."""


@attrs.frozen
class Conversations:
    """Creates, continues, forks and finds conversations in `store`; answers come from `client`.

    A turn is kept before it is asked: the user's message, and a place for the answer. The answer is kept as it grows,
    marked `partial` until it is whole; if it breaks off, what had come stays, and the error's tag with it. An answer
    that cannot be kept is a failure, which has the answer in its `response`.
    """

    store: ConversationStore
    client: ChatClient
    window: WindowKeeper
    clock: Clock
    random: Random
    background: Background
    publish: Publish = publish_nowhere
    owner: str = ""

    def through(self, client: ChatClient, beside: int = 0) -> Conversations:
        """These conversations, answered by `client`, which adds up to `beside` tokens to what it is asked."""
        return attrs.evolve(self, client=client, window=attrs.evolve(self.window, beside=beside))

    def owned_by(self, owner: str) -> Conversations:
        """Those that `owner` has made; what is made through them is theirs."""
        return attrs.evolve(self, store=OwnedConversations(self.store, owner), owner=owner)

    @effect
    async def create(
        self,
        *,
        id: str = "",
        system: str = "",
        title: str = "",
        tags: tuple[str, ...] = (),
        parameters: ChatParameters = _DEFAULTS,
        folder: str = "",
    ) -> Result[Conversation, LLMError]:
        """A new, empty conversation; under an `id` of one's own, which must be new, or one that is made up."""
        now = self.clock.now()
        made = Conversation(
            id=id or self.random.new_id(),
            title=title,
            created=now,
            updated=now,
            tags=tags,
            system=system,
            parameters=parameters,
            folder=folder,
        )
        kept = await settle(self.store.create(made))
        if isinstance(kept, Failure):
            return Failure(kept.failure())
        self.publish(ConversationCreated(id=made.id, title=title, tenant=self.owner))
        return Success(made)

    @effect
    async def get(self, id: str) -> Result[Dialogue, LLMError]:
        """The conversation with all its entries."""
        return await settle(self.store.get(id))

    @effect
    async def find(self, query: ConversationQuery) -> Result[tuple[Conversation, ...], LLMError]:
        """A page of conversations, the latest first."""
        return await settle(self.store.find(query))

    @effect
    async def folders(self) -> Result[tuple[str, ...], LLMError]:
        """The folders that conversations are in, by name."""
        return await settle(self.store.folders())

    @effect
    async def count(self, query: ConversationQuery = _ALL) -> Result[int, LLMError]:
        """How many conversations there are that `query` asks for, whatever its limit."""
        number, page = 0, attrs.evolve(query, limit=_PAGE)
        while True:
            read = await settle(self.store.find(page))
            if isinstance(read, Failure):
                return Failure(read.failure())
            conversations = read.unwrap()
            number += len(conversations)
            if len(conversations) < _PAGE:
                return Success(number)
            page = attrs.evolve(page, before=(conversations[-1].updated, conversations[-1].id))

    @effect
    async def add_message(self, id: str, message: Message) -> Result[Entry, LLMError]:
        """Keep `message` at the end of the conversation `id`, without asking anybody."""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue, now = read.unwrap(), self.clock.now()
        branch = dialogue.branch
        entry = Entry(id=self.random.new_id(), message=message, time=now, parent=branch[-1].id if branch else None)
        old = dialogue.conversation
        leaf = None if old.leaf is None else entry.id
        changed = attrs.evolve(old, updated=now, title=old.title or title_of(message.text), leaf=leaf)
        return (await settle(self.store.change(changed, (entry,)))).map(lambda _: entry)

    @effect
    async def context(self, id: str, max_tokens: int) -> Result[tuple[Message, ...], LLMError]:
        """The messages of the conversation `id` as a model would be told them, fitted to `max_tokens` (an estimate).

        The instructions, the summary where there is one, and the latest turns; `ContextTooLarge` where the latest turn
        alone does not fit. Nobody is asked.
        """
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        return self.window.context(
            _with_its_summary(dialogue.conversation, dialogue.branch), dialogue.branch, max_tokens
        )

    def rename(self, id: str, title: str) -> FutureResult[Conversation, LLMError]:
        """Give it another title."""
        return self.edit(id, lambda conversation: attrs.evolve(conversation, title=title))

    @effect
    async def edit(self, id: str, change: Callable[[Conversation], Conversation]) -> Result[Conversation, LLMError]:
        """Change what is known of it beside its entries: title, folder, parameters, …"""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        return await settle(self.store.change(change(read.unwrap().conversation)))

    @effect
    async def switch_branch(self, id: str, entry: str) -> Result[Conversation, LLMError]:
        """Go on with the branch of `entry`, at its end: that is what a model is told from now on."""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        end = branch_end(dialogue.entries, entry)
        if end is None:
            return Failure(_no_message(id, entry))
        return await settle(self.store.change(attrs.evolve(dialogue.conversation, leaf=end)))

    @effect
    async def delete(self, id: str) -> Result[None, LLMError]:
        """Delete it, for good."""
        return await settle(self.store.delete(id))

    @effect
    async def fork(self, id: str, at: str | None = None) -> Result[Conversation, LLMError]:
        """A new conversation of the entries up to and with `at`, of its branch only (default: all, of all branches)."""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        kept = dialogue.entries if at is None else _up_to(dialogue, at)
        if at is not None and not kept:
            return Failure(_no_message(id, at))
        old, now = dialogue.conversation, self.clock.now()
        made = attrs.evolve(
            _with_its_summary(old, kept),
            id=self.random.new_id(),
            created=now,
            updated=now,
            version=0,
            forked_from=(id, kept[-1].id if kept else ""),
            leaf=old.leaf if at is None else None,
            pinned=False,
            archived=False,
        )
        return (await settle(self.store.create(made, kept))).map(lambda _: made)

    @effect
    async def add(self, dialogue: Dialogue) -> Result[Conversation, LLMError]:
        """Keep a conversation that was exported; under a new id if there is one with its id."""
        conversation = attrs.evolve(dialogue.conversation, version=0)
        is_there = isinstance(await settle(self.store.get(conversation.id)), Success)
        if not is_there and isinstance(await settle(self.store.create(conversation, dialogue.entries)), Success):
            return Success(conversation)
        renamed = attrs.evolve(conversation, id=self.random.new_id())  # another's may have its id, which is not seen
        return (await settle(self.store.create(renamed, dialogue.entries))).map(lambda _: renamed)

    @effect
    async def ask(self, id: str, request: ChatRequest, after: str | None = None) -> Result[ChatResponse, LLMError]:
        """The answer to `request`, whose messages are what is new, with the conversation before it.

        `after` is the entry that it follows, where that is not the last one: another branch begins there, and is gone
        on with; the empty text begins the conversation anew. Without messages what stands at `after` is asked again.
        Where the answer cannot be kept, it stands in the `response` of the error.
        """
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
        before = dialogue.branch if after is None else _up_to(dialogue, after)
        if after and not before:
            return Failure(_no_message(id, after))
        said = before if new else _drop_unanswered(before)
        if not new and (not after or len(said) == len(before)):
            problem = "messages: at least one message that is not a system message is needed"
            return Failure(InvalidRequest(detail=problem, problems=(problem,), local=True, request=request))
        again = (entry.message for entry in before[len(said) :])
        asked = attrs.evolve(
            request,
            messages=(*request.messages, *again),
            options=attrs.evolve(request.options, conversation=id),
        )
        fitted = await self.window.fit(_with_its_summary(dialogue.conversation, said), said, asked)
        if isinstance(fitted, Failure):
            return Failure(fitted.failure())
        asked, summary = fitted.unwrap()
        return await self._keep(dialogue, before, new, summary, asked)

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


def _no_message(id: str, entry: str) -> ConversationNotFound:
    return ConversationNotFound(detail=f"the conversation {id!r} has no message {entry!r}")


def _up_to(dialogue: Dialogue, at: str) -> tuple[Entry, ...]:
    """The entries up to and with `at`; none where there is no such entry.

    Without branches they are those before it, whatever their parents: two who asked at once stand in one line.
    """
    if dialogue.conversation.leaf is not None:
        return branch_to(dialogue.entries, at)
    places = [place for place, entry in enumerate(dialogue.entries) if entry.id == at]
    return dialogue.entries[: places[0] + 1] if places else ()


def _drop_unanswered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """`entries` without what comes after the last answer."""
    answers = [place for place, entry in enumerate(entries) if entry.message.role == "assistant"]
    return tuple(entries[: answers[-1] + 1]) if answers else ()


def _with_its_summary(conversation: Conversation, entries: Sequence[Entry]) -> Conversation:
    """`conversation`, without its summary where that is of another branch than `entries`."""
    summary = conversation.summary
    if summary is None or any(entry.id == summary.upto for entry in entries):
        return conversation
    return attrs.evolve(conversation, summary=None)
