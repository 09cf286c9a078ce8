"""Money and usage records of a process, written behind: promised in memory and in its journal, then in the database.

Budgets are leased in blocks (`block.py`); reserving and settling within them asks no database. What is promised is in
the process's file before anybody is told (`journal.py`), and goes into the database in one transaction, the money
and its usage record together, at least once a second, at once near a limit, and at the end. What a dead process has
left is taken over by whoever notices (`inheritance.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.block import Block, Blocks
from pointsman.adapters.sql.holds import Hold, Holds
from pointsman.adapters.sql.inheritance import lost_record
from pointsman.adapters.sql.journal import Journal
from pointsman.adapters.sql.journal_lines import OpenedCall, read_line, write_ended, write_opened
from pointsman.adapters.sql.lease_exchange import (
    Delivery,
    ExchangeResult,
    Known,
    Share,
    Wish,
    exchange_leases,
    read_accounts,
    try_writing,
)
from pointsman.adapters.sql.left_calls import take_over_left
from pointsman.adapters.sql.transactions import MONEY, SOON, SqlConnection, SqlDatabase
from pointsman.adapters.sql.usage_rows import Row, row_of
from pointsman.core.effect import effect, is_failure
from pointsman.core.error import StorageError
from pointsman.core.json import Json
from pointsman.core.money.budget import Account, Balance
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from pointsman.services.ports.ledger import LEASE, Refused, Reservation

_LOG = logging.getLogger("pointsman.stores")
_Value = TypeVar("_Value")
_DONE: Result[None, StorageError] = Success(None)
_BRIEF_ROWS = 64
"""So many records are written in the event loop; more in a thread."""
_CLOSED_BOOKS = "the App that the call belongs to was closed before it ended; end all calls inside the App's scope"


@attrs.define(eq=False)
class Books:
    """Of this process, in `database`."""

    database: SqlDatabase
    journal: Journal
    _blocks: Blocks = attrs.field(factory=Blocks, repr=False)
    _holds: Holds = attrs.field(
        init=False, repr=False, default=attrs.Factory(lambda self: Holds(self._blocks), takes_self=True)
    )
    behind: StorageError | None = attrs.field(default=None, init=False, repr=False)
    """Why the database could not be brought up to date the last time."""
    _rows: list[Row] = attrs.field(factory=list, repr=False)
    _wishes: list[Wish] = attrs.field(factory=list, repr=False)
    _is_unwritten: bool = attrs.field(default=False, repr=False)
    """Whether the journal lacks the end of a call, so that only the database can say that it is not under way."""
    _is_noted: bool = attrs.field(default=False, repr=False)
    """Whether the database names calls as under way: it must be told when they are not, before the journal is gone."""
    _is_closed: bool = attrs.field(default=False, repr=False)
    """Whether what was under way is booked: whoever comes later would be booked twice."""
    _lock: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    def problem(self) -> StorageError | None:
        """Why they cannot be used here and now; None where they can."""
        if self._is_closed:
            return StorageError(detail=_CLOSED_BOOKS, local=True, remedy="")
        return self.database.problem()

    async def reserve(
        self, id: str, accounts: tuple[Account, ...], amount: Amount, now: float, call: CallFacts
    ) -> Result[Reservation | Refused, StorageError]:
        """As `Ledger.reserve`."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        self._lapse(now)
        if id in self._holds.opened:
            return Success(Reservation(id, self._holds.opened[id].accounts))
        line = write_opened(id, [one.key for one in accounts], amount, now, call)
        held = Hold(accounts, amount, now + LEASE, line)
        if not self._blocks.take(accounts, amount):
            asked = await self._ask_for(Wish(accounts, amount), id, held)
            if not isinstance(asked, Success) or isinstance(asked.unwrap(), Refused):
                return asked
        return self._note_opened(id, held)

    async def _ask_for(self, wish: Wish, id: str, held: Hold) -> Result[Reservation | Refused, StorageError]:
        """Have the database hold more back; whoever comes first asks for all who wait."""
        self._wishes.append(wish)
        try:
            async with self._lock:
                outcome = await self._grant(wish)
        except BaseException:
            wish.is_given_up = True
            if wish in self._wishes:
                self._wishes.remove(wish)
            elif isinstance(wish.outcome, Success):
                self._give_up(wish)
            raise
        return outcome.map(lambda refused: refused or Reservation(id, held.accounts))

    async def _grant(self, wish: Wish) -> Result[Refused | None, StorageError]:
        """What becomes of `wish`, which may have been answered with another's. The lock is held."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        outcome = wish.outcome
        if outcome is None:
            outcome = _outcome_of(wish, await self._exchange())
        if is_failure(outcome) and wish.is_shared:  # another's may have been at fault
            wish.outcome, wish.is_shared, self._wishes = None, False, [wish, *self._wishes]
            outcome = _outcome_of(wish, await self._exchange(alone=True))
        return outcome

    def _give_up(self, wish: Wish) -> None:
        """Nobody waits for what was granted any more."""
        if isinstance(wish.outcome, Success) and wish.outcome.unwrap() is None:
            self._holds.give_back(wish.accounts, wish.amount)

    def _note_opened(self, id: str, held: Hold) -> Result[Reservation | Refused, StorageError]:
        there = self._holds.opened.get(id)
        if there is not None:  # asked twice at once, and granted twice
            self._holds.give_back(held.accounts, held.amount)
            return Success(Reservation(id, there.accounts))
        self._holds.add(id, held)
        written = self._append(held.line)
        if is_failure(written):
            self._holds.release(id)
            return Failure(written.failure())
        return Success(Reservation(id, held.accounts))

    async def settle(
        self, reservation: Reservation, amount: Amount, now: float, *, recorded: bool
    ) -> Result[tuple[tuple[Account, Balance], ...], StorageError]:
        """As `Ledger.settle`."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        self._lapse(now)
        id = reservation.id
        written = _DONE
        held = self._holds.release(id)
        if held is not None and recorded:
            self._holds.wait_for_record(id, held, amount)
        elif held is not None:
            written = await self._close([(id, held, amount)], None)
        if is_failure(written):
            return Failure(written.failure())
        known: list[tuple[Account, Balance]] = []
        for one in reservation.accounts:
            there = self._blocks.get(one.key)
            if there is None or not there.is_known:
                read = await self.balances([one.key for one in reservation.accounts], now)
                return read.map(lambda found: tuple(zip(reservation.accounts, found, strict=True)))
            known.append((one, there.balance))
        return Success(tuple(known))

    async def add(self, record: UsageRecord) -> Result[None, StorageError]:
        """As `UsageLog.add`: with the money of the tries that it names."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        settled = [self._holds.take_unrecorded(charge.id) for charge in record.charges]
        return await self._close([one for one in settled if one is not None], row_of(record))

    async def _close(self, closed: list[tuple[str, Hold, Amount]], row: Row | None) -> Result[None, StorageError]:
        """As `_promise`; near a limit the database is told at once, and so it is where there is no journal."""
        promised = self._promise(closed, row)
        is_tight = False
        for _, held, _ in closed:
            for block in self._blocks.present(held.accounts):
                is_tight = is_tight or block.is_tight
        if not is_tight and isinstance(promised, Success):
            return promised
        told = await self.bring_up_to_date()
        return told if is_failure(promised) else promised

    def _promise(self, closed: list[tuple[str, Hold, Amount]], row: Row | None) -> Result[None, StorageError]:
        """Book what was settled, and write it into the journal with the record that tells of it."""
        for _, held, amount in closed:
            for block in self._blocks.each(held.accounts):
                block.booked += amount
        if row is not None:
            self._rows.append(row)
        self._changed.set()
        books = [([one.key for one in held.accounts], amount) for _, held, amount in closed]
        written = self._append(write_ended([id for id, _, _ in closed], books, row))
        self._is_unwritten = self._is_unwritten or is_failure(written)
        return written

    async def balances(self, keys: Sequence[str], now: float) -> Result[tuple[Balance, ...], StorageError]:
        """As `Ledger.balances`."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        self._lapse(now)
        async with self._lock:
            id = self.journal.id
            read = await self.database.run(lambda connection: read_accounts(connection, id, keys), brief=True)
            return read.map(lambda found: tuple(self._overlaid(key, found.get(key, Known())) for key in keys))

    def _overlaid(self, key: str, known: Known) -> Balance:
        """What the database says, and what only this process knows."""
        block = self._blocks.get(key)
        if block is None:
            return Balance(known.spent, known.held)
        return Balance(
            known.spent + block.waiting + block.booked,
            known.held - known.granted + block.held,
        )

    async def bring_up_to_date(self, *, turn: bool = False, trim: bool = False) -> Result[None, StorageError]:
        """Have the database know all that is promised.

        `turn` empties a file of the journal afterwards, and gives back what nobody has used for some turns;
        `trim` gives back all that is not needed now.
        """
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        async with self._lock:
            return await self._exchange(turn=turn, trim=trim)

    async def _exchange(
        self, *, turn: bool = False, trim: bool = False, alone: bool = False
    ) -> Result[None, StorageError]:
        """Bring wishes, money and records to the database, in one transaction. The lock is held."""
        wishes = self._wishes[:1] if alone else self._wishes
        self._wishes = self._wishes[len(wishes) :]
        wanted = {one.key: one for wish in wishes for one in wish.accounts}
        chosen, trimmed = self._blocks.choose(tuple(wanted.values()), trim)
        if not chosen and not self._rows and not self._is_unwritten and not (turn and self._is_noted):
            return Success(None)
        # A process that has leased something and has no journal is taken for dead.
        begun = self._in_journal(self.journal.begin)
        if is_failure(begun):
            for wish in wishes:
                wish.outcome = begun
            return begun
        if turn:
            self.journal.turn()
            self._blocks.end_turn()
        was_unwritten, self._is_unwritten = self._is_unwritten, False
        opened = self._holds.lines() if turn or was_unwritten else None
        shares = tuple(
            Share(block.account, block.held, block.waiting, block.booked, block.account.key in trimmed)
            for block in chosen
        )
        rows, number = tuple(self._rows), self.journal.number
        delivery = Delivery(self.journal.id, shares, tuple(wishes), rows, number, opened)
        done = await self._deliver(delivery, chosen)
        if is_failure(done):
            self._is_unwritten = self._is_unwritten or was_unwritten
            for wish in wishes:
                wish.outcome, wish.is_shared = Failure(done.failure()), len(wishes) > 1
            return Failure(done.failure())
        self._apply(chosen, delivery, done.unwrap())
        self._blocks.drop_empty(trimmed)
        return Success(None)

    async def _deliver(self, delivery: Delivery, chosen: Sequence[Block]) -> Result[ExchangeResult, StorageError]:
        """Nothing is reserved of `chosen` meanwhile."""
        for block in chosen:
            block.is_frozen = True
        done = await self._run_shielded(
            lambda connection: exchange_leases(connection, delivery, self.database.dialect.unfit),
            brief=len(delivery.rows) <= _BRIEF_ROWS,
        )
        for block in chosen:
            block.is_frozen = False
        return done

    def _apply(self, chosen: Sequence[Block], delivery: Delivery, done: ExchangeResult) -> None:
        del self._rows[: len(delivery.rows)]
        for block, before, after in zip(chosen, delivery.shares, done.shares, strict=True):
            block.granted, block.is_tight = after.granted, after.is_tight
            block.booked -= before.booked
            block.held += after.taken
            block.spent, block.others, block.is_known = after.spent, after.others, True
        for wish, refused in zip(delivery.wishes, done.refusals, strict=True):
            wish.outcome = Success(refused)
            if wish.is_given_up:
                self._give_up(wish)
        if delivery.opened is not None:
            self._is_noted = bool(delivery.opened)
            self.journal.drop_others()

    @effect
    async def check_writing(self) -> Result[StorageError | None, StorageError]:
        """As `Stores.check_writing`: the journal is asked, and where it can take nothing, the database."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        if isinstance(self._in_journal(self.journal.probe), Success):
            return Success(self.behind)
        id = self.journal.id
        return await self.database.run(lambda connection: try_writing(connection, id), patience=SOON, locks=(MONEY,))

    def _lapse(self, now: float) -> None:
        """Take for spent what nobody has settled in time."""
        for id in tuple(self._holds.lapse(now)):
            self._book_as_lost(id)

    def _book_as_lost(self, id: str) -> None:
        """Book what is still to be recorded of a call, with the record that nobody tells more than this of it."""
        found = self._holds.take_unrecorded(id)
        if found is not None:
            _, held, amount = found
            call = read_line(held.line, number=0)
            row = row_of(lost_record(attrs.evolve(call, amount=amount))) if isinstance(call, OpenedCall) else None
            self._promise([found], row).value_or(None)  # it is in memory, too

    def _append(self, line: list[Json]) -> Result[None, StorageError]:
        return self._in_journal(lambda: self.journal.append(line))

    def _in_journal(self, work: Callable[[], None]) -> Result[None, StorageError]:
        try:
            work()
        except OSError as problem:
            told = f"what is to be kept of calls cannot be written beside it ({problem})"
            return Failure(self.database.unusable(told))
        return _DONE

    async def _run_shielded(
        self, work: Callable[[SqlConnection], _Value], *, brief: bool = False
    ) -> Result[_Value, StorageError]:
        """As `SqlDatabase.run`, to its end: what the database then knows must be known here, too."""
        with anyio.CancelScope(shield=True):
            return await self.database.run(work, brief=brief, locks=(MONEY,))
        return Failure(self.database.unusable("the work was not done"))

    async def wait_for_change(self, seconds: float) -> bool:
        """Whether something was promised that the database does not know, within `seconds`."""
        with anyio.move_on_after(seconds):
            await self._changed.wait()
        has_changed = self._changed.is_set()
        if has_changed:
            self._changed = anyio.Event()
        return has_changed

    def note_change(self) -> None:
        """There is something that the database does not know."""
        self._changed.set()

    async def close(self) -> None:
        """Bring everything into the database; calls that are still under way are booked at what is held for them."""
        if self.database.problem() is not None:
            self.journal.forget()
            return
        self._is_closed, self._wishes = True, []  # who waits is refused
        for id in tuple(self._holds.unrecorded):
            self._book_as_lost(id)
        async with self._lock:
            done = await self._exchange(turn=True, trim=True)
        is_all = isinstance(done, Success) and not self._holds.opened and not self._blocks.is_covering
        if isinstance(done, Failure) and self._is_unwritten:
            _LOG.warning("what calls came to is lost: neither database nor journal could take it: %s", done.failure())
        self._holds.opened.clear()
        self.journal.close(keep=not is_all)
        if not is_all:
            self.journal = Journal(self.journal.folder)
            await take_over_left(self.database, self.journal)


def _outcome_of(wish: Wish, brought: Result[None, StorageError]) -> Result[Refused | None, StorageError]:
    return wish.outcome or brought.map(lambda _: None)
