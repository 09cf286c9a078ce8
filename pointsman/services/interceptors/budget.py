"""Interceptor: keeps to budgets. Before a call the most it can cost is held back; after it, what it cost is booked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache, partial

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.metered import has_sound, most_input, most_output
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.effect import is_failure, settle
from pointsman.core.error import BudgetExceeded, ChatError, ConfigurationError, InvalidResponse, StorageError
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.budget import Account, Budget, accounts, find_overspent, share
from pointsman.core.money.cost import Cost, dollars
from pointsman.core.money.price import Price, audio_price, highest_cost
from pointsman.core.money.settlement import MOST, NO_AMOUNT, Amount, Bill, Charge
from pointsman.core.money.usage_record import CallFacts
from pointsman.core.notice import BudgetWarning, Degraded
from pointsman.core.routing.reasons import say
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.interceptors.abandoned import AbandonedReading
from pointsman.services.interceptors.interceptor import LET_THROUGH, After, AnyRequest, Call
from pointsman.services.interceptors.measurement import price_answer
from pointsman.services.interceptors.settling import ArrivedText, Foreseen, believable, settle_call
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.ledger import Ledger, Refused, Reservation
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.sending import Sending, follow_sending
from pointsman.services.tasks.waiting import run_to_end, wait_for

_MOST_WARNED = 10_000
_LOOK_AGAIN = 0.25
"""Seconds after which another process may have settled something."""


@attrs.define
class BudgetKeeper:
    """Keeps `budgets` in `ledger`, and says of every try at a provider what it is booked at.

    A call that only does not fit because of what is held back for calls under way waits for them, at most `max_wait`
    seconds, so that no call is refused for money that in the end was not spent. A budget in dollars refuses a model
    whose price is not known. Every try holds back its own money, also one that is made again, and is settled by how
    it ended (see `settling.py`): in the ledger, and on the bill of the call, which the usage record is made of.
    `stops_with_client` are the providers that write no more once nobody reads; of others that go on, `reading` learns
    what an answer cost whose caller has left, and the try is settled then.
    """

    budgets: tuple[Budget, ...]
    ledger: Ledger
    book: ModelBook
    clock: Clock
    publish: Publish = publish_nowhere
    max_wait: float = 30.0
    stops_with_client: frozenset[str] = frozenset()
    reading: AbandonedReading | None = None
    _settled: anyio.Event | None = attrs.field(default=None, repr=False)
    _warned: set[str] = attrs.field(factory=set, repr=False)

    async def before(self, call: Call) -> Result[After | None, BudgetExceeded | ConfigurationError | StorageError]:
        """Hold back the most that the call can cost."""
        options, now = call.request.options, self.clock.now()
        bill, has_budget = options.bill, bool(self.budgets or options.budgets)
        found = accounts(self.budgets, options, call.provider, call.model, now) if has_budget else ()
        if not found and bill is None:
            return LET_THROUGH
        reservation, foreseen = None, None
        if found:
            foreseen = self._foresee(call)
            priced = None if foreseen.is_priced else next((a.budget for a in found if a.budget.usd is not None), None)
            if priced is not None:
                return Failure(_no_price(call, priced))
            held = await self._hold(call, found, foreseen.amount, now)
            if not isinstance(held, Reservation):
                return Failure(held)
            reservation = held
        arrived = ArrivedText() if call.streamed and call.provider in self.stops_with_client else None
        if arrived is not None:
            call.see = arrived.see
        sending = follow_sending()
        sending.wants_rest = call.wants_rest = self.reading is not None and self.reading.is_worth(call.provider)
        return Success(partial(self._settle, _Try(sending, reservation, foreseen, arrived)))

    async def _hold(
        self, call: Call, found: tuple[Account, ...], most: Amount, now: float
    ) -> Reservation | BudgetExceeded | StorageError:
        """A reservation; where only calls under way are in the way, once they have ended."""
        began, facts = self.clock.monotonic(), _facts_of(call)
        while True:
            try:
                answer = await settle(self.ledger.reserve(call.id, found, most, now, facts))
            except BaseException:  # who is cancelled may hold something without knowing: it is given back
                with anyio.CancelScope(shield=True):
                    await self._book(Reservation(call.id, found), most, NO_AMOUNT, recorded=False)
                raise
            if is_failure(answer):
                return answer.failure()
            outcome = answer.unwrap()
            if isinstance(outcome, Reservation):
                return outcome
            left = began + min(self.max_wait, call.request.timeout or self.max_wait) - self.clock.monotonic()
            if not outcome.later or left <= 0:
                return _budget_exceeded(call, outcome)
            self._settled = self._settled or anyio.Event()
            await wait_for(self._settled, self.clock, min(left, _LOOK_AGAIN))

    async def foresee(self, request: AnyRequest, models: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Why a budget would refuse `request` at some of `models` (provider, model), by `provider/model`."""
        now, refused = self.clock.now(), dict[str, str]()
        if not self.budgets and not request.options.budgets:
            return refused
        for provider, model in models:
            found = accounts(self.budgets, request.options, provider, model, now)
            foreseen = foresee_most(request, self.book.facts(provider, model))
            most = foreseen.amount
            read = await settle(self.ledger.balances([account.key for account in found], now))
            give_up(read, "the ledger", self.publish)
            for account, balance in zip(found, read.value_or(()), strict=False):
                if not foreseen.is_priced and account.budget.usd is not None:
                    refused[f"{provider}/{model}"] = say("unpriced", budget=repr(account.budget.name))
                elif find_overspent(account.budget, balance, most, reserved=False):
                    refused[f"{provider}/{model}"] = say(
                        "too_dear", cost=most.cost, tokens=f"{most.tokens:,}", budget=repr(account.budget.name)
                    )
        return refused

    def _foresee(self, call: Call) -> Foreseen:
        return foresee_most(call.request, self.book.facts(call.provider, call.model))

    async def _settle(self, one: _Try, call: Call) -> None:
        """Book what the call cost, also while it is being cancelled; or once what its caller left has been read."""
        bill, call.rest = call.request.options.bill, call.rest or one.sending.rest
        if call.rest is not None:
            late = partial(self._settle_late, one, call)
            if call.is_cancelled and self.reading is not None and self.reading.start(call.rest, late):
                if isinstance(bill, Bill):
                    bill.expect()
                return
            await call.rest.close()
        charge = await self._charge(one, call)
        if isinstance(bill, Bill):
            bill.charges.append(charge)

    async def _settle_late(self, one: _Try, call: Call, answer: ChatResponse | ChatError | None) -> None:
        """As `_settle`, when it is known what became of the `answer` that nobody waited for."""
        if isinstance(answer, ChatResponse):
            call.partial = attrs.evolve(answer, cost=price_answer(self.book, call, answer))
        else:
            call.error = answer
        charge, bill = await self._charge(one, call), call.request.options.bill
        if isinstance(bill, Bill):
            is_told = call.partial is not None and call.partial.usage.total is not None
            await bill.add_late(charge, call.partial.usage if call.partial is not None and is_told else None)

    async def _charge(self, one: _Try, call: Call) -> Charge:
        """Book the try in the ledger. What cannot be booked is told."""
        facts = self.book.facts(call.provider, call.model)

        def foresee() -> Foreseen:
            return one.foreseen or foresee_most(call.request, facts)

        is_believed = believable(call, facts, foresee)
        settlement = settle_call(call, facts, foresee, one.sending, one.arrived)
        if not is_believed:
            self._publish_cut(call, one.reservation, settlement.cost)
        if one.reservation is not None:
            reservation, foreseen = one.reservation, foresee()
            recorded = isinstance(call.request.options.bill, Bill)
            await run_to_end(partial(self._book, reservation, foreseen.amount, settlement.amount, recorded=recorded))
        return Charge(call.id, call.provider, call.model, settlement)

    async def _book(self, reservation: Reservation, held: Amount, amount: Amount, *, recorded: bool) -> None:
        booked = await settle(self.ledger.settle(reservation, amount, self.clock.now(), recorded=recorded))
        if self._settled is not None:
            self._settled.set()
            self._settled = None
        if is_failure(booked):
            for account in reservation.accounts:
                self._tell(account, 0.0, lost=amount.cost)
            return
        over = amount.picodollars - held.picodollars
        for account, balance in booked.unwrap():
            spent = share(account.budget, balance.spent)
            self._warn(account, spent)
            if over > 0 and account.budget.usd is not None:
                self._tell(account, spent, overrun=Amount(over).cost)

    def _publish_cut(self, call: Call, reservation: Reservation | None, cost: Cost) -> None:
        """Tell that a provider claims a usage that cannot be."""
        for account in reservation.accounts if reservation is not None else ():
            self._tell(account, 0.0, overrun=cost)
        detail = "it told of more tokens than the model can read and write; they were cut to what it can"
        error = InvalidResponse(detail=detail, problems=(detail,), provider=call.provider, model=call.model or None)
        self.publish(Degraded(part="the usage that was told", error=error))

    def _tell(self, account: Account, spent: float, *, overrun: Cost | None = None, lost: Cost | None = None) -> None:
        name = account.budget.name
        tenant = (account.budget.only or "") if account.budget.scope == "tenant" else ""
        self.publish(
            BudgetWarning(budget=name, account=account.key, share=spent, overrun=overrun, lost=lost, tenant=tenant)
        )

    def _warn(self, account: Account, spent: float) -> None:
        if spent >= account.budget.warn_at and account.key not in self._warned:
            if len(self._warned) >= _MOST_WARNED:
                self._warned.clear()
            self._warned.add(account.key)
            self._tell(account, spent)


