"""One transaction between the books of a process and the database: money, records and leases. It knows no journal.

It changes nothing in memory: it may be rolled back, and done once more.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Result

from pointsman.adapters.sql.block import lease_anew, lease_on
from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.adapters.sql.usage_rows import Row, add_rows
from pointsman.core.error import StorageError
from pointsman.core.json import Json, dumps_text
from pointsman.core.money.budget import Account, Balance, Budget, limit_of
from pointsman.core.money.settlement import NO_AMOUNT, Amount
from pointsman.services.ports.ledger import Refused, refusal

_AT_ONCE = 500
"""Keys in one query: SQLite may be built with a limit of 999."""
_LARGEST = 2**63 - 1


@attrs.define(eq=False)
class Wish:
    """What somebody wants to reserve. The outcome, once there is one, is None where it was granted."""

    accounts: tuple[Account, ...]
    amount: Amount
    outcome: Result[Refused | None, StorageError] | None = None
    is_shared: bool = False
    """Whether it failed together with others."""
    is_given_up: bool = False
    """Whether who wanted it has gone away."""


@attrs.frozen
class Known:
    """An account in the database: what is spent of it, what is held back for all processes, and for this one."""

    spent: Amount = NO_AMOUNT
    held: Amount = NO_AMOUNT
    granted: Amount = NO_AMOUNT


@attrs.frozen
class Share:
    """What a process brings of one account; see `Block`."""

    account: Account
    held: Amount
    waiting: Amount
    booked: Amount
    trim: bool = False
    """Whether what is not needed now is to be given back."""


@attrs.frozen
class Delivery:
    """Everything that is brought. `number` is that of the last line of the journal which this brings."""

    process: str
    shares: tuple[Share, ...]
    wishes: tuple[Wish, ...]
    rows: tuple[Row, ...]
    number: int
    opened: tuple[Json, ...] | None
    """The calls under way, where a file of the journal is to be emptied, or does not tell which have ended."""


@attrs.frozen
class NewShare:
    """Of one account: what is now leased, what of it was taken for wishes, and what the database says."""

    granted: Amount
    taken: Amount
    is_tight: bool
    spent: Amount
    others: Amount


@attrs.frozen
class ExchangeResult:
    """The outcomes, in the order of the delivery's shares and wishes."""

    shares: tuple[NewShare, ...]
    refusals: tuple[Refused | None, ...]


def read_accounts(connection: SqlConnection, process: str, keys: Sequence[str]) -> dict[str, Known]:
    """Those of the accounts named `keys` that there are, as `process` sees them."""
    found: dict[str, Known] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            "SELECT key, account.picodollars, account.tokens, held_picodollars, held_tokens,"
            " coalesce(lease.picodollars, 0), coalesce(lease.tokens, 0) FROM account"
            f" LEFT JOIN lease ON lease.account = key AND lease.process = ? WHERE key IN ({marks})",
            (process, *some),
        )
        found |= {row[0]: Known(Amount(*row[1:3]), Amount(*row[3:5]), Amount(*row[5:])) for row in rows}
    return found


def exchange_leases(
    connection: SqlConnection, delivery: Delivery, unfit: tuple[type[Exception], ...]
) -> ExchangeResult:
    """Write what `delivery` brings, decide its wishes in their order, and lease anew. A record that is `unfit` is left
    out.
    """
    known = read_accounts(connection, delivery.process, [share.account.key for share in delivery.shares])
    drafts = {share.account.key: _Draft.of(share, known.get(share.account.key, Known())) for share in delivery.shares}
    refusals = tuple(_decide(wish, drafts) for wish in delivery.wishes)
    outcomes = tuple(draft.outcome() for draft in drafts.values())
    connection.executemany(
        "INSERT INTO account (key, picodollars, tokens, held_picodollars, held_tokens) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET picodollars = excluded.picodollars, tokens = excluded.tokens,"
        " held_picodollars = excluded.held_picodollars, held_tokens = excluded.held_tokens",
        [(key, *_pair(one.spent), *_pair(one.others + one.granted)) for key, one in zip(drafts, outcomes, strict=True)],
    )
    _write_leases(connection, delivery.process, dict(zip(drafts, outcomes, strict=True)))
    add_rows(connection, delivery.rows, unfit)
    opened = None if delivery.opened is None else dumps_text([delivery.number, *delivery.opened])
    connection.execute(
        "INSERT INTO process (id, number, opened) VALUES (:id, :number, coalesce(:opened, '[]'))"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, opened = coalesce(:opened, process.opened)",
        {"id": delivery.process, "number": delivery.number, "opened": opened},
    )
    return ExchangeResult(outcomes, refusals)


