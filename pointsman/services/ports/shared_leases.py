"""Port: leases that several processes take of one another: who has one does what only so many may do at a time.

Each operation may be repeated, by who cannot know whether it was done, and changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError


@attrs.frozen
class SharedLease:
    """That `holder` does what `name` stands for."""

    name: str
    holder: str
    """Of this one doing: two of one process are two holders."""


class SharedLeases(Protocol):
    """Gives leases, and takes them back from who does not renew them in time: it is dead, or nobody can ask it."""

    def acquire(self, lease: SharedLease, most: int) -> FutureResult[bool, StorageError]:
        """Whether it is given: no more than `most` have one of that name at once. Who has it already has it anew."""
        ...

    def renew(self, leases: Sequence[SharedLease]) -> FutureResult[None, StorageError]:
        """Hold on to those that are still held; what has lapsed stays so."""
        ...

    def release(self, lease: SharedLease) -> FutureResult[None, StorageError]:
        """Give it back, if it is held."""
        ...


LEASE_SECONDS = 6.0
"""So long a lease is held that is not renewed."""
RENEWAL_SECONDS = 2.0
"""How often those that are held are renewed."""
