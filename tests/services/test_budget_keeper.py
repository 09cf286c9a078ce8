"""Budgets: reserved before, settled after, never overspent, never a false block."""

from __future__ import annotations

from decimal import Decimal

import anyio
import anyio.lowlevel
import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from pointsman import (
    Budget,
    BudgetExceeded,
    CallOptions,
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    ConfigurationError,
    EmbeddingRequest,
    InvalidRequest,
    InvalidResponse,
    ModelUnavailable,
    NetworkError,
    RateLimitExceeded,
    TimeoutError,
    ask,
    settle,
)
from pointsman.adapters.memory.ledger import MemoryLedger
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.core.chat.event import Done, Failed, Started, TextDelta
from pointsman.core.chat.metered import input_tokens
from pointsman.core.chat.options import PLAIN
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import ChatError, StorageError
from pointsman.core.money.budget import Account, Amount, Balance, accounts
from pointsman.core.money.cost import Cost
from pointsman.core.money.settlement import NOTHING_ASKED, Bill
from pointsman.core.notice import BudgetWarning, Degraded, Notice
from pointsman.core.routing.rate import Limit
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.measurement import Measured
from pointsman.services.interceptors.rate_limit import RateLimiter
from pointsman.services.ports.client import Client
from pointsman.services.ports.ledger import Ledger, Reservation
from pointsman.services.ports.sending import current_sending
from pointsman.testing import FixedModels, ScriptedClient, VirtualClock
from pointsman.testing.laws.examples import examples
from tests.adapters.sqlite.opened import a_ledger
from tests.managed import Gated, answer, chat, continued, priced, stream

SMALL = attrs.evolve(priced("1000"), context_length=1000, max_output=100)
BOOK = FixedModels(
    {"fake/m": priced("1000"), "fake/free": priced("0"), "fake/small": SMALL}
)  # a thousandth of a dollar for a token
ONE_CALL = Decimal("0.2")  # 100 tokens in and 100 out


def asked(model: str = "m", options: CallOptions = PLAIN, most: int = 100) -> ChatRequest:
    return attrs.evolve(ask(model, "hello", options), max_tokens=most)


def kept(
    inner: Client,
    *budgets: Budget,
    ledger: Ledger | None = None,
    notices: list[Notice] | None = None,
    stops: frozenset[str] = frozenset(),
) -> tuple[Intercepted, Ledger, VirtualClock]:
    """A client that keeps to `budgets`."""
    clock, book = VirtualClock(), ledger or MemoryLedger()
    told = notices if notices is not None else []
    keeper = BudgetKeeper(budgets, book, BOOK, clock, told.append, stops_with_client=stops)
    return (
        Intercepted(
            Intercepted(inner, (Measured(BOOK, MemoryScoreboard(), clock),), clock, "fake"),
            (keeper,),
            clock,
            "fake",
            "k-",
        ),
        book,
        clock,
    )


async def spent(ledger: Ledger, budget: Budget, clock: VirtualClock, options: CallOptions = PLAIN) -> Decimal:
    keys = [account.key for account in accounts((budget,), options, "fake", "m", clock.now())]
    balances = (await settle(ledger.balances(keys, clock.now()))).unwrap()
    assert all(balance.reserved == Amount() for balance in balances)
    return sum((balance.spent.cost.amount for balance in balances), Decimal(0))


TEN = Budget(name="ten", usd=Decimal(2), period="day")


async def test_calls_go_through_until_the_next_could_break_it() -> None:
    client, ledger, clock = kept(ScriptedClient(lambda request: answer()), TEN)
    outcomes = [await chat(client, asked()) for _ in range(12)]
    good = [one for one in outcomes if isinstance(one, ChatResponse)]
    assert len(good) == 10
    refused = outcomes[10]
    assert isinstance(refused, BudgetExceeded)
    assert (refused.budget, refused.limit, refused.spent, refused.unit) == ("ten", Decimal(2), Decimal(2), "usd")
    assert refused.resets_at is not None
    assert refused.resets_at % 86400 == 0
    assert refused.resets_at > clock.now()
    assert "resets at" in str(refused)
    assert await spent(ledger, TEN, clock) == sum(one.cost.amount for one in good) == Decimal(2)


async def test_it_is_whole_again_in_the_next_period() -> None:
    client, _, clock = kept(ScriptedClient(lambda request: answer()), attrs.evolve(TEN, usd=ONE_CALL))
    assert isinstance(await chat(client, asked()), ChatResponse)
    assert isinstance(await chat(client, asked()), BudgetExceeded)
    clock.advance(86400)
    assert isinstance(await chat(client, asked()), ChatResponse)


