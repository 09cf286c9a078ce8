"""Budgets that are changed while calls run, in up to three processes that come, end and are killed: a property.

Each is granted what fits the limit of that moment, and in the end every call is booked once, as a plain list says.
"""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.adapters.sql.books import Books
from pointsman.adapters.sql.left_calls import take_over_left
from pointsman.adapters.sqlite.database import Database
from pointsman.core.money.budget import Account, Budget
from pointsman.core.money.settlement import NO_AMOUNT, Amount, Charge, Settlement
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from pointsman.services.ports.ledger import LEASE, Refused, Reservation
from pointsman.testing.laws.examples import BACKENDS, examples
from tests.adapters.sqlite.crowd import CENT, NOW, books_in, dollars_of, kill, reserve, rows, spend
from tests.adapters.sqlite.opened import a_database

NAMES = ("a", "b", "c")
WHAT = ("reserve",) * 4 + ("settle",) * 3 + ("limit", "sync", "turn", "trim", "look", "sleep", "close", "kill")


@attrs.frozen
class UnderWay:
    """A call, of which its process may have forgotten to tell."""

    books: Books
    reservation: Reservation
    most: Amount


@attrs.define
class History:
    """What happens in processes on one file, and what a plain list of calls says of it."""

    database: Database
    processes: list[Books]
    chance: random.Random
    limits: dict[str, Budget] = attrs.field(factory=dict)
    calls: dict[str, UnderWay] = attrs.field(factory=dict)
    spent: dict[str, Amount] = attrs.field(factory=lambda: dict.fromkeys(NAMES, NO_AMOUNT))
    above: dict[str, Amount] = attrs.field(factory=lambda: dict.fromkeys(NAMES, NO_AMOUNT))
    """What was told above what had been held back."""
    now: float = 1000.0
    number: int = 0

    def taken(self, name: str) -> Amount:
        held = [one.most for one in self.calls.values() if name in {each.key for each in one.reservation.accounts}]
        return sum(held, start=self.spent[name])

    async def reserve(self, books: Books) -> None:
        self.number += 1
        names = self.chance.sample(NAMES, self.chance.randint(1, 3))
        cents = self.chance.choice((0, 1, self.chance.randint(1, 90)))
        most = Amount(cents * CENT, self.chance.randint(0, 300))
        accounts = tuple(Account(name, self.limits[name], None) for name in names)
        granted = (await books.reserve(f"c{self.number}", accounts, most, self.now, CallFacts())).unwrap()
        if isinstance(granted, Refused):
            fits = all(self.fits(name, most) for name in names)
            assert not fits or granted.later, "what another process has leased is given back"
            return
        assert all(self.fits(name, most, self.above[name]) for name in names)
        self.calls[f"c{self.number}"] = UnderWay(books, granted, most)

    def fits(self, name: str, most: Amount, above: Amount = NO_AMOUNT) -> bool:
        limit, after = self.limits[name], self.taken(name) + most - above
        money = limit.usd is None or not most.picodollars or after.picodollars <= limit.usd * 10**12
        return money and (limit.tokens is None or not most.tokens or after.tokens <= limit.tokens)

    async def settle(self) -> None:
        """A call ends, at nothing, or all that was held back, or anything; most have a record that tells of it."""
        if not self.calls:
            return
        id = self.chance.choice(sorted(self.calls))
        one = self.calls[id]
        anything = Amount(self.chance.randint(0, 100) * CENT, self.chance.randint(0, 400))
        told = self.chance.choice((NO_AMOUNT, one.most, anything))
        recorded = self.chance.random() < 0.7
        self.end(id, told)
        (await one.books.settle(one.reservation, told, self.now, recorded=recorded)).unwrap()
        if recorded:
            charge = Charge(id, "p", "m", Settlement(told, "told"))
            (await one.books.add(UsageRecord(id=f"record of {id}", time=self.now, charges=(charge,)))).unwrap()

    def limit(self, name: str) -> None:
        """Another limit, in the same units: what was taken of a new one is known when it is next brought."""
        old = self.limits.get(name)
        chosen = self.chance.choice(((True, False), (False, True), (True, True)))
        money, tokens = chosen if old is None else (old.usd is not None, old.tokens is not None)
        usd = Decimal(self.chance.randint(0, 400)) / 100 if money else None
        most = self.chance.choice((200, self.chance.randint(0, 4000))) if tokens else None
        self.limits[name] = Budget(name=name, usd=usd, tokens=most)

    def end(self, id: str, amount: Amount) -> None:
        one = self.calls.pop(id)
        over = amount - one.most
        for account in one.reservation.accounts:
            self.spent[account.key] += amount
            self.above[account.key] += Amount(max(0, over.picodollars), max(0, over.tokens))

    async def replace(self, at: int, how: str) -> None:
        """A process ends, or is killed and taken over; what it had under way is booked at the most."""
        old = self.processes[at]
        for id in [id for id, one in self.calls.items() if one.books is old]:
            self.end(id, self.calls[id].most)
        if how == "close":
            await old.close()
        else:
            kill(old)
        self.processes[at] = books_in(self.database)
        await take_over_left(self.database, self.processes[at].journal)

    async def go_on(self) -> None:
        """One step more."""
        at, what = self.chance.randrange(len(self.processes)), self.chance.choice(WHAT)
        books = self.processes[at]
        match what:
            case "reserve":
                await self.reserve(books)
            case "settle":
                await self.settle()
            case "limit":
                self.limit(self.chance.choice(NAMES))
            case "sync" | "turn" | "trim":
                (await books.bring_up_to_date(turn=what != "sync", trim=what == "trim")).unwrap()
            case "look":
                await take_over_left(self.database, books.journal)
            case "sleep":
                self.now += self.chance.choice((1.0, LEASE / 2, LEASE, -500.0))
            case _:
                await self.replace(at, what)


