"""An account as one process knows it: the block that the database holds back for it, and what it makes of that. Pure.

As long as the block has room, money is reserved and settled in memory. The invariant that keeps every limit: what the
process has reserved, and spent without the database knowing, is covered by its block.
"""

from __future__ import annotations

import attrs

from pointsman.core.money.budget import Account, Balance, Budget, limit_of
from pointsman.core.money.settlement import NO_AMOUNT, Amount

_PART = 64
"""A block is this part of what is left, so that others find enough."""
_CALLS = 32
"""And at least so many calls' worth."""


@attrs.define(eq=False)
class Block:
    """All that a process knows of one account."""

    account: Account
    granted: Amount = NO_AMOUNT
    """What the database holds back for this process."""
    held: Amount = NO_AMOUNT
    """Reserved for calls under way."""
    waiting: Amount = NO_AMOUNT
    """Settled; the usage record that tells of it is still to come."""
    booked: Amount = NO_AMOUNT
    """Settled and in the journal; the database does not know of it."""
    spent: Amount = NO_AMOUNT
    """As the database said at the last look, and what others then held back."""
    others: Amount = NO_AMOUNT
    is_tight: bool = False
    """So near its limit that nothing is leased in advance: every call asks the database."""
    is_known: bool = False
    """Whether the database has said what is spent of it."""
    is_frozen: bool = False
    """The database is being asked about it."""
    idle_turns: int = 0
    """How often all was brought to the database since somebody last reserved something of it."""

    @property
    def cover(self) -> Amount:
        """The least that the database must hold back for this process."""
        return self.held + self.waiting

    @property
    def balance(self) -> Balance:
        """As far as this process knows."""
        return Balance(self.spent + self.waiting + self.booked, self.others + self.held)

    @property
    def is_dirty(self) -> bool:
        """Whether the database must be told something."""
        return self.booked != NO_AMOUNT

    @property
    def is_empty(self) -> bool:
        """Whether nothing is leased of it, and nothing is to be told."""
        return self.granted == NO_AMOUNT and self.cover == NO_AMOUNT and not self.is_dirty

    @property
    def spare(self) -> Amount:
        """What is leased and not needed now."""
        return self.granted - self.cover - self.booked

    def has_room(self, budget: Budget, amount: Amount) -> bool:
        """Whether `amount` fits into the block as it was leased for `budget`."""
        if self.is_frozen or (budget is not self.account.budget and budget != self.account.budget):
            return False
        granted, held, waiting, booked = self.granted, self.held, self.waiting, self.booked  # quick: once a call
        if budget.usd is not None and amount.picodollars:
            taken = held.picodollars + waiting.picodollars + booked.picodollars
            if granted.picodollars - taken < amount.picodollars:
                return False
        if budget.tokens is None or not amount.tokens:
            return True
        return granted.tokens - held.tokens - waiting.tokens - booked.tokens >= amount.tokens


@attrs.frozen
class Lease:
    """How much is to be held back for a process in one account, and whether it is near its limit."""

    amount: Amount
    is_tight: bool


def lease_anew(budget: Budget, cover: Amount, left: Amount, wanted: Amount) -> Lease:
    """What to lease when `wanted` was asked for and fits: `cover` with a block on top, where `left` is much more."""
    limits = limit_of(budget)
    money, scarce = _block(left.picodollars, wanted.picodollars) if limits.picodollars is not None else (0, False)
    tokens, few = _block(left.tokens, wanted.tokens) if limits.tokens is not None else (0, False)
    return Lease(cover + Amount(money, tokens), scarce or few)


def lease_on(budget: Budget, cover: Amount, kept: Amount, left: Amount) -> Lease:
    """What to go on with: `kept` of the block that there was, unless the limit has come near."""
    limits = limit_of(budget)
    spare = Amount(max(0, kept.picodollars - cover.picodollars), max(0, kept.tokens - cover.tokens))
    scarce = limits.picodollars is not None and left.picodollars < 2 * spare.picodollars
    few = limits.tokens is not None and left.tokens < 2 * spare.tokens
    return Lease(cover if scarce or few else cover + spare, scarce or few)


def _block(left: int, wanted: int) -> tuple[int, bool]:
    """How much more than is needed, and whether the limit is so near that it is nothing."""
    block = max(left // _PART, _CALLS * wanted)
    return (block, False) if left >= 2 * block and block else (0, wanted > 0)