async def test_a_free_model_is_never_refused_and_tokens_count_by_themselves() -> None:
    client, _, _ = kept(ScriptedClient(lambda request: answer()), Budget(name="none", usd=Decimal(0)))
    assert isinstance(await chat(client, asked("free")), ChatResponse)
    assert isinstance(await chat(client, asked()), BudgetExceeded)
    client, _, _ = kept(ScriptedClient(lambda request: answer()), Budget(name="tokens", tokens=350))
    assert isinstance(await chat(client, asked("free")), ChatResponse)
    refused = await chat(client, asked("free", most=300))
    assert isinstance(refused, BudgetExceeded)
    assert (refused.unit, refused.spent, refused.limit) == ("tokens", Decimal(200), Decimal(350))


async def test_an_unknown_price_is_not_taken_for_nothing() -> None:
    client, _, _ = kept(ScriptedClient(lambda request: answer()), TEN)
    refused = await chat(client, asked("stranger"))
    assert isinstance(refused, ConfigurationError)
    assert 'under [models."fake/stranger"]' in str(refused)
    client, _, _ = kept(ScriptedClient(lambda request: answer()), Budget(name="tokens", tokens=350))
    assert isinstance(await chat(client, asked("stranger")), ChatResponse)


async def test_each_tenant_and_tag_has_its_own() -> None:
    per_tenant = Budget(name="each", usd=ONE_CALL, scope="tenant")
    tagged = Budget(name="batch", usd=ONE_CALL, scope="tag", only="batch")
    client, ledger, clock = kept(ScriptedClient(lambda request: answer()), per_tenant, tagged)
    ann, bob = CallOptions(tenant="ann"), CallOptions(tenant="bob", tags=("batch", "x"))
    assert isinstance(await chat(client, asked(options=ann)), ChatResponse)
    assert isinstance(await chat(client, asked(options=ann)), BudgetExceeded)
    assert isinstance(await chat(client, asked(options=bob)), ChatResponse)
    assert isinstance(await chat(client, asked()), ChatResponse)
    batch = await chat(client, asked(options=CallOptions(tags=("batch",))))
    assert isinstance(batch, BudgetExceeded)
    assert batch.budget == "batch"
    assert await spent(ledger, per_tenant, clock, ann) == ONE_CALL


async def test_a_failed_call_gives_back_what_was_held() -> None:
    client, ledger, clock = kept(ScriptedClient([ModelUnavailable(), "fine"]), TEN)
    assert isinstance(await chat(client, asked()), ModelUnavailable)
    assert await spent(ledger, TEN, clock) == 0


async def test_an_answer_that_does_not_tell_its_usage_is_booked_at_what_was_held() -> None:
    inner = ScriptedClient(lambda request: attrs.evolve(answer(), usage=UNKNOWN))
    client, ledger, clock = kept(inner, TEN)
    response = await chat(client, asked())
    assert isinstance(response, ChatResponse)
    assert response.cost.usd is None
    assert await spent(ledger, TEN, clock) > Decimal("0.1")


async def left_after_the_first_text(client: Client, request: ChatRequest | CompletionRequest) -> None:
    async with client.stream(request) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break


async def test_a_stream_that_is_left_is_booked_at_what_was_held_since_its_provider_goes_on() -> None:
    client, ledger, clock = kept(ScriptedClient(lambda request: answer("word " * 100)), TEN)
    await left_after_the_first_text(client, asked())
    assert await spent(ledger, TEN, clock) == Decimal("0.112"), "11 tokens in, with their margin, and 100 out"


async def test_a_stream_of_a_provider_that_stops_with_client_is_booked_at_the_text_that_came() -> None:
    """By its text: a piece may hold one token or fifty."""
    texts = ["word " * 50, "word " * 10]
    for text in texts:
        one = ScriptedClient([[Started("1", "m"), TextDelta(text), TextDelta(text), Done(answer(text * 2))]])
        client, ledger, clock = kept(one, TEN, stops=frozenset(("fake",)))
        await left_after_the_first_text(client, asked())
        tokens = input_tokens(asked()) + estimate_text(text)
        assert await spent(ledger, TEN, clock) == Decimal(tokens) / 1000


