"""Shared limits in memory, on a clock of the test, which can be away."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.routing.rate import MINUTE, Use, Window
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.shared_limits import LEASE_SECONDS, ROOM_SECONDS, Claim, PastUse

_NO_LIMIT = float("inf")
_AWAY = StorageError(detail="the shared limits are away, as the test wants it")


@attrs.define(eq=False)
class _Counts:
    requests: Window = attrs.field(factory=lambda: Window(_NO_LIMIT))
    tokens: Window = attrs.field(factory=lambda: Window(_NO_LIMIT))
    known: dict[str, Use] = attrs.field(factory=dict)
    busy: dict[str, float] = attrs.field(factory=dict)

    def wait(self, claim: Claim, now: float) -> float:
        limit = claim.limit
        self.requests.most = limit.requests_per_minute or _NO_LIMIT
        self.tokens.most = limit.tokens_per_minute or _NO_LIMIT
        wait = max(self.requests.wait(1, now), self.tokens.wait(claim.tokens, now))
        self.busy = {id: until for id, until in self.busy.items() if until > now}
        is_full = limit.concurrent is not None and len(self.busy) >= limit.concurrent
        return wait or (ROOM_SECONDS if is_full else 0.0)


@attrs.define(eq=False)
class FakeSharedLimits:
    """`SharedLimits` of all that are given the same one. Set `is_away`, and nobody is answered; with `is_deaf` what is
    asked is done, and the answer is lost.
    """

    clock: Clock
    is_away: bool = False
    is_deaf: bool = False
    _counts: dict[str, _Counts] = attrs.field(factory=dict, repr=False)
    _alive: dict[str, float] = attrs.field(factory=dict, repr=False)

    @effect
    async def take(self, claim: Claim) -> Result[float, StorageError]:
        """As `SharedLimits.take`."""
        if self.is_away:
            return Failure(_AWAY)
        counts, now = self._of(claim.name), self.clock.monotonic()
        wait = 0.0 if claim.id in counts.known else counts.wait(claim, now)
        if not wait and claim.id not in counts.known:
            counts.requests.use(1, now)
            counts.known[claim.id] = counts.tokens.use(claim.tokens, now)
            counts.busy[claim.id] = now + LEASE_SECONDS
        return Failure(_AWAY) if self.is_deaf else Success(wait)

    @effect
    async def leave(self, claim: Claim, tokens: int | None) -> Result[None, StorageError]:
        """As `SharedLimits.leave`."""
        if self.is_away:
            return Failure(_AWAY)
        counts = self._of(claim.name)
        counts.busy.pop(claim.id, None)
        if tokens is not None and claim.id in counts.known:
            counts.tokens.correct(counts.known[claim.id], tokens, self.clock.monotonic())
        return Success(None)

    @effect
    async def report(self, uses: Sequence[PastUse]) -> Result[None, StorageError]:
        """As `SharedLimits.report`."""
        if self.is_away:
            return Failure(_AWAY)
        now = self.clock.monotonic()
        for use in sorted(uses, key=lambda one: -one.age):
            counts = self._of(use.claim.name)
            if use.claim.id not in counts.known and use.age < MINUTE:
                counts.requests.use(1, now - use.age)
                counts.known[use.claim.id] = counts.tokens.use(use.tokens, now - use.age)
        return Success(None)

    @effect
    async def renew(self, process: str, claims: Sequence[Claim]) -> Result[int, StorageError]:
        """As `SharedLimits.renew`."""
        if self.is_away:
            return Failure(_AWAY)
        until = self.clock.monotonic() + LEASE_SECONDS
        for claim in claims:
            self._of(claim.name).busy[claim.id] = until
        self._alive = {id: end for id, end in self._alive.items() if end > until - LEASE_SECONDS} | {process: until}
        return Success(len(self._alive))

    def forget_all(self) -> None:
        """As a server that is restarted."""
        self._counts.clear()
        self._alive.clear()

    def _of(self, name: str) -> _Counts:
        return self._counts.setdefault(name, _Counts())
