"""Several processes and one server: what one learns of a model the others know, and equal questions are asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Success

from pointsman import ChatRequest, ChatResponse, ask
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.core.chat.event import Done
from pointsman.core.error import ModelUnavailable, NetworkError
from pointsman.core.notice import Notice, SharedStateChange
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.routing.model_stats import Sample
from pointsman.services.interceptors.breaker import CircuitBreaker
from pointsman.services.interceptors.interceptor import Call
from pointsman.services.middleware.cache import Cached
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.shared_leases import LEASE_SECONDS
from pointsman.services.shared.availability import QUIET_SECONDS, Availability
from pointsman.services.shared.board_keeper import BoardKeeper
from pointsman.services.shared.circuits import SharedCircuits
from pointsman.services.shared.lease_keeper import ALONE, LeaseKeeper
from pointsman.services.shared.miss_while_away import MissWhileAway
from pointsman.services.shared.shared_scoreboard import BUSY_SECONDS, SharedScoreboard
from pointsman.testing import ScriptedClient, VirtualClock
from pointsman.testing.clock import FixedRandom
from pointsman.testing.failing_store import failing
from pointsman.testing.laws.examples import examples
from pointsman.testing.shared_board import FakeSharedBoard
from pointsman.testing.shared_leases import FakeSharedLeases
from tests.managed import Gated, answer, chat, stream
from tests.patience import GUARD, pass_on

POLICY = BreakerPolicy(failures=2, cool_down=30.0)
DOWN = NetworkError(detail="gone")


@attrs.define(eq=False)
class Shared:
    """What the processes have in common."""

    clock: VirtualClock = attrs.field(factory=VirtualClock)
    board: FakeSharedBoard = attrs.field(init=False)
    leases: FakeSharedLeases = attrs.field(init=False)
    cache: MemoryCache = attrs.field(factory=MemoryCache)

    def __attrs_post_init__(self) -> None:
        self.board, self.leases = FakeSharedBoard(self.clock), FakeSharedLeases(self.clock)

    def put_away(self, is_away: bool = True) -> None:
        self.board.is_away = self.leases.is_away = is_away


@attrs.define(eq=False)
class Process:
    """One of them."""

    shared: Shared
    number: int
    told: list[Notice] = attrs.field(factory=list)
    availability: Availability = attrs.field(init=False)
    leases: LeaseKeeper = attrs.field(init=False)
    scoreboard: SharedScoreboard = attrs.field(init=False)
    keeper: BoardKeeper = attrs.field(init=False)
    breaker: CircuitBreaker = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        clock, name = self.shared.clock, f"process-{self.number}"
        self.availability = Availability(clock, self.told.append)
        self.leases = LeaseKeeper(self.shared.leases, self.availability, FixedRandom(self.number), name)
        self.scoreboard = SharedScoreboard(MemoryScoreboard(), clock, name)
        circuits = SharedCircuits(self.leases, clock)
        self.keeper = BoardKeeper(self.shared.board, self.availability, name, (self.scoreboard, circuits))
        circuits.keeper = self.keeper
        self.breaker = CircuitBreaker(clock, POLICY, self.told.append, circuits)

    def cached(self, inner: ScriptedClient, clock: Clock | None = None) -> Cached:
        return Cached(inner, self.shared.cache, clock or self.shared.clock, leases=self.leases)

    async def call(self, error: NetworkError | None) -> bool:
        """Whether the circuit lets a call through, which ends with `error`."""
        call = a_call(self.shared.clock)
        entered = await self.breaker.before(call)
        if isinstance(entered, Failure):
            assert isinstance(entered.failure(), ModelUnavailable)
            return False
        after = entered.unwrap()
        assert after is not None
        call.error, call.response = error, None if error is not None else answer()
        telling = after(call)
        assert telling is not None
        await telling
        return True

    async def begin_probe(self) -> bool:
        """One that is not over yet."""
        return isinstance(await self.breaker.before(a_call(self.shared.clock)), Success)


def a_call(clock: Clock) -> Call:
    return Call(id="1", kind="complete", provider="p", request=ask("m", "Hello"), began=clock.monotonic())


def several(count: int) -> tuple[Shared, list[Process]]:
    shared = Shared()
    return shared, [Process(shared, number) for number in range(count)]


async def tell(*processes: Process) -> None:
    for process in processes:
        await process.keeper.exchange()


@asynccontextmanager
async def running(*processes: Process) -> AsyncIterator[None]:
    """What each does beside its calls."""
    async with anyio.create_task_group() as group:
        for process in processes:
            group.start_soon(process.keeper.run)
            group.start_soon(process.leases.run)
        yield
        group.cancel_scope.cancel()


async def test_a_circuit_that_one_has_opened_is_open_in_all_and_closed_by_one_probe() -> None:
    shared, (one, other, third) = several(3)
    assert [await one.call(DOWN) for _ in range(3)] == [True, True, False]
    await tell(one, other, third)
    assert [await process.call(None) for process in (other, third)] == [False, False]
    assert other.breaker.cooling("p/m") == 30.0
    shared.clock.advance(30.0)
    assert [await process.begin_probe() for process in (other, third, one)] == [True, False, False]
    async with running(other):  # its probe is lost with the process that dies: another may after a while
        await pass_on()
    shared.clock.advance(LEASE_SECONDS)
    assert await third.call(None)
    await tell(third, one)
    assert [await one.call(None) for _ in range(3)] == [True] * 3


async def test_a_refusal_says_why_wherever_the_circuit_was_opened() -> None:
    _, (one, other) = several(2)
    await one.call(DOWN)
    await one.call(DOWN)
    await tell(one, other)
    refused = await other.breaker.before(a_call(other.shared.clock))
    assert "failed 2 times in a row" in refused.failure().detail
    assert "NetworkError: gone" in refused.failure().detail


async def test_a_probe_that_fails_leaves_the_circuit_open_in_all_before_another_may_probe() -> None:
    shared, (one, other) = several(2)
    await one.call(DOWN)
    await one.call(DOWN)
    await tell(one, other)
    shared.clock.advance(30.0)
    assert await other.call(DOWN)
    assert not await one.call(None), "its lease is given back when all know what came of it"
    async with running(other):
        await pass_on()
    assert not await one.call(None), "it has the lease now, and looks first"
    assert (one.breaker.cooling("p/m"), other.breaker.cooling("p/m")) == (30.0, 30.0)
    shared.clock.advance(30.0)
    assert await one.call(None)


async def test_it_is_open_elsewhere_in_less_than_a_second() -> None:
    shared, (one, other) = several(2)
    async with running(one, other):
        await pass_on()
        await one.call(DOWN)
        await one.call(DOWN)
        await shared.clock.run_for(0.9)
        assert other.breaker.cooling("p/m") > 29.0


async def test_away_each_goes_on_alone_and_says_so_once() -> None:
    shared, (one, other) = several(2)
    shared.put_away()
    await one.call(DOWN)
    await one.call(DOWN)
    await tell(one, one, other)
    assert not await one.call(None)
    assert await other.call(None)
    shared.clock.advance(30.0)
    assert await one.leases.acquire("anything") is ALONE
    assert await one.call(DOWN), "its own probe needs nobody's leave"
    shared.put_away(False)
    shared.clock.advance(QUIET_SECONDS)
    await tell(one, other)
    assert not await other.call(None), "on return it is told what was opened meanwhile"
    states = [notice.state for notice in one.told if isinstance(notice, SharedStateChange)]
    assert states == ["away", "shared"]


async def test_a_server_that_has_forgotten_everything_is_told_it_again() -> None:
    shared, (one, other) = several(2)
    for _ in range(2):
        await one.call(DOWN)
        one.scoreboard.end("p/m", Sample(ok=True, seconds=1.0), shared.clock.now())
    await tell(one)
    shared.board.forget_all()
    async with running(one):
        await pass_on()
    await tell(other)
    assert not await other.call(None)
    assert other.scoreboard.read(("p/m",), shared.clock.now())[0].observed.calls == pytest.approx(2.0)


async def test_calls_under_way_of_who_is_dead_are_forgotten_and_of_who_lives_are_not() -> None:
    shared, (dead, alive, reader) = several(3)
    dead.scoreboard.begin("p/m")
    alive.scoreboard.begin("p/m")
    await tell(dead, alive, reader)
    assert reader.scoreboard.read(("p/m",), shared.clock.now())[0].in_flight == 2
    for _ in range(3):
        shared.clock.advance(BUSY_SECONDS * 0.6)
        await tell(alive, reader)
    assert reader.scoreboard.read(("p/m",), shared.clock.now())[0].in_flight == 1


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["good", "bad", "tell", "away", "back", "forget", "deaf", "wait"]), st.integers(0, 2)
        ),
        max_size=40,
    )
)
def test_whatever_happens_to_the_server_each_call_is_counted_once_in_the_end(steps: list[tuple[str, int]]) -> None:
    async def run() -> None:
        shared, processes = several(3)
        whole = MemoryScoreboard()
        for what, number in steps:
            if what in ("good", "bad"):
                sample = Sample(ok=what == "good", seconds=2.0, first_output=0.5, output_tokens=30)
                for board in (whole, processes[number].scoreboard):
                    board.end("p/m", sample, shared.clock.now())
            elif what == "tell":
                await tell(processes[number])
            elif what == "wait":
                shared.clock.advance(2.0 * (1 + number))
            elif what == "forget":
                shared.board.forget_all()
            else:
                shared.board.is_away, shared.board.is_deaf = what == "away", what == "deaf"
        shared.board.is_away = shared.board.is_deaf = False
        shared.clock.advance(QUIET_SECONDS)
        await tell(*processes, *processes, *processes)
        (expected,) = whole.read(("p/m",), shared.clock.now())
        for process in processes:
            (seen,) = process.scoreboard.read(("p/m",), shared.clock.now())
            assert seen.observed.calls == pytest.approx(expected.observed.calls)
            assert seen.observed.errors == pytest.approx(expected.observed.errors)
            assert seen.observed.tokens_per_second == pytest.approx(expected.observed.tokens_per_second)

    anyio.run(run)


def question(timeout: float | None = None) -> ChatRequest:
    return attrs.evolve(ask("p/m", "Hello"), timeout=timeout)


async def test_equal_questions_of_several_processes_are_asked_once() -> None:
    _, processes = several(3)
    inner, answers = Gated(), list[ChatResponse]()
    clients = [process.cached(inner, process.shared.clock.passive) for process in processes]

    async def one(number: int) -> None:
        outcome = await chat(clients[number % 3], question())
        assert isinstance(outcome, ChatResponse)
        answers.append(outcome)

    with anyio.fail_after(GUARD):
        async with running(*processes), anyio.create_task_group() as group:
            for number in range(9):
                group.start_soon(one, number)
            await pass_on()
            inner.gate.set()
            while len(answers) < 9:
                await processes[0].shared.clock.run_for(0.25)
    assert len(inner.requests) == 1
    assert [answer.is_cached for answer in answers].count(False) == 1
    assert len({answer.text for answer in answers}) == 1


async def test_a_stream_waits_for_the_answer_of_another_process_too() -> None:
    _, (one, other) = several(2)
    inner = Gated([answer("the whole of it")])
    async with running(one, other), anyio.create_task_group() as group:
        group.start_soon(chat, one.cached(inner), question())
        await pass_on()
        inner.gate.set()
        events = await stream(other.cached(inner), question())
    assert isinstance(events[-1], Done)
    assert (events[-1].response.text, events[-1].response.is_cached) == ("the whole of it", True)
    assert len(inner.requests) == 1


async def test_where_one_fails_another_asks_the_model_itself() -> None:
    _, (one, other) = several(2)
    failing_one, fine = Gated(error=NetworkError(detail="gone")), ScriptedClient([answer()])
    async with running(one, other), anyio.create_task_group() as group:
        group.start_soon(chat, one.cached(failing_one), question())
        await pass_on()
        failing_one.gate.set()
        assert isinstance(await chat(other.cached(fine), question()), ChatResponse)
    assert len(fine.requests) == 1


async def test_who_dies_while_it_asks_keeps_the_others_waiting_no_longer_than_its_lease() -> None:
    shared, (dead, other) = several(2)
    assert await dead.leases.acquire("a lease that nobody renews")
    fine, silent = ScriptedClient([answer()]), Gated()
    async with anyio.create_task_group() as group:
        group.start_soon(chat, dead.cached(silent), question())  # nothing renews what it holds
        await pass_on()
        began = shared.clock.monotonic()
        assert isinstance(await chat(other.cached(fine), question()), ChatResponse)
        assert 0 < shared.clock.monotonic() - began <= LEASE_SECONDS + 0.25
        group.cancel_scope.cancel()


async def test_who_waits_goes_on_by_itself_when_the_server_goes_away_or_its_time_is_over() -> None:
    shared, (holder, waiter, hasty) = several(3)
    silent, fine = Gated(), ScriptedClient([answer(), answer()])
    async with running(holder), anyio.create_task_group() as group:
        group.start_soon(chat, holder.cached(silent), question())
        await pass_on()
        assert isinstance(await chat(hasty.cached(fine), question(timeout=2.0)), ChatResponse)
        shared.cache = MemoryCache()
        shared.put_away()
        assert isinstance(await chat(waiter.cached(fine), question()), ChatResponse)
        group.cancel_scope.cancel()
    assert len(fine.requests) == 2


async def test_a_cache_that_is_away_is_empty_and_no_answer_says_a_word_of_it() -> None:
    shared, (one,) = several(1)
    store = MissWhileAway(failing(shared.cache), one.availability)
    inner = ScriptedClient([answer(), answer()])
    client = Cached(inner, store, shared.clock)
    for _ in range(2):
        outcome = await chat(client, question())
        assert isinstance(outcome, ChatResponse)
        assert (outcome.warnings, outcome.is_cached) == ((), False)
    assert one.availability.is_away
    assert len([notice for notice in one.told if isinstance(notice, SharedStateChange)]) == 1