async def test_what_was_sent_and_not_answered_is_booked_at_what_was_held() -> None:
    late = TimeoutError(timeout_ms=1, phase="total", sent=True)
    cut, unreadable = NetworkError(sent=True), InvalidResponse(detail="half a document")
    unsent = (NetworkError(), ModelUnavailable(status=500), RateLimitExceeded(status=429), InvalidRequest(status=400))
    for error in (late, cut, unreadable, *unsent):
        client, ledger, clock = kept(ScriptedClient([error]), TEN)
        await chat(client, asked())
        booked = await spent(ledger, TEN, clock)
        assert booked == (0 if error in unsent else Decimal("0.112")), error


async def test_a_call_that_is_cancelled_is_booked_if_it_had_been_sent() -> None:
    class Slow(ScriptedClient):
        """Follows its request as the driver does, and answers never."""

        async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
            sending = current_sending()
            assert sending is not None
            if request.options.tags:
                sending.begin()
            await anyio.sleep_forever()
            raise AssertionError

    for tags, booked in (((), Decimal(0)), (("sent",), Decimal("0.112"))):
        client, ledger, clock = kept(Slow(), TEN)
        with anyio.move_on_after(0.01):
            await chat(client, asked(options=CallOptions(tags=tags)))
        assert await spent(ledger, TEN, clock) == booked


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_call_that_is_cancelled_while_it_waits_for_a_rate_limit_costs_nothing(streamed: bool) -> None:
    clock, ledger, bill = VirtualClock(jumps=False), MemoryLedger(), Bill()
    keeper = BudgetKeeper((TEN,), ledger, BOOK, clock)
    limiter = RateLimiter({"fake": Limit(requests_per_minute=1, max_wait=1e9)}, clock)
    client = Intercepted(
        ScriptedClient(lambda request: answer()),
        (keeper, limiter, Measured(BOOK, MemoryScoreboard(), clock)),
        clock,
        "fake",
        "k-",
    )
    assert isinstance(await chat(client, asked()), ChatResponse)
    async with anyio.create_task_group() as tasks:
        if streamed:
            tasks.start_soon(client.open, asked(options=attrs.evolve(PLAIN, bill=bill)))
        else:
            tasks.start_soon(chat, client, asked(options=attrs.evolve(PLAIN, bill=bill)))
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await spent(ledger, TEN, clock) == ONE_CALL
    assert [charge.settlement for charge in bill.charges] == [NOTHING_ASKED]


async def test_a_usage_that_cannot_be_is_cut_to_what_can_and_told() -> None:
    notices: list[Notice] = []
    absurd = ScriptedClient(lambda request: answer(usage=Usage(10**25, 10**25, 0, 0, 0)))
    for model, most in (("small", 4 * 1100), ("m", 10_000_000)):
        client, ledger, clock = kept(absurd, attrs.evolve(TEN, usd=Decimal(1000)), notices=notices)
        response = await chat(client, asked(model))
        assert isinstance(response, ChatResponse)
        assert response.usage.estimated
        assert (response.usage.total, response.cost.complete) == (most, False)
        assert await spent(ledger, TEN, clock) == Decimal(most) / 1000
    assert any(isinstance(notice, Degraded) for notice in notices)


async def test_a_streamed_completion_is_held_back_and_booked_like_any_call() -> None:
    client, ledger, clock = kept(ScriptedClient(), TEN)
    end = (await continued(client, CompletionRequest("m", "go on", max_tokens=100)))[-1]
    assert isinstance(end, Done)
    assert await spent(ledger, TEN, clock) == end.response.cost.amount > 0
    (refused,) = await continued(client, CompletionRequest("m", "go on", max_tokens=5000))
    assert isinstance(refused, Failed)
    assert isinstance(refused.error, BudgetExceeded)
    await left_after_the_first_text(client, CompletionRequest("m", "go on " * 100, max_tokens=100))
    assert end.response.cost.amount < await spent(ledger, TEN, clock) < Decimal(1)


async def test_more_than_was_held_is_booked_and_told() -> None:
    notices: list[Notice] = []
    inner = ScriptedClient(lambda request: answer(usage=Usage(1500, 100, 0, 0, 0)))
    client, ledger, clock = kept(inner, TEN, notices=notices)
    assert isinstance(await chat(client, asked()), ChatResponse)
    assert await spent(ledger, TEN, clock) == Decimal("1.6")
    warnings = [notice for notice in notices if isinstance(notice, BudgetWarning)]
    assert [warning.overrun is None for warning in warnings] == [True, False]
    assert warnings[0].share == 0.8


async def test_embeddings_count_too() -> None:
    client, ledger, clock = kept(ScriptedClient(), TEN)
    assert isinstance(await settle(client.embed(EmbeddingRequest("m", ("a text",)))), Success)
    assert await spent(ledger, TEN, clock) > 0


