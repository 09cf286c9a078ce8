"""Port: rate limits that several processes keep together. It knows no clock but that of who keeps them.

Each operation may be repeated, by who cannot know whether it was done, and changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.routing.rate import Limit


@attrs.frozen(kw_only=True)
class Claim:
    """What a call wants of the limit `name`: one request, so many tokens, and to be one of the calls at once."""

    id: str
    """Of the call at this limit; a claim of the same id is the same claim."""
    name: str
    limit: Limit = attrs.field(repr=False)
    tokens: int = 0


@attrs.frozen(kw_only=True)
class PastUse:
    """A call that was made while nobody could be asked, `age` seconds ago, and what it used."""

    claim: Claim
    age: float
    tokens: float = 0.0


ROOM_SECONDS = 0.1
"""What a claim waits for that lacks nothing but a call that ends: nobody knows when."""


class SharedLimits(Protocol):
    """Counts what all processes use, exactly: in no window of a minute more than the limit, however it is placed."""

    def take(self, claim: Claim) -> FutureResult[float, StorageError]:
        """0 where it is granted, else in how many seconds it may be. What is refused leaves no trace.

        More tokens than there ever are wait for an empty minute. Who was granted a call at once must `leave`, or
        `renew`: it is forgotten after `LEASE_SECONDS`.
        """
        ...

    def leave(self, claim: Claim, tokens: int | None) -> FutureResult[None, StorageError]:
        """The call has ended, and has really used `tokens`, where that is known."""
        ...

    def report(self, uses: Sequence[PastUse]) -> FutureResult[None, StorageError]:
        """Count what was used before, but for the claims that are known: who heard no answer may have been granted."""
        ...

    def renew(self, process: str, claims: Sequence[Claim]) -> FutureResult[int, StorageError]:
        """`process` lives, and `claims` are its calls under way; gives how many processes live."""
        ...


LEASE_SECONDS = 20.0
"""So long a process is taken for alive, and its calls for under way, that says no more."""
RENEWAL_SECONDS = 2.0
"""How often a process says that it lives."""
