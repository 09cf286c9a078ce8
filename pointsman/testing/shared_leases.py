"""Leases in memory, on a clock of the test, which can be away."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.shared_leases import LEASE_SECONDS, SharedLease

_AWAY = StorageError(detail="the leases are away, as the test wants it")


@attrs.define(eq=False)
class FakeSharedLeases:
    """`SharedLeases` of all that are given the same one. Set `is_away`, and nobody is answered."""

    clock: Clock
    is_away: bool = False
    _until: dict[SharedLease, float] = attrs.field(factory=dict, repr=False)

    @effect
    async def acquire(self, lease: SharedLease, most: int) -> Result[bool, StorageError]:
        """As `SharedLeases.acquire`."""
        if self.is_away:
            return Failure(_AWAY)
        self._lapse()
        held = [other for other in self._until if other.name == lease.name and other != lease]
        if len(held) >= most and lease not in self._until:
            return Success(False)
        self._until[lease] = self.clock.monotonic() + LEASE_SECONDS
        return Success(True)

    @effect
    async def renew(self, leases: Sequence[SharedLease]) -> Result[None, StorageError]:
        """As `SharedLeases.renew`."""
        if self.is_away:
            return Failure(_AWAY)
        self._lapse()
        self._until |= {lease: self.clock.monotonic() + LEASE_SECONDS for lease in leases if lease in self._until}
        return Success(None)

    @effect
    async def release(self, lease: SharedLease) -> Result[None, StorageError]:
        """As `SharedLeases.release`."""
        if self.is_away:
            return Failure(_AWAY)
        self._until.pop(lease, None)
        return Success(None)

    def _lapse(self) -> None:
        now = self.clock.monotonic()
        self._until = {lease: until for lease, until in self._until.items() if until > now}
