"""Port: a new key for everything that is encrypted."""

from __future__ import annotations

from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError


@attrs.frozen(kw_only=True)
class Reencrypted:
    """How much was encrypted again: providers, conversations (by their titles and instructions), messages, memories,
    texts of collections, recordings.
    """

    providers: int = 0
    conversations: int = 0
    messages: int = 0
    memories: int = 0
    texts: int = 0
    recordings: int = 0


class KeyRotation(Protocol):
    """Changes the key while other processes read and write."""

    def rotate(self, *, drop: bool) -> FutureResult[Reencrypted, StorageError]:
        """Encrypt everything again with a new key, and then, with `drop`, forget the old ones.

        Where it ends before its time everything can be read as before; done again it finishes the work. One that
        cannot be decrypted is a failure that names it, and no key is forgotten.
        """
        ...
