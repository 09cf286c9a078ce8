"""Rate limits kept together with other processes; and by this one alone, by its share, while nobody can be asked.

The rule of the share: a process that can ask nobody goes on with its part of the limit, which is the limit divided by
the processes that were alive when they were counted last, what it has used itself in the last minute counted. When it
can ask again, it reports what it has used meanwhile.
"""

from __future__ import annotations

from collections import deque

import anyio
import attrs
from returns.result import Failure, Result

from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.routing.rate import MINUTE, Limit, Use, Window
from pointsman.services.event_bus import EventBus
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.shared_limits import (
    RENEWAL_SECONDS,
    ROOM_SECONDS,
    Claim,
    PastUse,
    SharedLimits,
)
from pointsman.services.shared.availability import Availability

RETURN_SECONDS = 2 * RENEWAL_SECONDS
"""After a return the share holds as well for so long: by then every process has reported."""
_NO_LIMIT = float("inf")
_MOST_NAMES = 1000
_MOST_ENDED = 10_000
"""Ends of calls that wait to be told. Of those that are dropped the leases lapse."""


@attrs.define(eq=False)
class _Share:
    """What this process has used of one limit in the last minute."""

    requests: Window = attrs.field(factory=lambda: Window(_NO_LIMIT))
    tokens: Window = attrs.field(factory=lambda: Window(_NO_LIMIT))
    held: dict[str, Claim] = attrs.field(factory=dict)
    """The calls under way, by id."""
    recent: deque[tuple[Claim, Use]] = attrs.field(factory=deque)
    """The calls of the last minute, and the tokens they have used."""

    def wait(self, claim: Claim, processes: int, now: float) -> float:
        """By this process's part of the limit."""
        limit = claim.limit
        if limit.concurrent is not None and len(self.held) >= max(1, limit.concurrent // processes):
            return ROOM_SECONDS
        self.requests.most = _part(limit.requests_per_minute, processes)
        self.tokens.most = _part(limit.tokens_per_minute, processes)
        return max(self.requests.wait(1, now), self.tokens.wait(claim.tokens, now))

    def use(self, claim: Claim, now: float) -> Use:
        self.held[claim.id] = claim
        self.requests.use(1, now)
        used = self.tokens.use(claim.tokens, now)
        self.recent.append((claim, used))
        self.forget(now)
        return used

    def forget(self, now: float) -> None:
        while self.recent and self.recent[0][1].time + MINUTE <= now:
            self.recent.popleft()


@attrs.frozen(eq=False)
class SharedSlot:
    """A claim that was granted."""

    claim: Claim
    tokens: Use


@attrs.define(eq=False)
class SharedLimiter:
    """Asks `limits` for every call, and goes on by its share while they do not answer.

    `run` it beside the calls: it says that this process lives, tells which calls have ended, and reports what was used
    while nobody could be asked.
    """

    limits: SharedLimits
    availability: Availability
    random: Random
    process: str
    _is_report_due: bool = False
    _losses: int = 0
    """Up to which loss of the server it was told what was used."""
    _shares: dict[str, _Share] = attrs.field(factory=dict, repr=False)
    _ended: list[tuple[Claim, int | None]] = attrs.field(factory=list, repr=False)
    _is_reporting: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    @property
    def clock(self) -> Clock:
        """By which it waits and counts."""
        return self.availability.clock

    @property
    def processes(self) -> int:
        """How many lived when they were counted last, this one included."""
        return self.availability.processes

    @property
    def is_away(self) -> bool:
        """Whether nobody answers."""
        return self.availability.is_away

    async def take(self, name: str, limit: Limit, tokens: int) -> SharedSlot | float:
        """A place for a call, or in how many seconds there may be one."""
        claim = Claim(id=f"{self.process}-{self.random.new_id()}", name=name, limit=limit, tokens=tokens)
        if self.availability.is_to_be_asked() and await self._report():
            if self._is_cautious() and (wait := self._wait_for_share(claim)):
                return wait
            taken = await self._ask(claim)
            if not isinstance(taken, Failure):
                self.availability.note_answer()
                return taken.unwrap() or self._grant(claim)
            self.availability.note_silence(taken.failure())
        return self._wait_for_share(claim) or self._grant(claim, is_known=False)

    def leave(self, slot: SharedSlot, tokens: int | None) -> None:
        """The call has ended; the others are told soon."""
        share = self._share(slot.claim.name)
        share.held.pop(slot.claim.id, None)
        if tokens is not None:
            share.tokens.correct(slot.tokens, tokens, self.clock.monotonic())
        limit = slot.claim.limit
        if limit.concurrent is None and (limit.tokens_per_minute is None or tokens is None):
            return
        if len(self._ended) < _MOST_ENDED:
            self._ended.append((slot.claim, tokens))
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._renew()
            async with self.clock.passive.limit(RENEWAL_SECONDS):
                while True:
                    await self._changed.wait()
                    await self._tell_ends()

    async def _ask(self, claim: Claim) -> Result[float, StorageError]:
        try:
            return await settle(self.limits.take(claim))
        except BaseException:  # who is cancelled may have been granted
            self._ended.append((claim, None))
            raise

    def announce_to(self, bus: EventBus) -> None:
        """Tell by `bus` when nobody answers, and when somebody does again."""
        self.availability.announce_to(bus)

    def _is_cautious(self) -> bool:
        return self.is_away or self.clock.monotonic() < self.availability.returned + RETURN_SECONDS

    def _wait_for_share(self, claim: Claim) -> float:
        return self._share(claim.name).wait(claim, self.processes, self.clock.monotonic())

    def _grant(self, claim: Claim, *, is_known: bool = True) -> SharedSlot:
        share = self._share(claim.name)
        used = share.use(claim, self.clock.monotonic())
        if not is_known:
            self._is_report_due = True
        return SharedSlot(claim, used)

    async def _renew(self) -> None:
        held = [claim for share in self._shares.values() for claim in share.held.values()]
        seen = await settle(self.limits.renew(self.process, held))
        if isinstance(seen, Failure):
            self.availability.note_silence(seen.failure())
            return
        self.availability.processes = max(1, seen.unwrap())
        if await self._report():
            self.availability.note_answer()

    async def _tell_ends(self) -> None:
        self._changed = anyio.Event()
        ended, self._ended = self._ended, []
        for claim, tokens in ended:
            told = await settle(self.limits.leave(claim, tokens))
            if isinstance(told, Failure):
                self.availability.note_silence(told.failure())
                return  # their leases lapse

    async def _report(self) -> bool:
        """Tell what was used while nobody could be asked; whether all of it is known now."""
        if not self._has_to_report() and not self._is_reporting.locked():
            return True
        async with self._is_reporting:  # who comes meanwhile waits: they would be granted what is about to be told
            return not self._has_to_report() or await self._tell_recent()

    def _has_to_report(self) -> bool:
        return self._is_report_due or self._losses != self.availability.losses

    async def _tell_recent(self) -> bool:
        """All of the last minute: what is known is not counted again, and a server that was restarted knows nothing."""
        self._is_report_due, self._losses, now = False, self.availability.losses, self.clock.monotonic()
        uses = list[PastUse]()
        for share in self._shares.values():
            share.forget(now)
            uses += [PastUse(claim=one, age=now - use.time, tokens=use.amount) for one, use in share.recent]
        heard = await settle(self.limits.report(uses))
        if isinstance(heard, Failure):
            self.availability.note_silence(heard.failure())
            return False
        self.availability.note_answer()
        return True

    def _share(self, name: str) -> _Share:
        share = self._shares.get(name)
        if share is None:
            if len(self._shares) >= _MOST_NAMES:
                self._tidy(self.clock.monotonic())
            share = self._shares[name] = _Share()
        return share

    def _tidy(self, now: float) -> None:
        for share in self._shares.values():
            share.forget(now)
        self._shares = {name: share for name, share in self._shares.items() if share.held or share.recent}


def _part(limit: int | None, processes: int) -> float:
    return _NO_LIMIT if limit is None else limit / processes