@attrs.define
class _Try:
    """What is known of a try under way."""

    sending: Sending
    reservation: Reservation | None
    foreseen: Foreseen | None
    arrived: ArrivedText | None


def foresee_most(request: AnyRequest, facts: ModelFacts) -> Foreseen:
    """The most that `request` can use of a model of which `facts` are known."""
    taken, given = most_input(request), most_output(request, facts)
    price = audio_price(facts.price) if isinstance(request, TranscriptionRequest) else facts.price
    tier = request.service_tier if isinstance(request, ChatRequest) else None
    return _foreseen(price, taken, given, tier, has_sound(request))


@lru_cache(maxsize=4096)
def _foreseen(price: Price | None, taken: int, given: int, tier: str | None, sound: bool) -> Foreseen:
    cost = highest_cost(price, taken, given, tier, has_sound=sound)
    return Foreseen(Amount(min(cost.picodollars, MOST), min(taken + given, MOST)), cost.complete)


def _facts_of(call: Call) -> CallFacts:
    options = call.request.options
    return CallFacts(
        call.kind, call.provider, call.model, options.task or "", options.tenant, options.conversation, options.tags
    )


def _budget_exceeded(call: Call, refused: Refused) -> BudgetExceeded:
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


def _no_price(call: Call, budget: Budget) -> ConfigurationError:
    problem = f"the price of {call.ref} is not known, so the budget {budget.name!r} cannot be kept"
    return ConfigurationError(
        detail=f'{problem}; give its price in the settings, under [models."{call.ref}"]',
        problems=(problem,),
        provider=call.provider,
        model=call.model or None,
        local=True,
        remedy="",
    )
