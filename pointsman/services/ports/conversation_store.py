"""Port: where conversations are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError


@attrs.frozen(kw_only=True)
class ConversationQuery:
    """Which conversations: those whose title or messages have all terms of `search`, and all of `tags`; newest first.

    What a term is says `pointsman.core.words`; how much is looked at, `SearchBounds`. `before` is the `updated` time
    and the id of the last one of the page before. With `owner` only theirs.
    """

    search: str = ""
    tags: tuple[str, ...] = ()
    limit: int = 50
    before: tuple[float, str] | None = None
    owner: str | None = None
    pinned: bool | None = None
    """Only those that are pinned, or only those that are not."""
    archived: bool | None = None
    folder: str | None = None


@attrs.frozen
class ConversationPage:
    """Some conversations, newest first.

    Where a search came to its bounds before there were as many as were asked for, it is not `complete`: it goes on
    with `upto` as `before`.
    """

    conversations: tuple[Conversation, ...] = ()
    upto: tuple[float, str] | None = None
    """The `updated` time and the id of the last conversation that was looked into, where older ones may fit, too."""

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self.conversations)

    def __len__(self) -> int:
        return len(self.conversations)

    @property
    def complete(self) -> bool:
        """Whether all was looked at that may stand on this page."""
        return self.upto is None


@attrs.frozen(kw_only=True)
class SearchBounds:
    """How much a search looks at, so that it stays brief however much is kept: the newest conversations first.

    All are found whose terms include one that at most `hits` messages hold; of terms that more hold, those that are
    found in `messages`, the last of each conversation first. A long message counts as several. A page on which
    something may be missing for that says so.
    """

    hits: int = 2_000
    messages: int = 10_000


BRIEF = SearchBounds()
"""About 100 ms of work at most, where 100,000 messages are kept."""
BRIEF_ENCRYPTED = SearchBounds(messages=1_000)
"""The same where each message is decrypted to be looked into: no index knows its words."""
LONG = 1_000
"""Characters of a message that count as one message more in a search."""


def not_found(id: str) -> ConversationNotFound:
    """There is no conversation `id`."""
    return ConversationNotFound(detail=f"there is no conversation {id!r}")


def there_already(what: str, id: str) -> StorageError:
    """There is a `what` (a conversation, a message of it) with this `id`."""
    return StorageError(detail=f"the {what} {id!r} is there already", remedy="Delete it first, or give another id.")


class ConversationStore(Protocol):
    """Keeps conversations. Every change is there whole or not at all, also after the process was killed."""

    def create(self, conversation: Conversation, entries: Sequence[Entry] = ()) -> FutureResult[None, StorageError]:
        """Keep a new conversation; its id must be new, and those of its entries differ."""
        ...

    def get(self, id: str) -> FutureResult[Dialogue, StorageError | ConversationNotFound]:
        """The conversation and all its entries."""
        ...

    def find(self, query: ConversationQuery) -> FutureResult[ConversationPage, StorageError]:
        """A page of conversations; says whether a search looked at all there is."""
        ...

    def folders(self, owner: str | None = None) -> FutureResult[tuple[str, ...], StorageError]:
        """The folders that conversations which are not archived are in, by name; with `owner` only of theirs."""
        ...

    def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> FutureResult[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        """Keep what `conversation` now says, and `entries` at its end; gives it with the next version.

        If somebody else has changed it since its `version`, or it has an entry with the id of one of `entries`, nothing
        is kept.
        """
        ...

    def revise(self, id: str, entry: Entry) -> FutureResult[None, StorageError | ConversationNotFound]:
        """Keep `entry` in place of the one with its id, as an answer grows. The version stays."""
        ...

    def delete(self, id: str) -> FutureResult[None, StorageError | ConversationNotFound]:
        """Delete the conversation and all its entries, for good."""
        ...

    def forget(self, before: float, owner: str | None = None) -> FutureResult[int, StorageError]:
        """Delete all that were last changed before `before` (Unix seconds), with `owner` only theirs; says how many."""
        ...