async def run_history(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with a_database(path) as database:
        history = History(database, [books_in(database) for _ in range(chance.randint(1, 3))], chance)
        for name in NAMES:
            history.limit(name)
        for _ in range(chance.randint(10, 60)):
            await history.go_on()
        for at in range(len(history.processes)):
            await history.replace(at, "close")
    read = rows(path, "SELECT key, picodollars, tokens, held_picodollars, held_tokens FROM account")
    found = {str(row[0]): row[1:] for row in read}
    for name, spent in history.spent.items():
        assert found.get(name, (0, 0, 0, 0)) == (spent.picodollars, spent.tokens, 0, 0)
    assert rows(path, "SELECT * FROM lease") == []


@settings(max_examples=examples(200))
@given(seed=st.integers(0, 2**32), backend=st.sampled_from(BACKENDS))
def test_however_limits_change_each_is_granted_what_fits_and_booked_once(seed: int, backend: str) -> None:
    """By chance alone: what is found by it needs some forty steps, in proportions that calls really have."""
    with TemporaryDirectory() as folder:
        anyio.run(run_history, Path(folder) / "stores.db", seed, backend=backend)


async def test_what_a_call_gives_back_is_not_lent_again_beyond_a_limit_that_was_lowered(tmp_path: Path) -> None:
    lowered = dollars_of("k", "0.5")
    async with a_database(tmp_path / "stores.db") as database:
        here, there = books_in(database), books_in(database)
        call = await reserve(here, "call", dollars_of("k", "1"), 20)
        assert await spend(there, "other", dollars_of("k", "1"), 60, most=60) is None
        assert isinstance(await spend(here, "refused", lowered, 10, most=10), Refused)
        (await here.settle(call, NO_AMOUNT, NOW, recorded=False)).unwrap()
        assert isinstance(await spend(here, "again", lowered, 10, most=10), Refused)
        await here.close()
        await there.close()
