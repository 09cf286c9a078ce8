"""Port: where answers are kept for a while."""

from __future__ import annotations

from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import Pending
from pointsman.core.error import StorageError


@attrs.frozen(kw_only=True)
class CacheBounds:
    """The most entries, and the most bytes of all of them together; the least recently used go first."""

    entries: int = 10_000
    size: int = 256 * 2**20


@attrs.frozen
class CacheEntry:
    """An answer, when it was made and until when it may be used (Unix seconds)."""

    response: ChatResponse
    stored: float
    expires: float


@attrs.frozen(kw_only=True)
class CacheStats:
    """How full a cache is (`size` in bytes), and how many were found, missed and evicted.

    Counted since the process began in memory, since it was cleared on disk.
    """

    entries: int = 0
    size: int = 0
    hits: int = 0
    misses: int = 0
    evicted: int = 0


class CacheStore(Protocol):
    """Keeps answers by key, within bounds. Times are Unix seconds."""

    def find(self, key: str, now: float) -> Pending[CacheEntry | None, StorageError]:
        """The entry of `key`, unless it has expired; counts as a use."""
        ...

    def keep(self, key: str, entry: CacheEntry, now: float) -> Pending[None, StorageError]:
        """Keep `entry` under `key`, in place of an older one; what is larger than the cache is not kept."""
        ...

    def drop(self, key: str) -> FutureResult[None, StorageError]:
        """Forget `key`."""
        ...

    def clear(self) -> FutureResult[int, StorageError]:
        """Forget everything, and say how many entries there were."""
        ...

    def stats(self) -> FutureResult[CacheStats, StorageError]:
        """How full it is and how it has done."""
        ...
