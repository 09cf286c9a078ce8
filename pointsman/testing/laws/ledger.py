"""The laws of `Ledger`, against a model of a few lines. A law takes an opening of a new ledger."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import TypeAlias

import anyio
import anyio.lowlevel
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.effect import settle
from pointsman.core.money.budget import NO_AMOUNT, Account, Amount, Balance, Budget, Unit
from pointsman.services.ports.ledger import LEASE, Ledger, Refused, Reservation
from pointsman.testing.laws.examples import BACKENDS, examples

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Ledger]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]


def account(key: str, pico: int | None = None, tokens: int | None = None) -> Account:
    """An account with a limit in 10^-12 dollars, in tokens, in both or in neither."""
    usd = None if pico is None else Decimal(pico).scaleb(-12)
    return Account(key, Budget(name=key, usd=usd, tokens=tokens), None)


MONEY, TOKENS, BOTH, FREE = account("money", 10), account("tokens", None, 10), account("both", 12, 8), account("free")
ACCOUNTS = (MONEY, TOKENS, BOTH, FREE)


async def reserve(
    ledger: Ledger, id: str, accounts: Sequence[Account], amount: Amount, now: float = 0.0
) -> Reservation | Refused:
    return (await settle(ledger.reserve(id, accounts, amount, now))).unwrap()


async def hold(ledger: Ledger, id: str, accounts: Sequence[Account], amount: Amount, now: float = 0.0) -> Reservation:
    """A reservation that is granted."""
    answer = await reserve(ledger, id, accounts, amount, now)
    assert isinstance(answer, Reservation)
    return answer


async def book(ledger: Ledger, reservation: Reservation, amount: Amount, now: float = 0.0) -> tuple[Balance, ...]:
    """Settle, and give the balances, whose accounts must be those of the reservation in order."""
    booked = (await settle(ledger.settle(reservation, amount, now))).unwrap()
    assert tuple(account for account, _ in booked) == reservation.accounts
    return tuple(balance for _, balance in booked)


async def balances(ledger: Ledger, accounts: Sequence[Account], now: float = 0.0) -> tuple[Balance, ...]:
    return (await settle(ledger.balances([account.key for account in accounts], now))).unwrap()


async def an_account_never_used_has_nothing(opening: Opening) -> None:
    async with opening() as ledger:
        assert await balances(ledger, ACCOUNTS) == (Balance(),) * len(ACCOUNTS)
        assert await balances(ledger, ()) == ()


async def all_accounts_or_none(opening: Opening) -> None:
    async with opening() as ledger:
        refused = await reserve(ledger, "1", (FREE, MONEY, BOTH), Amount(11, 1))
        assert refused == Refused(MONEY, Balance(), "usd", False)
        assert await balances(ledger, ACCOUNTS) == (Balance(),) * len(ACCOUNTS)
        assert await reserve(ledger, "1", (FREE, MONEY), Amount(10, 1)) == Reservation("1", (FREE, MONEY))
        whole = Balance(reserved=Amount(10, 1))
        assert await balances(ledger, (FREE, MONEY, BOTH)) == (whole, whole, Balance())


async def a_second_settlement_does_nothing(opening: Opening) -> None:
    async with opening() as ledger:
        one = await hold(ledger, "1", (MONEY, BOTH), Amount(4, 4))
        two = await hold(ledger, "2", (MONEY,), Amount(2, 0))
        after = (Balance(Amount(3, 2), Amount(2, 0)), Balance(Amount(3, 2)))
        assert await book(ledger, one, Amount(3, 2)) == after
        assert await book(ledger, one, Amount(3, 2)) == after
        assert await book(ledger, two, NO_AMOUNT) == (Balance(Amount(3, 2)),)
        assert await book(ledger, two, Amount(2, 0)) == (Balance(Amount(3, 2)),)


async def a_reservation_that_is_asked_for_again_is_held_once(opening: Opening) -> None:
    """Whoever does not know whether it was made asks once more."""
    async with opening() as ledger:
        one = await hold(ledger, "1", (MONEY, FREE), Amount(4))
        assert await hold(ledger, "1", (MONEY, FREE), Amount(4)) == one
        assert await balances(ledger, (MONEY, FREE)) == (Balance(reserved=Amount(4)),) * 2
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(hold, ledger, "2", (MONEY,), Amount(1))
        assert await balances(ledger, (MONEY,)) == (Balance(reserved=Amount(5)),)
        assert await book(ledger, one, Amount(3)) == (Balance(Amount(3), Amount(1)), Balance(Amount(3)))
        assert await book(ledger, one, Amount(3)) == (Balance(Amount(3), Amount(1)), Balance(Amount(3)))


async def a_settlement_of_what_is_not_reserved_books_nothing(opening: Opening) -> None:
    """Neither before its reservation nor without one; a reservation that comes after it stands as any other."""
    async with opening() as ledger:
        early = Reservation("1", (MONEY,))
        assert await book(ledger, early, Amount(9)) == (Balance(),)
        assert await hold(ledger, "1", (MONEY,), Amount(4)) == early
        assert await balances(ledger, (MONEY,)) == (Balance(reserved=Amount(4)),)
        assert await book(ledger, early, Amount(3)) == (Balance(Amount(3)),)


async def later_is_true_where_only_calls_under_way_are_in_the_way(opening: Opening) -> None:
    async with opening() as ledger:
        one = await hold(ledger, "1", (MONEY,), Amount(6))
        assert await reserve(ledger, "2", (MONEY,), Amount(5)) == Refused(
            MONEY, Balance(reserved=Amount(6)), "usd", True
        )
        await book(ledger, one, Amount(6))
        assert await reserve(ledger, "2", (MONEY,), Amount(5)) == Refused(MONEY, Balance(Amount(6)), "usd", False)
        assert isinstance(await reserve(ledger, "2", (MONEY,), Amount(4)), Reservation)


async def later_is_false_where_another_unit_is_spent(opening: Opening) -> None:
    """Money is only reserved, but the tokens are gone: waiting does not help."""
    async with opening() as ledger:
        await book(ledger, await hold(ledger, "1", (BOTH,), Amount(0, 8)), Amount(0, 8))
        await hold(ledger, "2", (BOTH,), Amount(12, 0))
        refused = await reserve(ledger, "3", (BOTH,), Amount(1, 1))
        assert refused == Refused(BOTH, Balance(Amount(0, 8), Amount(12, 0)), "usd", False)


async def what_was_reserved_and_not_settled_is_spent_after_its_lease(opening: Opening) -> None:
    """The call was made: nobody knows what it cost, so it is booked at the most it could."""
    async with opening() as ledger:
        await hold(ledger, "1", (MONEY,), Amount(10), 5.0)
        just_before = await reserve(ledger, "2", (MONEY,), Amount(1), 4.0 + LEASE)
        assert just_before == Refused(MONEY, Balance(reserved=Amount(10)), "usd", True)
        assert await balances(ledger, (MONEY,), 5.0 + LEASE) == (Balance(Amount(10)),)
        refused = await reserve(ledger, "2", (MONEY,), Amount(1), 5.0 + LEASE)
        assert refused == Refused(MONEY, Balance(Amount(10)), "usd", False)


async def a_call_that_outlives_its_lease_books_the_difference_once(opening: Opening) -> None:
    async with opening() as ledger:
        less = await hold(ledger, "less", (FREE, MONEY), Amount(10, 1), 0.0)
        more = await hold(ledger, "more", (FREE,), Amount(2), 1.0)
        assert await balances(ledger, (FREE,), LEASE + 1.0) == (Balance(Amount(12, 1)),)
        assert await book(ledger, less, Amount(4, 3), LEASE + 2.0) == (Balance(Amount(6, 3)), Balance(Amount(4, 3)))
        assert await book(ledger, more, Amount(5), LEASE + 2.0) == (Balance(Amount(9, 3)),)
        assert await book(ledger, more, Amount(5), LEASE + 3.0) == (Balance(Amount(9, 3)),), "once"
        assert isinstance(await reserve(ledger, "next", (MONEY,), Amount(6), LEASE + 3.0), Reservation)


async def a_settlement_shows_what_has_lapsed_as_spent(opening: Opening) -> None:
    async with opening() as ledger:
        await hold(ledger, "dead", (FREE,), Amount(3), 0.0)
        alive = await hold(ledger, "alive", (FREE,), Amount(2), 10.0)
        assert await book(ledger, alive, Amount(1), LEASE) == (Balance(Amount(4)),)


async def each_lapses_in_its_time_though_the_clock_was_set_back(opening: Opening) -> None:
    async with opening() as ledger:
        await hold(ledger, "late", (FREE,), Amount(1), 100.0)
        await hold(ledger, "early", (FREE,), Amount(2), 0.0)
        assert await balances(ledger, (FREE,), LEASE) == (Balance(Amount(2), Amount(1)),)
        assert await balances(ledger, (FREE,), LEASE + 100.0) == (Balance(Amount(3)),)


async def large_amounts_are_exact(opening: Opening) -> None:
    """A million dollars and a picodollar, a tenth of what fits 64 bits."""
    rich = account("rich", 2 * 10**18 + 2, 2 * 10**15)
    async with opening() as ledger:
        for id in "12":
            one = await hold(ledger, id, (rich,), Amount(10**18 + 1, 10**15))
            await book(ledger, one, Amount(10**18 + 1, 10**15))
        assert await balances(ledger, (rich,)) == (Balance(Amount(2 * 10**18 + 2, 2 * 10**15)),)
        refused = await reserve(ledger, "3", (rich,), Amount(1))
        assert isinstance(refused, Refused)
        assert not refused.later


async def many_at_once_never_overspend(opening: Opening) -> None:
    """200 tasks reserve and settle at random: at no time is more taken than there is, and the sums are exact."""
    chance = random.Random(7)
    tight = (account("a", 1000, 300), account("b", 700, None), account("c", None, 500))
    spent: dict[str, Amount] = {one.key: NO_AMOUNT for one in tight}
    accepted, refusals = [], []

    async def call(ledger: Ledger, number: int) -> None:
        chosen = tuple(chance.sample(tight, chance.randint(1, 3)))
        wanted = Amount(chance.randint(0, 90), chance.randint(0, 40))
        answer = await reserve(ledger, str(number), chosen, wanted)
        for one, balance in zip(tight, await balances(ledger, tight), strict=True):
            assert _within(one, balance.spent + balance.reserved)
        if isinstance(answer, Refused):
            refusals.append(answer)
            return
        accepted.append(answer)
        await anyio.lowlevel.checkpoint()
        cost = Amount(chance.randint(0, wanted.picodollars), chance.randint(0, wanted.tokens))
        for one in chosen:
            spent[one.key] += cost
        await book(ledger, answer, cost)

    async with opening() as ledger:
        async with anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(call, ledger, number)
        assert await balances(ledger, tight) == tuple(Balance(spent[one.key]) for one in tight)
    assert accepted
    assert refusals


def _within(one: Account, taken: Amount) -> bool:
    tokens = one.budget.tokens
    usd = one.budget.usd
    return (usd is None or taken.cost.amount <= usd) and (tokens is None or taken.tokens <= tokens)


@attrs.define
class Model:
    """What a ledger must be: what was spent, and the reservations as a plain list of all that stand or have lapsed."""

    spent: dict[str, Amount] = attrs.field(factory=dict)
    lapsed: dict[str, Amount] = attrs.field(factory=dict)
    standing: dict[str, tuple[tuple[Account, ...], Amount, float]] = attrs.field(factory=dict)

    def balance(self, key: str) -> Balance:
        reserved = NO_AMOUNT
        for accounts, amount, _ in self.standing.values():
            if key in {one.key for one in accounts}:
                reserved += amount
        return Balance(self.spent.get(key, NO_AMOUNT), reserved)

    def reserve(self, id: str, accounts: tuple[Account, ...], amount: Amount, now: float) -> Reservation | Refused:
        self.lapse(now)
        refusals = []
        for one in accounts:
            balance = self.balance(one.key)
            broken = _breaks(one, balance.spent + balance.reserved, amount)
            if broken:
                refusals.append(Refused(one, balance, broken[0], later=not _breaks(one, balance.spent, amount)))
        if refusals:  # one that waiting does not cure is told before one that it does
            return min(refusals, key=lambda refused: refused.later)
        self.standing[id] = (accounts, amount, now + LEASE)
        return Reservation(id, accounts)

    def settle(self, reservation: Reservation, amount: Amount, now: float) -> tuple[Balance, ...]:
        """A late one books the difference to what it was taken for."""
        self.lapse(now)
        if self.standing.pop(reservation.id, None):
            self.spend(reservation.accounts, amount)
        elif reservation.id in self.lapsed:
            self.spend(reservation.accounts, amount - self.lapsed.pop(reservation.id))
        return tuple(self.balance(one.key) for one in reservation.accounts)

    def spend(self, accounts: Sequence[Account], amount: Amount) -> None:
        for one in accounts:
            self.spent[one.key] = self.spent.get(one.key, NO_AMOUNT) + amount

    def lapse(self, now: float) -> None:
        """What nobody has settled in time was spent, as far as anybody knows."""
        for id, (accounts, amount, until) in list(self.standing.items()):
            if until <= now:
                del self.standing[id]
                self.lapsed[id] = amount
                self.spend(accounts, amount)


def _breaks(one: Account, taken: Amount, wanted: Amount) -> list[Unit]:
    """The limits that `wanted` on top of `taken` would break; what wants nothing of a unit breaks nothing there."""
    found: list[Unit] = []
    if wanted.picodollars and not _within(
        attrs.evolve(one, budget=attrs.evolve(one.budget, tokens=None)), taken + wanted
    ):
        found.append("usd")
    if wanted.tokens and not _within(attrs.evolve(one, budget=attrs.evolve(one.budget, usd=None)), taken + wanted):
        found.append("tokens")
    return found


Step: TypeAlias = tuple[str, tuple[Account, ...], Amount, int, float]
_amounts = st.builds(Amount, st.integers(0, 7), st.integers(0, 7))
_chosen = st.lists(st.sampled_from(ACCOUNTS), max_size=4, unique_by=lambda one: one.key).map(tuple)
_steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "reserve", "settle", "settle", "release", "look"]),
        _chosen,
        _amounts,
        st.integers(0, 20),
        st.sampled_from([0.0, 0.0, 0.0, 1.0, LEASE / 2, LEASE - 1, LEASE]),
    ),
    max_size=40,
)


def it_does_what_the_model_does(opening: Opening) -> None:
    """Whatever is asked in whatever order, every answer and every balance is the model's; no limit is passed."""

    @settings(max_examples=examples(80))
    @given(steps=_steps, backend=st.sampled_from(BACKENDS))
    def check(steps: list[Step], backend: str) -> None:
        async def run() -> None:
            async with opening() as ledger:
                await _walk(ledger, steps)

        anyio.run(run, backend=backend)

    check()