def try_writing(connection: SqlConnection, process: str) -> None:
    """Write a row that is gone when the transaction ends: SQLite writes no row anew that is as it was."""
    mark = f"{process} tries to write"
    connection.execute("INSERT INTO process (id, number) VALUES (?, 0)", (mark,))
    connection.execute("DELETE FROM process WHERE id = ?", (mark,))


def _write_leases(connection: SqlConnection, process: str, shares: dict[str, NewShare]) -> None:
    """What of each account is now leased; where that is nothing, there is no lease."""
    connection.executemany(
        "INSERT INTO lease (process, account, picodollars, tokens) VALUES (?, ?, ?, ?) ON CONFLICT (process, account)"
        " DO UPDATE SET picodollars = excluded.picodollars, tokens = excluded.tokens",
        [(process, key, *_pair(one.granted)) for key, one in shares.items() if one.granted != NO_AMOUNT],
    )
    connection.executemany(
        "DELETE FROM lease WHERE process = ? AND account = ?",
        [(process, key) for key, one in shares.items() if one.granted == NO_AMOUNT],
    )


@attrs.define(eq=False)
class _Draft:
    """An account as the transaction goes on."""

    share: Share
    spent: Amount
    granted: Amount
    """What was leased; not what the process believes, which may be wrong."""
    others: Amount
    taken: Amount = NO_AMOUNT
    last: Amount | None = None
    """What was last granted."""

    @classmethod
    def of(cls, share: Share, known: Known) -> _Draft:
        return cls(share, known.spent + share.booked, known.granted, known.held - known.granted)

    @property
    def cover(self) -> Amount:
        return self.share.held + self.share.waiting + self.taken

    @property
    def balance(self) -> Balance:
        return Balance(self.spent + self.share.waiting, self.others + self.share.held + self.taken)

    def outcome(self) -> NewShare:
        """What is leased of it from now on."""
        budget, cover = self.share.account.budget, self.cover
        left = _rest_of(budget, self.spent + self.others + cover)
        if self.last is not None:
            lease = lease_anew(budget, cover, left, self.last)
        elif self.share.trim:
            lease = lease_on(budget, cover, cover, left)
        else:
            lease = lease_on(budget, cover, self.granted - self.share.booked, left)
        return NewShare(lease.amount, self.taken, lease.is_tight, self.spent, self.others)


def _decide(wish: Wish, drafts: dict[str, _Draft]) -> Refused | None:
    """Why `wish` is refused; else it is granted in all its accounts."""
    chosen = [drafts[one.key] for one in wish.accounts]
    refused = refusal([(one, draft.balance) for one, draft in zip(wish.accounts, chosen, strict=True)], wish.amount)
    if refused is None:
        for draft in chosen:
            draft.taken += wish.amount
            draft.last = wish.amount
    return refused


def _rest_of(budget: Budget, taken: Amount) -> Amount:
    limits = limit_of(budget)
    return Amount((limits.picodollars or 0) - taken.picodollars, (limits.tokens or 0) - taken.tokens)


def _pair(amount: Amount) -> tuple[int, int]:
    return min(amount.picodollars, _LARGEST), min(amount.tokens, _LARGEST)
