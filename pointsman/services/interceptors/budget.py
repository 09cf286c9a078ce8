"""Interceptor: keeps to budgets. Before a call the most it can cost is held back; after it, what it cost is booked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import BudgetExceeded, ConfigurationError, StorageError
from pointsman.core.money.budget import Account, Amount, Budget, accounts, find_overspent, share
from pointsman.core.money.cost import Cost, dollars
from pointsman.core.money.price import audio_price, cost_of, highest_cost
from pointsman.core.notice import BudgetWarning
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.interceptors.input_size import input_tokens, most_input, most_output
from pointsman.services.interceptors.interceptor import LET_THROUGH, After, AnyRequest, Call
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.ledger import Ledger, Refused, Reservation
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.tasks.run_to_end import run_to_end
from pointsman.services.tasks.waiting import wait_for

_MOST_WARNED = 10_000
_LOOK_AGAIN = 0.25
"""Seconds after which another process may have settled something."""


@attrs.define
class BudgetKeeper:
    """Keeps `budgets` in `ledger`.

    A call that only does not fit because of what is held back for calls under way waits for them, at most `max_wait`
    seconds, so that no call is refused for money that in the end was not spent. A budget in dollars refuses a model
    whose price is not known. What a cancelled or broken call cost is estimated from what had come of it.
    """

    budgets: tuple[Budget, ...]
    ledger: Ledger
    book: ModelBook
    clock: Clock
    publish: Publish = publish_nowhere
    max_wait: float = 30.0
    _settled: anyio.Event | None = attrs.field(default=None, repr=False)
    _warned: set[str] = attrs.field(factory=set, repr=False)

    async def before(self, call: Call) -> Result[After | None, BudgetExceeded | ConfigurationError | StorageError]:
        """Hold back the most that the call can cost."""
        now = self.clock.now()
        found = accounts(self.budgets, call.request.options, call.provider, call.model, now)
        if not found:
            return LET_THROUGH
        most = self._most(call.request, call.provider, call.model)
        priced = [account.budget for account in found if account.budget.usd is not None]
        if priced and not most[1]:
            return Failure(_unpriced(call, priced[0]))
        deadline = self.clock.monotonic() + min(self.max_wait, call.request.timeout or self.max_wait)
        while True:
            answer = await self._reserve(call.id, found, most[0], now)
            if isinstance(answer, Failure):
                return Failure(answer.failure())
            outcome = answer.unwrap()
            if isinstance(outcome, Reservation):
                return Success(partial(self.settle, _Held(outcome, most[0])))
            left = deadline - self.clock.monotonic()
            if not outcome.later or left <= 0:
                return Failure(_exceeded(call, outcome))
            self._settled = self._settled or anyio.Event()
            await wait_for(self._settled, self.clock, min(left, _LOOK_AGAIN))

    async def _reserve(
        self, id: str, found: tuple[Account, ...], most: Amount, now: float
    ) -> Result[Reservation | Refused, StorageError]:
        """Ask the ledger. Who is cancelled meanwhile may hold something without knowing: it is given back."""
        try:
            return await settle(self.ledger.reserve(id, found, most, now))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._book(_Held(Reservation(id, found), most), Amount())
            raise

    async def foresee(self, request: AnyRequest, models: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Why a budget would refuse `request` at some of `models` (provider, model), by `provider/model`."""
        now, refused = self.clock.now(), dict[str, str]()
        for provider, model in models:
            found = accounts(self.budgets, request.options, provider, model, now)
            most, known = self._most(request, provider, model)
            read = await settle(self.ledger.balances([account.key for account in found], now))
            give_up(read, "the ledger", self.publish)
            for account, balance in zip(found, read.value_or(()), strict=False):
                if not known and account.budget.usd is not None:
                    refused[f"{provider}/{model}"] = f"its price is not known to the budget {account.budget.name!r}"
                elif find_overspent(account.budget, balance, most, reserved=False):
                    refused[f"{provider}/{model}"] = (
                        f"it could cost {most.cost} and {most.tokens:,} tokens, "
                        f"more than is left of the budget {account.budget.name!r}"
                    )
        return refused

    def _most(self, request: AnyRequest, provider: str, model: str) -> tuple[Amount, bool]:
        """The most the call can use, and whether its price is known."""
        facts = self.book.facts(provider, model)
        taken, given = most_input(request), most_output(request, facts)
        price = audio_price(facts.price) if isinstance(request, TranscriptionRequest) else facts.price
        tier = request.service_tier if isinstance(request, ChatRequest) else None
        cost = highest_cost(price, taken, given, tier)
        return Amount(cost.picodollars, taken + given), cost.complete

    async def settle(self, held: _Held, call: Call) -> None:
        """Book what the call cost, also while it is being cancelled. What cannot be booked is told."""
        used = self._used(held, call)
        await run_to_end(lambda: self._book(held, used))

    async def _book(self, held: _Held, amount: Amount) -> None:
        booked = await settle(self.ledger.settle(held.reservation, amount, self.clock.now()))
        if self._settled is not None:
            self._settled.set()
            self._settled = None
        if isinstance(booked, Failure):
            for account in held.reservation.accounts:
                self._tell(account, 0.0, lost=amount.cost)
            return
        over = amount.picodollars - held.amount.picodollars
        for account, balance in booked.unwrap():
            spent = share(account.budget, balance.spent)
            self._warn(account, spent)
            if over > 0 and account.budget.usd is not None:
                self._tell(account, spent, overrun=Amount(over).cost)

    def _tell(self, account: Account, spent: float, *, overrun: Cost | None = None, lost: Cost | None = None) -> None:
        name = account.budget.name
        self.publish(BudgetWarning(budget=name, account=account.key, share=spent, overrun=overrun, lost=lost))

    def _used(self, held: _Held, call: Call) -> Amount:
        response = call.response or call.partial
        facts = self.book.facts(call.provider, call.model)
        if response is not None and response.usage.total is not None and response.cost.complete:
            return Amount(response.cost.picodollars, response.usage.total)
        if call.response is not None:
            return held.amount  # it has answered and does not say what it used: what was held back is all we know
        if call.error is not None and not call.pieces:
            return Amount()
        guess = Usage(input_tokens(call.request), call.pieces, 0, 0, 0, estimated=True)
        return Amount(cost_of(facts.price, guess).picodollars, guess.total or 0)

    def _warn(self, account: Account, spent: float) -> None:
        if spent >= account.budget.warn_at and account.key not in self._warned:
            if len(self._warned) >= _MOST_WARNED:
                self._warned.clear()
            self._warned.add(account.key)
            self._tell(account, spent)


