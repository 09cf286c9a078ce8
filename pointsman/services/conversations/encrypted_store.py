"""A conversation store that seals what is said: made of another store, and of a vault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Opaque, Reasoning
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, Summary, words_of
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.services.ports.cipher import Vault, kept_up
from pointsman.services.ports.conversation_store import ConversationQuery, ConversationStore

ORIGIN = "pointsman-sealed"
"""What a sealed message says it comes from."""
_PAGE = 100


class MessageCodec(Protocol):
    """Port: messages as bytes."""

    def write(self, message: Message) -> bytes:
        """The bytes of `message`."""
        ...

    def read(self, data: bytes) -> Result[Message, str]:
        """The message in `data`."""
        ...


@attrs.frozen
class SealedConversations:
    """`store`, in which titles, instructions, summaries and messages stand sealed by `vault`.

    Who, when, how long, which model and what it cost is not sealed. No index can look into what is sealed: a search
    opens one conversation after the other. `under` is the store that writes only while a mark counts.
    """

    store: ConversationStore
    vault: Vault
    codec: MessageCodec
    under: Callable[[bytes | None], ConversationStore] | None = None

    @effect
    async def create(self, conversation: Conversation, entries: Sequence[Entry] = ()) -> Result[None, StorageError]:
        """As `ConversationStore.create`."""
        return await kept_up(self.vault, lambda: self._create(conversation, entries))

    async def _create(self, conversation: Conversation, entries: Sequence[Entry]) -> Result[None, StorageError]:
        ready = await self.vault.prepare()
        if isinstance(ready, Failure):
            return ready
        sealed = [self._seal_entry(entry) for entry in entries]
        return await settle(self._now.create(self._seal(conversation), sealed))

    @effect
    async def get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        """As `ConversationStore.get`."""
        return await kept_up(self.vault, lambda: self._get(id))

    async def _get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return read
        ready = await self.vault.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        dialogue = read.unwrap()
        conversation = self._open(dialogue.conversation)
        if isinstance(conversation, Failure):
            return Failure(conversation.failure())
        entries: list[Entry] = []
        for entry in dialogue.entries:
            opened = self._open_entry(entry)
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            entries.append(opened.unwrap())
        return Success(Dialogue(conversation=conversation.unwrap(), entries=tuple(entries)))

    @effect
    async def find(self, query: ConversationQuery) -> Result[tuple[Conversation, ...], StorageError]:
        """As `ConversationStore.find`."""
        return await kept_up(self.vault, lambda: self._find(query))

    async def _find(self, query: ConversationQuery) -> Result[tuple[Conversation, ...], StorageError]:
        ready = await self.vault.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        wanted = words_of(query.search)
        if query.search.strip() and not wanted:
            return Success(())
        found: list[Conversation] = []
        page = attrs.evolve(query, search="", limit=max(query.limit, _PAGE))
        while len(found) < query.limit:
            read = await settle(self.store.find(page))
            if isinstance(read, Failure):
                return read
            for sealed in read.unwrap():
                fitting = await self._fitting(sealed, wanted)
                if isinstance(fitting, Failure):
                    return Failure(fitting.failure())
                found += fitting.unwrap()
            if len(read.unwrap()) < page.limit:
                break
            last = read.unwrap()[-1]
            page = attrs.evolve(page, before=(last.updated, last.id))
        return Success(tuple(found[: query.limit]))

    @effect
    async def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> Result[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        """As `ConversationStore.change`."""
        return await kept_up(self.vault, lambda: self._change(conversation, entries))

    async def _change(
        self, conversation: Conversation, entries: Sequence[Entry]
    ) -> Result[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        ready = await self.vault.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        sealed = [self._seal_entry(entry) for entry in entries]
        done = await settle(self._now.change(self._seal(conversation), sealed))
        return done.map(lambda kept: attrs.evolve(conversation, version=kept.version))

    @effect
    async def revise(self, id: str, entry: Entry) -> Result[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.revise`."""
        return await kept_up(self.vault, lambda: self._revise(id, entry))

    async def _revise(self, id: str, entry: Entry) -> Result[None, StorageError | ConversationNotFound]:
        ready = await self.vault.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        return await settle(self._now.revise(id, self._seal_entry(entry)))

    def delete(self, id: str) -> FutureResult[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.delete`."""
        return self.store.delete(id)

    @property
    def _now(self) -> ConversationStore:
        """Where to write what is sealed in this turn of the event loop."""
        return self.under(self.vault.mark) if self.under else self.store

    async def _fitting(
        self, sealed: Conversation, wanted: tuple[str, ...]
    ) -> Result[tuple[Conversation, ...], StorageError]:
        """The conversation, opened, if all words are in it."""
        opened = self._open(sealed)
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        conversation = opened.unwrap()
        missing = [word for word in wanted if not _has(conversation.title, word)]
        if missing:
            read = await settle(self.get(sealed.id))
            if isinstance(read, Failure):
                error = read.failure()
                return Success(()) if isinstance(error, ConversationNotFound) else Failure(error)
            texts = [entry.message.text for entry in read.unwrap().entries]
            if not all(any(_has(text, word) for text in texts) for word in missing):
                return Success(())
        return Success((conversation,))

    def _word(self, text: str) -> str:
        return self.vault.seal(text.encode("utf-8", "replace")).decode() if text else ""

    def _clear(self, token: str) -> Result[str, StorageError]:
        """What was sealed; what was kept before there was sealing stays as it is."""
        if not token.startswith(_TOKEN):
            return Success(token)
        return self.vault.open(token.encode()).map(lambda data: data.decode("utf-8", "replace"))

    def _seal(self, conversation: Conversation) -> Conversation:
        summary = conversation.summary
        return attrs.evolve(
            conversation,
            title=self._word(conversation.title),
            system=self._word(conversation.system),
            summary=summary and Summary(text=self._word(summary.text), upto=summary.upto),
        )

    def _open(self, sealed: Conversation) -> Result[Conversation, StorageError]:
        summary = sealed.summary
        title, instructions = self._clear(sealed.title), self._clear(sealed.system)
        text = self._clear(summary.text if summary else "")
        for read in (title, instructions, text):
            if isinstance(read, Failure):
                return Failure(read.failure())
        opened = summary and Summary(text=text.unwrap(), upto=summary.upto)
        return Success(attrs.evolve(sealed, title=title.unwrap(), system=instructions.unwrap(), summary=opened))

    def _seal_entry(self, entry: Entry) -> Entry:
        token = self.vault.seal(self.codec.write(entry.message)).decode()
        return attrs.evolve(entry, message=_hidden(entry.message, token))

    def _open_entry(self, entry: Entry) -> Result[Entry, StorageError]:
        token = _token(entry.message)
        if token is None:
            return Success(entry)
        opened = self.vault.open(token.encode())
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        message = self.codec.read(opened.unwrap())
        if isinstance(message, Failure):
            return Failure(StorageError(detail=f"a sealed message is garbled: {message.failure()}"))
        return Success(attrs.evolve(entry, message=message.unwrap()))


_TOKEN = "gAAAAA"
"""How every Fernet token begins: its version, and the first bytes of a time before the year 2106."""


_SHORTEST_TOKEN = 100


def resealed_word(text: str, vault: Vault) -> Result[str | None, StorageError]:
    """A title, an instruction or a summary as it is kept, sealed with the newest key; None where it is not sealed."""
    if not text.startswith(_TOKEN) or len(text) < _SHORTEST_TOKEN:
        return Success(None)
    return vault.open(text.encode()).map(lambda data: vault.seal(data).decode())


def resealed_message(message: Message, vault: Vault) -> Result[Message | None, StorageError]:
    """A message as it is kept, sealed with the newest key; None where it is not sealed."""
    token = _token(message)
    if token is None:
        return Success(None)
    return vault.open(token.encode()).map(lambda data: _hidden(message, vault.seal(data).decode()))


def _hidden(message: Message, token: str) -> Message:
    return Message(message.role, (Reasoning("", Opaque(ORIGIN, "message", token)),))


def _token(message: Message) -> str | None:
    """What a message is sealed in; None where it is not."""
    part = message.parts[0] if message.parts else None
    if not isinstance(part, Reasoning) or part.state is None or part.state.origin != ORIGIN:
        return None
    return part.state.data


def _has(text: str, word: str) -> bool:
    return any(one.startswith(word) for one in words_of(text))
