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
    _lapsed: dict[str, None] = attrs.field(factory=dict)
    """Those of `unrecorded` that nobody has settled in time: what they come to may still be said."""
    _next: float = inf
    """No reservation lapses before."""

    def add(self, id: str, hold: Hold) -> None:
        """Another one."""
        self.opened[id] = hold
        self._next = min(self._next, hold.until)

    def release(self, id: str) -> Hold | None:
        """Take one away, and what it held, or what was taken for its cost since it had lapsed."""
        held = self.opened.pop(id, None)
        if held is not None:
            self.give_back(held.accounts, held.amount)
        elif id in self._lapsed:
            del self._lapsed[id]
            _, held, _ = self.take_unrecorded(id) or ("", None, None)
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

    def lapse(self, now: float) -> Iterator[str]:
        """Take those for spent that nobody has settled in time; gives the ids of which nobody will tell any more.

        Their records are still to come: whoever dies or closes meanwhile leaves one for each, as of any call.
        """
        if now < self._next:
            return
        for id in [id for id, held in self.opened.items() if held.until <= now]:
            held = self.release(id)
            if held is not None:
                self.wait_for_record(id, held, held.amount)
                self._lapsed[id] = None
        for id in list(self._lapsed)[:-_MOST_LAPSED]:
            del self._lapsed[id]
            yield id
        self._next = min((held.until for held in self.opened.values()), default=inf)

    def lines(self) -> tuple[Json, ...]:
        """How the journal tells of the calls under way."""
        unrecorded = (held.line for held, _ in self.unrecorded.values() if held.line)
        return (*(held.line for held in self.opened.values()), *unrecorded)