async def test_a_call_waits_for_what_is_only_held_back_and_is_not_refused_for_it() -> None:
    inner = Gated(lambda request: answer(usage=Usage(5, 5, 0, 0, 0)))
    clock, ledger = VirtualClock(jumps=False), MemoryLedger()
    keeper = BudgetKeeper((TEN,), ledger, BOOK, clock)
    client = Intercepted(
        Intercepted(inner, (Measured(BOOK, MemoryScoreboard(), clock),), clock, "fake"), (keeper,), clock, "fake"
    )
    found: list[ChatResponse | ChatError] = []

    async def one() -> None:
        found.append(await chat(client, asked(most=1500)))

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        assert found == []
        inner.gate.set()
    assert all(isinstance(outcome, ChatResponse) for outcome in found)


@settings(max_examples=examples(40))
@given(
    limit=st.integers(1, 3000),
    calls=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300), st.sampled_from("afcs")), max_size=30),
    lanes=st.integers(1, 12),
)
def test_many_callers_at_once_never_overspend(limit: int, calls: list[tuple[int, int, str]], lanes: int) -> None:
    """Answers, failures, cancellations and streams, at most as large as was announced."""
    budget = Budget(name="b", usd=Decimal(limit) / 1000)

    async def run() -> None:
        usages = iter(calls)
        inner = ScriptedClient(lambda request: _reply(request))
        client, ledger, clock = kept(inner, budget)
        booked: list[Decimal] = []

        async def lane() -> None:
            for tokens, most, kind in usages:
                await anyio.lowlevel.checkpoint()
                request = asked(most=most, options=CallOptions(tags=(f"{min(tokens, most)}", kind)))
                if kind == "s":
                    await stream(client, request)
                elif kind == "c":
                    with anyio.move_on_after(0):
                        await chat(client, request)
                else:
                    outcome = await chat(client, request)
                    if isinstance(outcome, ChatResponse):
                        booked.append(outcome.cost.amount)

        async with anyio.create_task_group() as group:
            for _ in range(lanes):
                group.start_soon(lane)
        total = await spent(ledger, budget, clock)
        assert sum(booked) <= total <= (budget.usd or 0)

    anyio.run(run)


def _reply(request: ChatRequest) -> ChatResponse | ChatError:
    tokens, kind = request.options.tags
    if kind == "f":
        return ModelUnavailable()
    return answer(usage=Usage(3, int(tokens), 0, 0, 0))


@pytest.mark.parametrize("model", ["m", "free"])
async def test_without_an_account_a_call_is_not_looked_at(model: str) -> None:
    client, _, _ = kept(ScriptedClient(lambda request: answer()), Budget(name="t", usd=Decimal(0), scope="tag"))
    assert isinstance(await chat(client, asked(model)), ChatResponse)


async def test_what_cannot_be_booked_is_told() -> None:
    class Broken(MemoryLedger):
        async def settle(
            self, reservation: Reservation, amount: Amount, now: float, *, recorded: bool = False
        ) -> Result[tuple[tuple[Account, Balance], ...], StorageError]:
            return Failure(StorageError(detail="the disk is full"))

    notices: list[Notice] = []
    client, _, _ = kept(ScriptedClient(lambda request: answer()), TEN, ledger=Broken(), notices=notices)
    assert isinstance(await chat(client, asked()), ChatResponse)
    assert [notice.lost for notice in notices if isinstance(notice, BudgetWarning)] == [Cost(ONE_CALL)]


@pytest.mark.parametrize("turns", range(1, 40, 3))
async def test_who_goes_away_at_any_moment_holds_nothing_back(turns: int) -> None:
    """Also while the ledger is being asked, whose file many want at once."""
    budget = Budget(name="b", usd=Decimal(1000), period="total")
    async with a_ledger() as ledger:
        client, _, clock = kept(ScriptedClient(lambda request: answer("yes")), budget, ledger=ledger)

        async def call(scope: anyio.CancelScope) -> None:
            with scope:
                await chat(client, asked())

        scopes = [anyio.CancelScope() for _ in range(12)]
        async with anyio.create_task_group() as group:
            for scope in scopes:
                group.start_soon(call, scope)
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            for scope in scopes[::2]:
                scope.cancel()
        (account,) = accounts((budget,), PLAIN, "fake", "m", clock.now())
        (balance,) = (await settle(ledger.balances([account.key], clock.now()))).unwrap()
    assert balance.reserved == Amount()
    assert balance.spent.cost.amount >= 6 * ONE_CALL
