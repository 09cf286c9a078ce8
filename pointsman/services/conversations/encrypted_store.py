"""A conversation store that encrypts what is said: made of another store, and of a cipher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Opaque, Reasoning
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, Summary
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.core.words import missing_terms, terms_of
from pointsman.services.encrypted_text import TOKEN, is_encrypted_word
from pointsman.services.ports.cipher import Cipher, retry_on_rotation
from pointsman.services.ports.conversation_store import (
    BRIEF_ENCRYPTED,
    LONG,
    ConversationPage,
    ConversationQuery,
    ConversationStore,
    SearchBounds,
)

ORIGIN = "pointsman-sealed"
"""What a encrypted message says it comes from."""
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
class EncryptedConversations:
    """`store`, in which titles, instructions, summaries, messages and what went wrong stand encrypted by `cipher`.

    Who, when, how long, which model and what it cost stay readable. No index can look into what is encrypted: a search
    opens one conversation after the other, within `bounds`. `under` is the store that writes only while a mark counts.
    """

    store: ConversationStore
    cipher: Cipher
    codec: MessageCodec
    under: Callable[[bytes | None], ConversationStore] | None = None
    bounds: SearchBounds = BRIEF_ENCRYPTED

    @effect
    async def create(self, conversation: Conversation, entries: Sequence[Entry] = ()) -> Result[None, StorageError]:
        """As `ConversationStore.create`."""
        return await retry_on_rotation(self.cipher, lambda: self._create(conversation, entries))

    async def _create(self, conversation: Conversation, entries: Sequence[Entry]) -> Result[None, StorageError]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return ready
        encrypted = [self._encrypt_entry(entry) for entry in entries]
        return await settle(self._now.create(self._encrypt(conversation), encrypted))

    @effect
    async def get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        """As `ConversationStore.get`."""
        return await retry_on_rotation(self.cipher, lambda: self._get(id))

    async def _get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        read = await settle(self.store.get(id))
        if isinstance(read, Failure):
            return read
        ready = await self.cipher.prepare()
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
    async def find(self, query: ConversationQuery) -> Result[ConversationPage, StorageError]:
        """As `ConversationStore.find`."""
        return await retry_on_rotation(self.cipher, lambda: self._find(query))

    async def _find(self, query: ConversationQuery) -> Result[ConversationPage, StorageError]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        search = _Search(terms_of(query.search), self.bounds.messages)
        if query.search.strip() and not search.terms:
            return Success(ConversationPage())
        found: list[Conversation] = []
        page = attrs.evolve(query, search="", limit=max(query.limit, _PAGE))
        while len(found) < query.limit and not search.is_cut():
            read = await settle(self.store.find(page))
            if isinstance(read, Failure):
                return read
            several = read.unwrap().conversations
            for encrypted in several:
                fitting = await self._fitting(encrypted, search)
                if isinstance(fitting, Failure):
                    return Failure(fitting.failure())
                found += fitting.unwrap()
                if search.is_cut() or len(found) >= query.limit:
                    break
                search.upto = (encrypted.updated, encrypted.id)
            if len(several) < page.limit:
                break
            page = attrs.evolve(page, before=(several[-1].updated, several[-1].id))
        upto = search.upto or search.cut_at
        return Success(ConversationPage(tuple(found[: max(0, query.limit)]), upto if search.is_cut() else None))

    def folders(self, owner: str | None = None) -> FutureResult[tuple[str, ...], StorageError]:
        """As `ConversationStore.folders`: their names stand open."""
        return self.store.folders(owner)

    @effect
    async def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> Result[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        """As `ConversationStore.change`."""
        return await retry_on_rotation(self.cipher, lambda: self._change(conversation, entries))

    async def _change(
        self, conversation: Conversation, entries: Sequence[Entry]
    ) -> Result[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        encrypted = [self._encrypt_entry(entry) for entry in entries]
        done = await settle(self._now.change(self._encrypt(conversation), encrypted))
        return done.map(lambda kept: attrs.evolve(conversation, version=kept.version))

    @effect
    async def revise(self, id: str, entry: Entry) -> Result[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.revise`."""
        return await retry_on_rotation(self.cipher, lambda: self._revise(id, entry))

    async def _revise(self, id: str, entry: Entry) -> Result[None, StorageError | ConversationNotFound]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        return await settle(self._now.revise(id, self._encrypt_entry(entry)))

    def delete(self, id: str) -> FutureResult[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.delete`."""
        return self.store.delete(id)

    def forget(self, before: float, owner: str | None = None) -> FutureResult[int, StorageError]:
        """As `ConversationStore.forget`."""
        return self.store.forget(before, owner)

    @property
    def _now(self) -> ConversationStore:
        """Where to write what is encrypted in this turn of the event loop."""
        return self.under(self.cipher.key_id) if self.under else self.store

    async def _fitting(
        self, encrypted: Conversation, search: _Search
    ) -> Result[tuple[Conversation, ...], StorageError]:
        """The conversation, opened, if all words are in it."""
        opened = self._open(encrypted)
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        conversation = opened.unwrap()
        missing = missing_terms(conversation.title, search.terms)
        if missing and search.left <= 0:
            search.cut_at = (encrypted.updated, encrypted.id)
            return Success(())
        if missing:
            read = await settle(self.get(encrypted.id))
            if isinstance(read, Failure):
                error = read.failure()
                return Success(()) if isinstance(error, ConversationNotFound) else Failure(error)
            for entry in reversed(read.unwrap().entries):
                if not missing:
                    break
                if search.left <= 0:
                    search.cut_at = (encrypted.updated, encrypted.id)
                    return Success(())
                search.left -= 1 + len(entry.message.text) // LONG
                missing = missing_terms(entry.message.text, missing)
        return Success(() if missing else (conversation,))

    def _word(self, text: str) -> str:
        return self.cipher.encrypt(text.encode("utf-8", "replace")).decode() if text else ""

    def _clear(self, token: str) -> Result[str, StorageError]:
        """What was encrypted; what was kept before there was encryption stays as it is."""
        if not token.startswith(TOKEN):
            return Success(token)
        return self.cipher.decrypt(token.encode()).map(lambda data: data.decode("utf-8", "replace"))

    def _encrypt(self, conversation: Conversation) -> Conversation:
        summary = conversation.summary
        return attrs.evolve(
            conversation,
            title=self._word(conversation.title),
            system=self._word(conversation.system),
            summary=summary and Summary(text=self._word(summary.text), upto=summary.upto),
        )

    def _open(self, encrypted: Conversation) -> Result[Conversation, StorageError]:
        summary = encrypted.summary
        title, instructions = self._clear(encrypted.title), self._clear(encrypted.system)
        text = self._clear(summary.text if summary else "")
        for read in (title, instructions, text):
            if isinstance(read, Failure):
                return Failure(read.failure())
        opened = summary and Summary(text=text.unwrap(), upto=summary.upto)
        return Success(attrs.evolve(encrypted, title=title.unwrap(), system=instructions.unwrap(), summary=opened))

    def _encrypt_entry(self, entry: Entry) -> Entry:
        token = self.cipher.encrypt(self.codec.write(entry.message)).decode()
        return attrs.evolve(entry, message=_hide_content(entry.message, token), problem=self._word(entry.problem))

    def _open_entry(self, entry: Entry) -> Result[Entry, StorageError]:
        token, problem = _token(entry.message), self._clear(entry.problem)
        if isinstance(problem, Failure):
            return Failure(problem.failure())
        if token is None:
            return Success(entry)
        opened = self.cipher.decrypt(token.encode())
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        message = self.codec.read(opened.unwrap())
        if isinstance(message, Failure):
            return Failure(StorageError(detail=f"a encrypted message is garbled: {message.failure()}"))
        return Success(attrs.evolve(entry, message=message.unwrap(), problem=problem.unwrap()))


def reencrypt_word(text: str, cipher: Cipher) -> Result[str | None, StorageError]:
    """A title, an instruction or a summary as it is kept, encrypted with the newest key; None where it stood plain."""
    if not is_encrypted_word(text):
        return Success(None)
    return cipher.decrypt(text.encode()).map(lambda data: cipher.encrypt(data).decode())


def reencrypt_message(message: Message, cipher: Cipher) -> Result[Message | None, StorageError]:
    """A message as it is kept, encrypted with the newest key; None where it is not encrypted."""
    token = _token(message)
    if token is None:
        return Success(None)
    return cipher.decrypt(token.encode()).map(lambda data: _hide_content(message, cipher.encrypt(data).decode()))


def _hide_content(message: Message, token: str) -> Message:
    return Message(message.role, (Reasoning("", Opaque(ORIGIN, "message", token)),))


def _token(message: Message) -> str | None:
    """What a message is encrypted in; None where it is not."""
    part = message.parts[0] if message.parts else None
    if not isinstance(part, Reasoning) or part.state is None or part.state.origin != ORIGIN:
        return None
    return part.state.data


@attrs.define
class _Search:
    """What is looked for, and into how many messages more."""

    terms: tuple[str, ...]
    left: int
    upto: tuple[float, str] | None = None
    """The last conversation that was looked into whole."""
    cut_at: tuple[float, str] | None = None
    """The conversation that was not, since that were too many messages."""

    def is_cut(self) -> bool:
        """Whether there is one."""
        return self.cut_at is not None
