"""What this process holds back for calls under way, and what became of it: memory alone, no file and no database."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import attrs

from pointsman.adapters.sql.block import Blocks
from pointsman.core.json import Json
from pointsman.core.money.budget import Account
from pointsman.core.money.settlement import Amount

_MOST_LAPSED = 10_000


@attrs.frozen
class Hold:
    """A reservation."""

    accounts: tuple[Account, ...]
    amount: Amount
    until: float
    line: list[Json]
    """How the journal tells of it."""


@attrs.define(eq=False)
class Holds:
    """Reservations by their ids; each is of some `blocks`."""

    blocks: Blocks
    opened: dict[str, Hold] = attrs.field(factory=dict)
    unrecorded: dict[str, tuple[Hold, Amount]] = attrs.field(factory=dict)
    """Settled reservations whose usage record is still to come, and what is to be booked of them."""
    _lapsed: dict[str, Amount] = attrs.field(factory=dict)
    _next: float = inf
    """No reservation lapses before."""

    def add(self, id: str, hold: Hold) -> None:
        """Another one."""
        self.opened[id] = hold
        self._next = min(self._next, hold.until)

    def release(self, id: str) -> Hold | None:
        """Take one away, and what it held."""
        held = self.opened.pop(id, None)
        if held is not None:
            self.give_back(held.accounts, held.amount)
        return held

    def give_back(self, accounts: tuple[Account, ...], amount: Amount) -> None:
        """Hold so much less."""
        for block in self.blocks.present(accounts):
            block.held -= amount

    def wait_for_record(self, id: str, held: Hold, amount: Amount) -> None:
        """It is settled, and its usage record is still to come."""
        for block in self.blocks.each(held.accounts):
            block.waiting += amount
        self.unrecorded[id] = (held, amount)

    def take_unrecorded(self, id: str) -> tuple[str, Hold, Amount] | None:
        """One whose usage record has come; None where there is no such one."""
        found = self.unrecorded.pop(id, None)
        if found is None:
            return None
        held, amount = found
        for block in self.blocks.present(held.accounts):
            block.waiting -= amount
        return id, held, amount

    def take_lapsed(self, id: str) -> Amount | None:
        """What was booked of one that had lapsed; None where it had not."""
        return self._lapsed.pop(id, None)

    def lapse(self, now: float) -> Iterator[tuple[str, Hold]]:
        """Take away those that nobody has settled in time."""
        if now < self._next:
            return
        for id in [id for id, held in self.opened.items() if held.until <= now]:
            held = self.release(id)
            if held is not None:
                self._lapsed[id] = held.amount
                yield id, held
        for id in list(self._lapsed)[:-_MOST_LAPSED]:
            del self._lapsed[id]
        self._next = min((held.until for held in self.opened.values()), default=inf)

    def lines(self) -> tuple[Json, ...]:
        """How the journal tells of the calls under way."""
        unrecorded = (held.line for held, _ in self.unrecorded.values() if held.line)
        return (*(held.line for held in self.opened.values()), *unrecorded)