@attrs.frozen
class _Held:
    reservation: Reservation
    amount: Amount


def _exceeded(call: Call, refused: Refused) -> BudgetExceeded:
    budget, balance = refused.account.budget, refused.balance
    money = refused.unit == "usd"
    limit = budget.usd if money else Decimal(budget.tokens or 0)
    taken = balance.spent + balance.reserved
    spent = taken.cost.amount if money else Decimal(taken.tokens)
    used = f"{dollars(spent)} of {dollars(limit or Decimal(0))}" if money else f"{spent:,} of {limit:,} tokens"
    return BudgetExceeded(
        detail=f"the budget {budget.name!r} has {used} spent, and this call could break it",
        budget=budget.name,
        limit=limit,
        spent=spent,
        unit=refused.unit,
        resets_at=refused.account.resets_at,
        provider=call.provider,
        model=call.model or None,
        local=True,
    )


def _unpriced(call: Call, budget: Budget) -> ConfigurationError:
    problem = f"the price of {call.provider}/{call.model} is not known, so the budget {budget.name!r} cannot be kept"
    return ConfigurationError(
        detail=f'{problem}; give its price in the settings, under [models."{call.provider}/{call.model}"]',
        problems=(problem,),
        provider=call.provider,
        model=call.model or None,
        local=True,
    )
