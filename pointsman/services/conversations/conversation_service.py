"""Conversations: kept from turn to turn, fitted to the window, whole also when an answer breaks off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.message import Message
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.conversations.conversation import (
    ChatParameters,
    Conversation,
    Dialogue,
    Entry,
    branch_end,
    title_of,
)
from pointsman.core.effect import effect, settle
from pointsman.core.error import ContextTooLarge, ConversationConflict, ConversationNotFound, LLMError, StorageError
from pointsman.core.notice import ConversationCreated
from pointsman.services.conversations.branches import entries_up_to, no_message, with_its_summary
from pointsman.services.conversations.owned_store import OwnedConversations
from pointsman.services.conversations.turns import Turns
from pointsman.services.conversations.window_keeper import WindowKeeper
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.conversation_store import ConversationPage, ConversationQuery, ConversationStore
from pointsman.services.tasks.background import Background

ChangeError: TypeAlias = StorageError | ConversationNotFound | ConversationConflict
"""What a change of what is kept can fail with: nobody is asked for it."""
_DEFAULTS = ChatParameters()
_PAGE = 200
_ALL = ConversationQuery()


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
    ) -> Result[Conversation, StorageError]:
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
    async def get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        """The conversation with all its entries."""
        return await settle(self.store.get(id))

    @effect
    async def find(self, query: ConversationQuery) -> Result[ConversationPage, StorageError]:
        """A page of conversations, the latest first."""
        return await settle(self.store.find(query))

    @effect
    async def folders(self) -> Result[tuple[str, ...], StorageError]:
        """The folders that conversations are in, by name."""
        return await settle(self.store.folders())

    @effect
    async def count(self, query: ConversationQuery = _ALL) -> Result[int, StorageError]:
        """How many conversations there are that `query` asks for, whatever its limit."""
        number, page = 0, attrs.evolve(query, limit=_PAGE)
        while True:
            read = await settle(self.store.find(page))
            if isinstance(read, Failure):
                return Failure(read.failure())
            conversations, upto = read.unwrap().conversations, read.unwrap().upto
            number += len(conversations)
            if len(conversations) < _PAGE and upto is None:
                return Success(number)
            page = attrs.evolve(page, before=upto or (conversations[-1].updated, conversations[-1].id))

    @effect
    async def add_message(self, id: str, message: Message) -> Result[Entry, ChangeError]:
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
    async def context(
        self, id: str, max_tokens: int
    ) -> Result[tuple[Message, ...], StorageError | ConversationNotFound | ContextTooLarge]:
        """The messages of the conversation `id` as a model would be told them, fitted to `max_tokens` (an estimate).

        The instructions, the summary where there is one, and the latest turns; `ContextTooLarge` where the latest turn
        alone does not fit. Nobody is asked.
        """
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        return self.window.context(
            with_its_summary(dialogue.conversation, dialogue.branch), dialogue.branch, max_tokens
        )

    def rename(self, id: str, title: str) -> FutureResult[Conversation, ChangeError]:
        """Give it another title."""
        return self.edit(id, lambda conversation: attrs.evolve(conversation, title=title))

    @effect
    async def edit(self, id: str, change: Callable[[Conversation], Conversation]) -> Result[Conversation, ChangeError]:
        """Change what is known of it beside its entries: title, folder, parameters, …"""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        return await settle(self.store.change(change(read.unwrap().conversation)))

    @effect
    async def switch_branch(self, id: str, entry: str) -> Result[Conversation, ChangeError]:
        """Go on with the branch of `entry`, at its end: that is what a model is told from now on."""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        end = branch_end(dialogue.entries, entry)
        if end is None:
            return Failure(no_message(id, entry))
        return await settle(self.store.change(attrs.evolve(dialogue.conversation, leaf=end)))

    @effect
    async def delete(self, id: str) -> Result[None, StorageError | ConversationNotFound]:
        """Delete it, for good."""
        return await settle(self.store.delete(id))

    @effect
    async def fork(self, id: str, at: str | None = None) -> Result[Conversation, StorageError | ConversationNotFound]:
        """A new conversation of the entries up to and with `at`, of its branch only (default: all, of all branches)."""
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        dialogue = read.unwrap()
        kept = dialogue.entries if at is None else entries_up_to(dialogue, at)
        if at is not None and not kept:
            return Failure(no_message(id, at))
        old, now = dialogue.conversation, self.clock.now()
        made = attrs.evolve(
            with_its_summary(old, kept),
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
    async def add(self, dialogue: Dialogue) -> Result[Conversation, StorageError]:
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
        return await self._turns.ask(id, request, after)

    def stream(
        self, id: str, request: ChatRequest, after: str | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """As `ask`, as it comes."""
        return self._turns.stream(id, request, after)

    @property
    def _turns(self) -> Turns:
        return Turns(self.store, self.client, self.window, self.clock, self.random, self.background, self.publish)
