"""Evidence as routing reads it: from the store, now and then, and with what use has shown since. Asks no model."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio
import attrs
from returns.result import Success

from pointsman.core.effect import settle
from pointsman.core.notice import HealingOutcome
from pointsman.core.routing.evidence import IN_USE, Evidence
from pointsman.core.routing.votes import VotedShare, preferences
from pointsman.services.event_bus import EventBus, Publish, Subscription, give_up, publish_nowhere
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.scoreboard import Scoreboard
from pointsman.services.tasks.background import run_guarded
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:
    from pointsman.services.ports.evidence_store import EvidenceStore

_MOST_WAITING = 1000
_PART = "the evidence of who heals what"


@attrs.define(eq=False)
class EvidenceKeeper:
    """Reads `store` for routing, at most once in `ttl` seconds, and notes in it what comes of healing.

    Where the store fails, routing goes by what was read before, and the bus tells of it.
    """

    store: EvidenceStore
    clock: Clock
    scoreboard: Scoreboard
    publish: Publish = publish_nowhere
    ttl: float = 30.0
    _rows: tuple[Evidence, ...] = attrs.field(default=(), init=False, repr=False)
    _expires: float = attrs.field(default=-math.inf, init=False, repr=False)
    _counted: tuple[Evidence, ...] = attrs.field(default=(), init=False, repr=False)
    """The rows that `_votes` were counted of."""
    _votes: dict[str, Mapping[str, VotedShare]] = attrs.field(factory=dict, init=False, repr=False)

    async def read(self) -> tuple[Evidence, ...]:
        """All evidence there is."""
        if self.clock.monotonic() >= self._expires:
            read = await settle(self.store.read())
            give_up(read, _PART, self.publish)
            self._rows = read.value_or(self._rows)
            self._expires = self.clock.monotonic() + self.ttl
        return self._rows

    async def read_votes(self, task: str) -> Mapping[str, VotedShare]:
        """Who was preferred for `task` by people who have compared answers; sorted out once for each read."""
        rows = await self.read()
        if rows is not self._counted:
            self._counted, self._votes = rows, {}
        found = self._votes.get(task)
        if found is None:
            found = self._votes[task] = preferences(rows, task, self.clock.now())
        return found

    async def add(self, outcome: HealingOutcome) -> None:
        """Note what came of a change that was tried."""
        now = self.clock.now()
        fingerprint = self.scoreboard.read((outcome.model,), now)[0].observed.fingerprint
        healed = 1.0 if outcome.healed else 0.0
        row = Evidence(
            kind=outcome.kind,
            model=outcome.model,
            healed=healed,
            tried=1.0,
            run=IN_USE,
            date=now,
            fingerprint=fingerprint,
        )
        added = await settle(self.store.add(row))
        give_up(added, _PART, self.publish)
        if isinstance(added, Success):
            self._expires = -math.inf

    @asynccontextmanager
    async def follow(self, bus: EventBus) -> AsyncIterator[None]:
        """Note all that `bus` tells of healing until the scope ends, also what then still waits."""
        subscription = bus.subscribe(HealingOutcome, most=_MOST_WAITING)
        with subscription.notices:
            async with tasks_together() as group:
                group.start_soon(self._note_all, subscription)
                try:
                    yield
                finally:
                    subscription.end()

    async def _note_all(self, subscription: Subscription) -> None:
        # Shielded, for what was tried just before the end is known by nobody else; it ends with the subscription.
        with anyio.CancelScope(shield=True):
            async for notice in subscription.notices:
                if isinstance(notice, HealingOutcome):
                    await run_guarded(_PART, partial(self.add, notice))
