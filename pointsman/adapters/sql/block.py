"""Accounts as one process knows them: the block that the database holds back of each, and what is made of it. Pure.

As long as the block has room, money is reserved and settled in memory. The invariant that keeps every limit: what the
process has reserved, and spent without the database knowing, is covered by its block.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.money.budget import Account, Balance, Budget, limit_of
from pointsman.core.money.settlement import NO_AMOUNT, Amount

_PART = 64
"""A block is this part of what is left, so that others find enough."""
_CALLS = 32
"""And at least so many calls' worth."""
IDLE_TURNS = 4
"""So many turns after it was last used a block is given back: a few seconds, and others may need it."""


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
        if self.is_frozen or self.is_tight or (budget is not self.account.budget and budget != self.account.budget):
            return False
        granted, held, waiting, booked = self.granted, self.held, self.waiting, self.booked  # quick: once a call
        if budget.usd is not None and amount.picodollars:
            taken = held.picodollars + waiting.picodollars + booked.picodollars
            if granted.picodollars - taken < amount.picodollars:
                return False
        if budget.tokens is None or not amount.tokens:
            return True
        return granted.tokens - held.tokens - waiting.tokens - booked.tokens >= amount.tokens


@attrs.define(eq=False)
class Blocks:
    """Those that a process has, by the keys of their accounts."""

    _by_key: dict[str, Block] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Block | None:
        """That of the account named `key`, if there is one."""
        return self._by_key.get(key)

    def present(self, accounts: Sequence[Account]) -> list[Block]:
        """Those of `accounts` that there are."""
        found: list[Block] = []  # loops: comprehensions cost a call in each of some seven places
        for one in accounts:
            block = self._by_key.get(one.key)
            if block is not None:
                found.append(block)
        return found

    def each(self, accounts: Sequence[Account]) -> list[Block]:
        """Those of all `accounts`: new ones, where they were given back meanwhile."""
        blocks = self.present(accounts)
        if len(blocks) == len(accounts):
            return blocks
        return [self._by_key.setdefault(one.key, Block(one)) for one in accounts]

    def take(self, accounts: Sequence[Account], amount: Amount) -> bool:
        """Reserve `amount` in all of `accounts`, if their blocks have room."""
        blocks = self.present(accounts)
        if len(blocks) < len(accounts):
            return False
        for block, one in zip(blocks, accounts, strict=True):
            if not block.has_room(one.budget, amount):
                return False
        for block in blocks:
            block.held += amount
            block.idle_turns = 0
        return True

    def choose(self, wanted: Sequence[Account], trim: bool) -> tuple[list[Block], frozenset[str]]:
        """Those that the database is asked about, and the keys of those that are given back as far as can be."""
        for account, block in zip(wanted, self.each(wanted), strict=True):
            block.account, block.idle_turns = account, 0
        keys = {one.key for one in wanted}
        trimmed = frozenset(key for key, block in self._by_key.items() if trim or block.idle_turns >= IDLE_TURNS)
        chosen = [
            block
            for key, block in self._by_key.items()
            if key in keys or block.is_dirty or (key in trimmed and block.spare != NO_AMOUNT)
        ]
        return chosen, trimmed

    def end_turn(self) -> None:
        """All is being brought to the database."""
        for block in self._by_key.values():
            block.idle_turns += 1

    def drop_empty(self, keys: frozenset[str]) -> None:
        """Forget those named `keys` that hold nothing."""
        self._by_key = {key: one for key, one in self._by_key.items() if key not in keys or not one.is_empty}

    @property
    def is_covering(self) -> bool:
        """Whether anything is held in them for calls that have not ended."""
        return any(block.cover != NO_AMOUNT for block in self._by_key.values())


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
