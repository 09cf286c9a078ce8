"""What the vendors bill, what the ledger books and what the records tell: they agree, however calls end.

The vendors here keep bills of their own, by what they have been sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from pointsman import (
    App,
    Budget,
    CallOptions,
    ChatError,
    ChatRequest,
    ChatResponse,
    InvalidResponse,
    NetworkError,
    RateLimitExceeded,
    RetrySettings,
    TimeoutError,
    UsageRecord,
    ask,
    fake,
    fake_settings,
    open_app,
    settle,
)
from pointsman.adapters.system.clock import SystemRandom
from pointsman.core.chat.event import Done, Failed, Started, StreamItem, TextDelta
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.money.budget import Account, accounts
from pointsman.core.money.settlement import NO_AMOUNT, Amount
from pointsman.layers.stores import by_settings
from pointsman.services.ports.sending import current_sending
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import FixedModels, ScriptedClient, VirtualClock
from pointsman.testing.laws.examples import BACKENDS, examples
from tests.managed import answer, priced, stream

VENDORS = ("one", "two")
DOLLARS = 10
ENDINGS = ("told", "told", "silent", "free", "refused", "unsent", "cut", "late", "garbage", "hangs", "connects")


@attrs.define
class Vendor(ScriptedClient):
    """Ends its calls as `endings` say, and bills what it was sent, unless it refused."""

    endings: Iterator[tuple[str, int]] = attrs.field(factory=lambda: iter(()))
    billed: Amount = NO_AMOUNT

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As the next ending says."""
        ending, usage = self.begin(request)
        error = self.error_of(ending)
        if ending in ("hangs", "connects"):
            await anyio.sleep_forever()
        if error is not None:
            return Failure(error)
        told = {"silent": UNKNOWN, "free": NOTHING}.get(ending, usage)
        return Success(answer(provider=self.provider, usage=told))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `call_chat`; what is cut off is cut off after some text."""
        ending, usage = self.begin(request)
        error = self.error_of(ending)
        if error is not None and ending in ("refused", "unsent"):
            return EventStream.fail_with(error, ChatResponse(provider=self.provider))
        if ending == "connects":
            await anyio.sleep_forever()

        async def events() -> AsyncGenerator[StreamItem, None]:
            yield Started("1", "m", self.provider)
            yield TextDelta("some words " * usage.output if usage.output else "")
            if ending == "hangs":
                await anyio.sleep_forever()
            told = {"silent": UNKNOWN, "free": NOTHING}.get(ending, usage)
            response = answer(provider=self.provider, usage=told)
            yield Done(response) if error is None else Failed(error, attrs.evolve(response, usage=UNKNOWN))

        return await EventStream.start(events())

    def begin(self, request: ChatRequest) -> tuple[str, Usage]:
        """How the call is to end, and what it uses. It is billed as soon as it is sent."""
        ending, words = next(self.endings, ("told", 1))
        usage = Usage(len(request.messages[-1].text.split()), min(words, request.max_tokens or 0), 0, 0, 0)
        sending = current_sending()
        assert sending is not None
        if ending not in ("connects", "unsent"):
            sending.begin()
        if ending not in ("connects", "unsent", "refused", "free"):
            tokens = usage.total or 0
            self.billed += Amount(tokens * DOLLARS * 10**6, tokens)
        return ending, usage

    def error_of(self, ending: str) -> ChatError | None:
        """The failure that it ends with, if it does."""
        errors: dict[str, ChatError] = {
            "refused": RateLimitExceeded(status=429, provider=self.provider, model="m"),
            "unsent": NetworkError(provider=self.provider, model="m"),
            "cut": NetworkError(sent=True, provider=self.provider, model="m"),
            "late": TimeoutError(timeout_ms=1, phase="total", sent=True, provider=self.provider, model="m"),
            "garbage": InvalidResponse(detail="half a document", provider=self.provider, model="m"),
        }
        return errors.get(ending)


LIMIT = Decimal("0.05")
BUDGETS = (
    Budget(name="all", usd=LIMIT, tokens=10**6, period="total"),
    Budget(name="each", usd=LIMIT, period="total", scope="tenant"),
    Budget(name="vendor", usd=LIMIT, period="total", scope="provider"),
    Budget(name="tag", tokens=4000, period="total", scope="tag"),
)
TENANTS = ("ann", "bob")


@attrs.frozen
class Planned:
    """A call, and when its caller loses patience."""

    tenant: str
    words: int
    most: int
    streamed: bool
    hedged: bool
    tagged: bool
    leaves: bool


planned = st.builds(
    Planned,
    tenant=st.sampled_from(TENANTS),
    words=st.integers(1, 40),
    most=st.integers(1, 300),
    streamed=st.booleans(),
    hedged=st.booleans(),
    tagged=st.booleans(),
    leaves=st.booleans(),
)


@asynccontextmanager
async def opened(path: Path, vendors: tuple[Vendor, ...]) -> AsyncIterator[App]:
    """A process on the database in `path`, as far as one process can hold two."""
    layers = attrs.evolve(
        fake({vendor.provider: vendor for vendor in vendors}, VirtualClock()),
        stores=by_settings,
        random=SystemRandom,
        book=lambda settings, facts: FixedModels({f"{name}/m": priced(str(DOLLARS)) for name in VENDORS}),
    )
    chosen = attrs.evolve(
        fake_settings(*VENDORS),
        database=str(path),
        budgets=BUDGETS,
        fallback=("two/m",),
        retries=RetrySettings(max_retries=1, base_delay=0.0, resend_unanswered=True),
    )
    async with open_app(layers, chosen) as app:
        yield app.unwrap()


async def make(app: App, call: Planned) -> None:
    options = CallOptions(
        tenant=call.tenant, hedge_after=0.001 if call.hedged else None, tags=("t",) if call.tagged else ()
    )
    request = attrs.evolve(ask("one/m", "word " * call.words, options), max_tokens=call.most)
    with anyio.move_on_after(0.02):
        if not call.streamed:
            await settle(app.client.chat(request))
        elif not call.leaves:
            await stream(app.client, request)
        else:
            async with app.client.stream(request) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        break


def booked_for(account: Account, records: tuple[UsageRecord, ...]) -> Amount:
    """What the records say that `account` was booked, each try by where it was made."""
    total = NO_AMOUNT
    for record in records:
        options = CallOptions(tenant=record.tenant, tags=record.tags)
        parts = [(one.provider, one.model, one.settlement.amount) for one in record.charges]
        for provider, model, amount in parts or [(record.provider, record.model, record.ledger_amount)]:
            if account.key in {one.key for one in accounts((account.budget,), options, provider, model, 0.0)}:
                total += amount
    return total


async def check_books(
    app: App, budgets: tuple[Budget, ...], bills: Mapping[str, Amount], above: Amount = NO_AMOUNT
) -> tuple[UsageRecord, ...]:
    """They agree with one another and cover the `bills`, by vendor; over a limit is at most what was told `above`."""
    records = (await settle(app.manager.usage_log.read())).unwrap()
    every: dict[str, Account] = {}
    for tenant in TENANTS:
        for vendor in VENDORS:
            found = accounts(budgets, CallOptions(tenant=tenant, tags=("t",)), vendor, "m", 0.0)
            every |= {one.key: one for one in found}
    balances = (await settle(app.manager.ledger.balances(list(every), 0.0))).unwrap()
    for account, balance in zip(every.values(), balances, strict=True):
        limit, spent = account.budget, balance.spent
        assert balance.reserved == NO_AMOUNT, "nothing is held when nothing runs"
        assert spent == booked_for(account, records), account.key
        assert limit.usd is None or spent.picodollars <= limit.usd * 10**12 + above.picodollars
        assert limit.tokens is None or spent.tokens <= limit.tokens + above.tokens
        if limit.scope == "provider":
            billed = next(bill for vendor, bill in bills.items() if f"|{vendor}|" in account.key)
            assert billed.picodollars <= spent.picodollars
    assert max(Counter(record.id for record in records).values(), default=1) == 1
    booked = Counter(charge.id for record in records for charge in record.charges)
    assert max(booked.values(), default=1) == 1, "no try is booked twice"
    return records


@settings(max_examples=examples(50), deadline=None)
@given(
    calls=st.lists(planned, min_size=1, max_size=10),
    endings=st.lists(st.tuples(st.sampled_from(ENDINGS), st.integers(0, 300)), max_size=24),
    backend=st.sampled_from(BACKENDS),
)
def test_whatever_ends_how_the_bill_is_covered_and_the_books_agree(
    calls: list[Planned], endings: list[tuple[str, int]], backend: str
) -> None:
    """Two processes on one database, calls at the same time, tried again, raced and passed on."""

    async def run() -> None:
        with TemporaryDirectory() as folder:
            path, script = Path(folder) / "stores.db", iter(endings)
            vendors = tuple(Vendor(provider=name, endings=script) for name in VENDORS)
            async with (
                opened(path, vendors) as one,
                opened(path, vendors) as other,
                anyio.create_task_group() as group,
            ):
                for number, call in enumerate(calls):
                    group.start_soon(make, (one, other)[number % 2], call)
            async with opened(path, vendors) as later:
                await check_books(later, BUDGETS, {vendor.provider: vendor.billed for vendor in vendors})

    anyio.run(run, backend=backend)
