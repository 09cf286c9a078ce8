"""Breaker, limiter and budget together, while calls begin, succeed, fail, break and are cancelled in any order.

A machine of steps against a model of its own: whatever happened, nothing is overspent, nobody is let through who should
not be, and when all calls have ended nothing is left held.
"""

from __future__ import annotations

from decimal import Decimal

import anyio
import attrs
from anyio.abc import TaskGroup
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Result

from pointsman import (
    Budget,
    BudgetExceeded,
    ChatRequest,
    ChatResponse,
    Limit,
    ModelUnavailable,
    RateLimitExceeded,
    ask,
    settle,
)
from pointsman.adapters.memory.ledger import MemoryLedger
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.core.chat.options import PLAIN
from pointsman.core.chat.usage import Usage
from pointsman.core.error import ChatError
from pointsman.core.money.budget import NO_AMOUNT, accounts
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.services.interceptors.breaker import CircuitBreaker
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.measurement import Measured
from pointsman.services.interceptors.rate_limit import RateLimiter
from pointsman.testing import FixedModels, ScriptedClient, VirtualClock
from pointsman.testing.laws.examples import examples
from tests.managed import answer, chat, priced

BOOK = FixedModels({"fake/m": priced("1000")})
BUDGET = Budget(name="b", usd=Decimal("1.5"))
MOST_AT_ONCE, FAILURES, COOL_DOWN = 3, 2, 30.0
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.integers(1, 400)),
        st.tuples(st.sampled_from(["succeed", "fail", "cancel"]), st.integers(0, 5)),
        st.tuples(st.just("pass"), st.sampled_from([1, 10, 31])),
    ),
    max_size=40,
)


@attrs.define(eq=False)
class Pending:
    """A call that has reached the model, or is on its way there."""

    scope: anyio.CancelScope
    most: int
    reached: bool = False
    verdict: str = ""
    decided: anyio.Event = attrs.field(factory=anyio.Event)


@attrs.define
class Model(ScriptedClient):
    """The model under the guards: it answers when it is told to, and counts who is with it."""

    inside: list[Pending] = attrs.field(factory=list)
    waiting: list[Pending] = attrs.field(factory=list)
    most_inside: int = 0

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        call = next(one for one in self.waiting if one.most == request.max_tokens and not one.reached)
        call.reached = True
        self.inside.append(call)
        self.most_inside = max(self.most_inside, len(self.inside))
        try:
            await call.decided.wait()
        finally:
            self.inside.remove(call)
        used = Usage(3, call.most, 0, 0, 0)
        self.script = lambda asked: ModelUnavailable() if call.verdict == "fail" else answer(usage=used)
        return await ScriptedClient.call_chat(self, request)


@attrs.define
class Machine:
    """The guards around the model, and all that came of them."""

    group: TaskGroup
    clock: VirtualClock = attrs.field(factory=lambda: VirtualClock(jumps=False))
    model: Model = attrs.field(factory=Model)
    ledger: MemoryLedger = attrs.field(factory=MemoryLedger)
    board: MemoryScoreboard = attrs.field(factory=MemoryScoreboard)
    outcomes: list[ChatResponse | ChatError] = attrs.field(factory=list)
    client: Intercepted = attrs.field(init=False)
    breaker: CircuitBreaker = attrs.field(init=False)
    limiter: RateLimiter = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.breaker = CircuitBreaker(self.clock, BreakerPolicy(failures=FAILURES, cool_down=COOL_DOWN))
        self.limiter = RateLimiter({"fake": Limit(concurrent=MOST_AT_ONCE, max_wait=20)}, self.clock)
        inside = Intercepted(self.model, (self.limiter, Measured(BOOK, self.board, self.clock)), self.clock, "fake")
        keeper = BudgetKeeper((BUDGET,), self.ledger, BOOK, self.clock, max_wait=20)
        self.client = Intercepted(inside, (keeper, self.breaker), self.clock, "fake", "s-")

    async def step(self, name: str, number: int) -> None:
        """Do one step and let everything come to rest."""
        calls = self.model.inside if name in ("succeed", "fail") else self.model.waiting
        if name == "start":
            call = Pending(anyio.CancelScope(), number)
            self.model.waiting.append(call)
            self.group.start_soon(self._call, call)
        elif name == "pass":
            self.clock.advance(number)
        elif calls:
            chosen = calls[number % len(calls)]
            if name == "cancel":
                chosen.scope.cancel()
            else:
                chosen.verdict = name
                chosen.decided.set()
        await anyio.wait_all_tasks_blocked()
        await self.check()

    async def _call(self, call: Pending) -> None:
        with call.scope:
            request = attrs.evolve(ask("m", "hello"), max_tokens=call.most)
            self.outcomes.append(await chat(self.client, request))
        self.model.waiting.remove(call)

    async def check(self) -> None:
        """What holds at every moment."""
        (account,) = accounts((BUDGET,), PLAIN, "fake", "m", self.clock.now())
        (balance,) = (await settle(self.ledger.balances([account.key], self.clock.now()))).unwrap()
        assert (balance.spent + balance.reserved).cost.amount <= (BUDGET.usd or 0)
        paid = sum((one.cost.amount for one in self.outcomes if isinstance(one, ChatResponse)), Decimal(0))
        assert paid <= balance.spent.cost.amount
        assert len(self.model.inside) <= MOST_AT_ONCE
        assert self.board.read(["fake/m"], self.clock.now())[0].in_flight == len(self.model.inside)

    async def end(self) -> None:
        """Let every call end, and see that nothing is left held."""
        while self.model.waiting:
            for call in list(self.model.waiting):
                call.scope.cancel()
            await anyio.wait_all_tasks_blocked()
        (account,) = accounts((BUDGET,), PLAIN, "fake", "m", self.clock.now())
        (balance,) = (await settle(self.ledger.balances([account.key], self.clock.now()))).unwrap()
        assert balance.reserved == NO_AMOUNT
        assert self.board.read(["fake/m"], self.clock.now())[0].in_flight == 0
        assert all(lane.busy == 0 and not lane._queues for lane in self.limiter._lanes.values())
        assert self.breaker.circuits.read("fake/m").probing == 0


@settings(max_examples=examples(150))
@given(steps=STEPS)
def test_the_guards_hold_together_whatever_happens(steps: list[tuple[str, int]]) -> None:
    async def run() -> None:
        async with anyio.create_task_group() as group:
            machine = Machine(group)
            for name, number in steps:
                await machine.step(name, number)
            await machine.end()
        known = (ChatResponse, ModelUnavailable, BudgetExceeded, RateLimitExceeded)
        assert all(isinstance(outcome, known) for outcome in machine.outcomes)

    anyio.run(run, backend="trio")


def test_two_failures_open_the_circuit_and_one_probe_closes_it() -> None:
    async def run() -> None:
        async with anyio.create_task_group() as group:
            machine = Machine(group)
            for step in [("start", 1), ("fail", 0), ("start", 2), ("fail", 0), ("start", 3)]:
                await machine.step(*step)
            refused = machine.outcomes[-1]
            assert isinstance(refused, ModelUnavailable)
            assert refused.local
            await machine.step("pass", 31)
            await machine.step("start", 4)
            await machine.step("start", 5)
            assert len(machine.model.inside) == 1
            await machine.step("succeed", 0)
            await machine.step("start", 6)
            await machine.step("succeed", 0)
            assert [type(one).__name__ for one in machine.outcomes[-3:]] == [
                "ModelUnavailable",
                "ChatResponse",
                "ChatResponse",
            ]
            await machine.end()

    anyio.run(run, backend="trio")
