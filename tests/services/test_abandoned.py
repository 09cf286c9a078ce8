"""Answers that their callers leave, where the vendor writes and bills them to the end: what they cost is learned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import anyio
import attrs
import httpx
import pytest

from pointsman import (
    App,
    Budget,
    CallOptions,
    ChatRequest,
    Settings,
    UsageRecord,
    ask,
    client_of,
    open_app,
    own_provider,
    settle,
)
from pointsman.adapters.client.driver import PendingResponse
from pointsman.adapters.client.unread_stream import UnreadStream
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.event import Done, TextDelta
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.money.budget import accounts
from pointsman.core.money.settlement import NOTHING_ASKED, Amount, Bill, Charge, WhenLeft
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ModelSettings, ProviderSettings, RoutingSettings, UsageSettings
from pointsman.layers.live import live
from pointsman.testing.scripted_transport import ScriptedHttpResponse
from tests.billing_upstream import DENIED, HALF, LATER, BillingUpstream, billing_upstream
from tests.patience import GUARD, attempts
from tests.served import running

DOLLARS = 10
BUDGET = Budget(name="all", usd=Decimal(1000), period="total")
GOES_ON, UNKNOWN = "groq", "custom"
BODY = {"model": "one/m", "messages": [{"role": "user", "content": "a b c"}], "max_tokens": 100, "stream": True}


@pytest.fixture
def vendor() -> Iterator[BillingUpstream]:
    """One that writes the rest of its streams only when it may."""
    with billing_upstream(1, (LATER,)) as upstream:
        yield upstream


def settings_for(
    vendor: BillingUpstream, home: Path, kind: str = GOES_ON, usage: UsageSettings | None = None
) -> Settings:
    one = ProviderSettings(name="one", kind=kind, base_url=f"{vendor.address}/one/v1", api_key=Secret("k"), model="m")
    return Settings(
        providers={"one": one, "two": attrs.evolve(one, name="two", base_url=f"{vendor.address}/two/v1")},
        default_provider="one",
        models={"*/m": ModelSettings(input=Decimal(DOLLARS), output=Decimal(DOLLARS))},
        budgets=(BUDGET,),
        database=str(home / "stores.db"),
        usage=usage or UsageSettings(),
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[App]:
    async with open_app(live, settings) as app:
        yield app.unwrap()


async def leave(app: App, *, cancelled: bool, options: CallOptions | None = None) -> None:
    """Begin a stream of at most 100 tokens, and leave it after its first text, or while the next is waited for."""
    request = attrs.evolve(ask("one/m", "a b c", options or CallOptions()), max_tokens=100)
    with anyio.CancelScope() as scope:
        async with app.client.stream(request) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    if not cancelled:
                        break
                    scope.deadline = anyio.current_time() + 0.01


async def leave_whole(app: App, vendor: BillingUpstream, *, prompt: bool = False) -> None:
    """Ask for a whole answer of at most 100 tokens, and be cancelled once the vendor has begun with it."""
    chat = attrs.evolve(ask("one/m", "a b c"), max_tokens=100)

    async def call() -> None:
        if prompt:
            await settle(app.client.complete(CompletionRequest("one/m", "a b c", max_tokens=100)))
        else:
            await settle(app.client.chat(chat))

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await anyio.to_thread.run_sync(vendor.wait_for, 1)
        group.cancel_scope.cancel()


async def records_of(app: App) -> tuple[UsageRecord, ...]:
    return (await settle(app.manager.usage_log.read())).unwrap()


async def booked(app: App) -> Amount:
    (account,) = accounts((BUDGET,), CallOptions(), "one", "m", 0.0)
    (balance,) = (await settle(app.manager.ledger.balances([account.key], 0.0))).unwrap()
    assert balance.reserved == Amount(), "nothing is held any more"
    return balance.spent


def amount(tokens: int) -> Amount:
    return Amount(tokens * DOLLARS * 10**6, tokens)


async def the_record(app: App) -> UsageRecord:
    for _ in attempts():
        if records := await records_of(app):
            return records[0]
        await anyio.sleep(0.005)
    raise AssertionError("the call was never recorded")


async def test_a_stream_that_is_left_is_recorded_at_the_model_that_had_begun_where_none_was_named(
    vendor: BillingUpstream, tmp_path: Path
) -> None:
    async with opened(settings_for(vendor, tmp_path)) as app:
        async with app.client.stream(attrs.evolve(ask("", "a b c"), max_tokens=100)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        record = await the_record(app)
    assert (record.provider, record.model, record.outcome) == ("one", "m", "Cancelled")


@pytest.mark.parametrize("dollars", [0, DOLLARS])
@pytest.mark.parametrize(("when_left", "basis"), [("stops", "estimated"), (None, "reserved")])
async def test_what_a_call_that_was_left_cost_is_known_where_its_model_costs_nothing(
    vendor: BillingUpstream, tmp_path: Path, dollars: int, when_left: WhenLeft | None, basis: str
) -> None:
    price = ModelSettings(input=Decimal(dollars), output=Decimal(dollars))
    settings = attrs.evolve(settings_for(vendor, tmp_path, UNKNOWN), models={"*/m": price})
    one = attrs.evolve(settings.providers["one"], when_left=when_left)
    async with opened(attrs.evolve(settings, providers={"one": one})) as app:
        await leave(app, cancelled=False)
        record = await the_record(app)
    assert (record.outcome, record.basis) == ("Cancelled", basis)
    assert (record.cost.complete, record.cost.amount == 0) == (dollars == 0, dollars == 0)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_a_stream_cost_is_learned_after_its_caller_has_left(
    vendor: BillingUpstream, tmp_path: Path, cancelled: bool
) -> None:
    async with opened(settings_for(vendor, tmp_path)) as app:
        await leave(app, cancelled=cancelled)
        assert await records_of(app) == (), "it is not known yet what it cost"
        vendor.may_go_on.set()
        record = await the_record(app)
        assert (record.basis, record.outcome, record.cost.complete) == ("told", "Cancelled", True)
        assert record.usage.total == vendor.billed["one"]
        assert record.ledger_amount == await booked(app) == amount(vendor.billed["one"])


@pytest.mark.parametrize("ending", [LATER, HALF])
@pytest.mark.parametrize("prompt", [False, True])
async def test_what_a_whole_answer_cost_is_learned_after_its_caller_has_left(
    tmp_path: Path, ending: str, prompt: bool
) -> None:
    with billing_upstream(1, (ending,)) as vendor:
        async with opened(settings_for(vendor, tmp_path)) as app:
            await leave_whole(app, vendor, prompt=prompt)
            assert await records_of(app) == (), "it is not known yet what it cost"
            vendor.may_go_on.set()
            record = await the_record(app)
            assert (record.basis, record.outcome, record.cost.complete) == ("told", "Cancelled", True)
            assert record.usage.total == vendor.billed["one"]
            assert record.ledger_amount == await booked(app) == amount(vendor.billed["one"])


@pytest.mark.parametrize("whole", [False, True])
async def test_who_knows_that_a_vendor_goes_on_says_so_in_the_settings(
    vendor: BillingUpstream, tmp_path: Path, whole: bool
) -> None:
    settings = settings_for(vendor, tmp_path, UNKNOWN)
    one = attrs.evolve(settings.providers["one"], when_left="goes_on")
    async with opened(attrs.evolve(settings, providers={"one": one})) as app:
        await (leave_whole(app, vendor) if whole else leave(app, cancelled=True))
        vendor.may_go_on.set()
        record = await the_record(app)
        assert (record.basis, record.ledger_amount) == ("told", amount(vendor.billed["one"]))


@pytest.mark.parametrize(("when_left", "basis"), [("stops", "estimated"), (None, "reserved")])
async def test_of_a_client_of_ones_own_the_settings_say_whether_it_stops(
    vendor: BillingUpstream, tmp_path: Path, when_left: WhenLeft | None, basis: str
) -> None:
    async def say(request: ChatRequest) -> AsyncIterator[str]:
        yield "some words"
        await anyio.sleep_forever()

    settings = settings_for(vendor, tmp_path, UNKNOWN)
    one = attrs.evolve(settings.providers["one"], when_left=when_left)
    layers = live | own_provider("one", client_of(stream=say))
    async with open_app(layers, attrs.evolve(settings, providers={"one": one})) as app:
        await leave(app.unwrap(), cancelled=False)
        record = await the_record(app.unwrap())
        assert (record.basis, record.ledger_amount) == (basis, await booked(app.unwrap()))


async def test_a_whole_answer_that_is_a_refusal_in_the_end_costs_nothing(tmp_path: Path) -> None:
    with billing_upstream(1, (DENIED,)) as vendor:
        async with opened(settings_for(vendor, tmp_path)) as app:
            await leave_whole(app, vendor)
            vendor.may_go_on.set()
            record = await the_record(app)
            assert (record.basis, record.outcome, record.ledger_amount) == ("none", "Cancelled", Amount())
            assert await booked(app) == Amount()


@pytest.mark.parametrize(
    ("kind", "usage"), [(UNKNOWN, UsageSettings()), (GOES_ON, UsageSettings(read_abandoned_bytes=10))]
)
async def test_of_a_whole_answer_that_is_not_read_the_most_is_booked(
    vendor: BillingUpstream, tmp_path: Path, kind: str, usage: UsageSettings
) -> None:
    async with opened(settings_for(vendor, tmp_path, kind, usage)) as app:
        await leave_whole(app, vendor)
        vendor.may_go_on.set()
        record = await the_record(app)
        assert (record.basis, record.ledger_amount) == ("reserved", await booked(app))
        assert record.ledger_amount.tokens >= vendor.billed["one"]


async def test_the_app_closes_at_once_and_settles_what_is_still_being_read(
    vendor: BillingUpstream, tmp_path: Path
) -> None:
    settings = settings_for(vendor, tmp_path)
    async with opened(settings) as app:
        await leave(app, cancelled=False)
    async with opened(settings) as app:
        (record,) = await records_of(app)
        assert record.basis == "reserved"
        assert record.ledger_amount == await booked(app)
        assert record.ledger_amount.tokens >= vendor.billed["one"]


@pytest.mark.parametrize(
    ("kind", "usage"),
    [
        (UNKNOWN, UsageSettings()),
        (GOES_ON, UsageSettings(read_abandoned=0)),
        (GOES_ON, UsageSettings(read_abandoned=0.02)),
    ],
)
async def test_where_it_is_not_read_or_not_in_time_the_most_is_booked(
    vendor: BillingUpstream, tmp_path: Path, kind: str, usage: UsageSettings
) -> None:
    async with opened(settings_for(vendor, tmp_path, kind, usage)) as app:
        await leave(app, cancelled=True)
        record = await the_record(app)
        assert (record.basis, record.ledger_amount) == ("reserved", await booked(app))


async def test_no_more_bytes_are_read_than_the_bound_says_and_the_connection_is_let_go() -> None:
    for most, told in ((8, None), (12, ChatResponse())):
        answer = ScriptedHttpResponse(200, (), b"1234" * 3, piece=4)
        unread = UnreadStream(PendingResponse("", answer), answer, lambda chunk: (), lambda: (Done(ChatResponse()),))
        assert await unread.read(GUARD, most + 1) == told


async def test_the_record_waits_also_where_another_stream_stands_around_the_one_that_was_left(
    vendor: BillingUpstream, tmp_path: Path
) -> None:
    """As where an answer that breaks begins anew at the next model: to who stands outside, the stream is over."""
    settings = attrs.evolve(
        settings_for(vendor, tmp_path), fallback=("two/m",), routing=RoutingSettings(on_partial="restart")
    )
    async with opened(settings) as app:
        await leave(app, cancelled=False)
        assert await records_of(app) == ()
        vendor.may_go_on.set()
        record = await the_record(app)
        assert (record.basis, record.ledger_amount) == ("told", await booked(app))
        assert "two" not in vendor.billed, "nobody is asked for an answer that nobody waits for"


async def test_a_bill_is_written_once_when_the_last_try_is_known() -> None:
    bill, written = Bill(), list[int]()

    async def write() -> None:
        written.append(len(bill.charges))

    charge = Charge("1", "one", "m", NOTHING_ASKED)
    bill.expect()
    bill.expect()
    bill.write = write
    await bill.add_late(charge, Usage(1, 2))
    assert (written, bill.is_complete) == ([], False)
    await bill.add_late(charge, None)
    assert (written, bill.is_complete, bill.late_usage) == ([2], True, Usage(1, 2))


def test_a_client_of_the_gateway_that_hangs_up_pays_what_the_vendor_bills(
    vendor: BillingUpstream, tmp_path: Path
) -> None:
    text = f"""
default_provider = "one"
[providers.one]
kind = "{GOES_ON}"
base_url = "{vendor.address}/one/v1"
api_key = "sk-1"
model = "m"
[models."one/m"]
input = {DOLLARS}
output = {DOLLARS}
"""
    with running(tmp_path / "home", text) as site:
        with (
            httpx.Client(base_url=site.address, timeout=GUARD, trust_env=False) as client,
            client.stream("POST", "/v1/chat/completions", json=BODY) as answer,
        ):
            next(answer.iter_bytes())
        vendor.may_go_on.set()
        log = site.served.site.running.stores.usage_log
        records: tuple[UsageRecord, ...] = ()
        for _ in attempts():
            records = site.portal.call(settle, log.read()).unwrap()
            if records:
                break
        assert (records[0].basis, records[0].usage.total) == ("told", vendor.billed["one"])
