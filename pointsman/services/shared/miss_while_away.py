"""A cache that is empty while the server it stands in is away: no call fails for it, and none waits."""

from __future__ import annotations

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.services.ports.cache_store import CacheEntry, CacheStats, CacheStore
from pointsman.services.shared.availability import Availability


@attrs.frozen
class MissWhileAway:
    """A `CacheStore` over `inner`. Who clears it or wants to know how full it is, is told that nobody answers."""

    inner: CacheStore
    availability: Availability

    async def find(self, key: str, now: float) -> Result[CacheEntry | None, StorageError]:
        """As `CacheStore.find`."""
        if not self.availability.is_to_be_asked():
            return Success(None)
        found = await settle(self.inner.find(key, now))
        if isinstance(found, Failure):
            self.availability.note_silence(found.failure())
            return Success(None)
        self.availability.note_answer()
        return found

    async def keep(self, key: str, entry: CacheEntry, now: float) -> Result[None, StorageError]:
        """As `CacheStore.keep`. An answer that cannot be kept is no sign that the server is away."""
        return await settle(self.inner.keep(key, entry, now)) if self.availability.is_to_be_asked() else Success(None)

    def drop(self, key: str) -> FutureResult[None, StorageError]:
        """As `CacheStore.drop`."""
        return self.inner.drop(key)

    def clear(self) -> FutureResult[int, StorageError]:
        """As `CacheStore.clear`."""
        return self.inner.clear()

    def stats(self) -> FutureResult[CacheStats, StorageError]:
        """As `CacheStore.stats`."""
        return self.inner.stats()