async def _walk(ledger: Ledger, steps: list[Step]) -> None:
    model, now = Model(), 0.0
    granted: list[Reservation] = []
    for number, (what, chosen, amount, which, passed) in enumerate(steps):
        now += passed
        if what == "reserve":
            answer = await reserve(ledger, str(number), chosen, amount, now)
            assert answer == model.reserve(str(number), chosen, amount, now)
            if isinstance(answer, Reservation):
                granted.append(answer)
                _no_limit_is_passed(chosen, amount, await balances(ledger, chosen, now))
        elif what in ("settle", "release") and granted:
            one = granted[which % len(granted)]  # settled before, now and then
            cost = amount if what == "settle" else NO_AMOUNT
            assert await book(ledger, one, cost, now) == model.settle(one, cost, now)
        else:
            model.lapse(now)
            assert await balances(ledger, ACCOUNTS, now) == tuple(model.balance(one.key) for one in ACCOUNTS)
    model.lapse(now)
    assert await balances(ledger, ACCOUNTS, now) == tuple(model.balance(one.key) for one in ACCOUNTS)


def _no_limit_is_passed(chosen: Sequence[Account], amount: Amount, after: Sequence[Balance]) -> None:
    """After a reservation was granted; only what was settled for more than was reserved can pass one, elsewhere."""
    for one, balance in zip(chosen, after, strict=True):
        taken = balance.spent + balance.reserved
        limits = attrs.evolve(
            one.budget,
            usd=one.budget.usd if amount.picodollars else None,
            tokens=one.budget.tokens if amount.tokens else None,
        )
        assert _within(attrs.evolve(one, budget=limits), taken)


LAWS: tuple[Law, ...] = (
    an_account_never_used_has_nothing,
    all_accounts_or_none,
    a_second_settlement_does_nothing,
    a_reservation_that_is_asked_for_again_is_held_once,
    a_settlement_of_what_is_not_reserved_books_nothing,
    later_is_true_where_only_calls_under_way_are_in_the_way,
    later_is_false_where_another_unit_is_spent,
    what_was_reserved_and_not_settled_is_spent_after_its_lease,
    a_call_that_outlives_its_lease_books_the_difference_once,
    a_settlement_shows_what_has_lapsed_as_spent,
    each_lapses_in_its_time_though_the_clock_was_set_back,
    large_amounts_are_exact,
    many_at_once_never_overspend,
)
PROPERTIES: tuple[Property, ...] = (it_does_what_the_model_does,)
