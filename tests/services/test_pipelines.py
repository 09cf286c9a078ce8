"""Combinators over steps, on both event loops and on a clock that takes no time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import anyio
import anyio.lowlevel
import attrs
import pytest
from returns.future import FutureResult
from returns.methods import partition
from returns.result import Failure, Result, Success

from pointsman import ModelUnavailable, RateLimitExceeded
from pointsman.pipelines import (
    Env,
    Overdue,
    bracket,
    cached,
    catch,
    each,
    effect,
    exponential,
    fail,
    fallback,
    pipe,
    race,
    recover,
    recurs,
    repeat,
    retry,
    settle,
    spaced,
    succeed,
    tap,
    then,
    throttle,
    traverse,
    while_retryable,
    widen,
    within,
)
from pointsman.testing import FixedRandom, VirtualClock


@attrs.define
class World:
    """A clock, and what has happened on it: `name began`, `name ended`, `name cancelled`, each with the second."""

    clock: VirtualClock = attrs.field(factory=VirtualClock)
    log: list[tuple[str, float]] = attrs.field(factory=list)
    start: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.start = self.clock.monotonic()

    @property
    def env(self) -> Env:
        return Env(self.clock, FixedRandom())

    @property
    def passed(self) -> float:
        return self.clock.monotonic() - self.start

    def note(self, text: str) -> None:
        self.log.append((text, self.passed))

    def names(self, kind: str) -> list[str]:
        return [text for text, _ in self.log if kind in text]

    def step(
        self, seconds: float = 0.0, *, fails: int | bool = False, name: str = ""
    ) -> Callable[[int], FutureResult[int, RateLimitExceeded]]:
        """Ten times its argument after `seconds`; `fails` so many times before, or always."""
        left = [10**9 if fails is True else int(fails)]

        @effect
        async def run(x: int) -> Result[int, RateLimitExceeded]:
            label = f"{name or 'step'} {x}"
            self.note(f"{label} began")
            try:
                await self.clock.sleep(seconds)
            except anyio.get_cancelled_exc_class():
                self.note(f"{label} cancelled")
                raise
            self.note(f"{label} ended")
            if left[0]:
                left[0] -= 1
                return Failure(RateLimitExceeded(detail=str(x)))
            return Success(x * 10)

        return run


@pytest.fixture
def world() -> World:
    return World()


# Time


async def test_a_retry_waits_as_the_schedule_says_and_the_last_error_stands(world: World) -> None:
    step = retry(exponential(1.0).at_most(3.0) & recurs(4), world.env)(world.step(fails=True))
    assert (await settle(step(1))).failure().detail == "1"
    assert [at for text, at in world.log if "began" in text] == [0, 1, 3, 6, 9]


async def test_a_retry_ends_with_the_first_success(world: World) -> None:
    assert await settle(retry(spaced(1.0) & recurs(5), world.env)(world.step(fails=2))(1)) == Success(10)
    assert world.passed == 2


async def test_a_retry_waits_what_the_error_asks_for_and_stops_where_none_helps(world: World) -> None:
    errors = [RateLimitExceeded(retry_after=30.0), ModelUnavailable(), Overdue(seconds=1.0), KeyError("mine")]

    @effect
    async def failing() -> Result[int, object]:
        return Failure(errors.pop(0)) if errors else Success(1)

    assert await settle(retry(while_retryable(), world.env)(failing)()) == Success(1)
    assert world.passed == 30


async def test_a_repetition_goes_on_after_success_and_ends_with_the_first_failure(world: World) -> None:
    assert await settle(repeat(spaced(60.0) & recurs(2), world.env)(world.step())(1)) == Success(10)
    assert world.passed == 120
    assert isinstance(await settle(repeat(recurs(9), world.env)(world.step(fails=True))(1)), Failure)
    assert len(world.names("began")) == 4


async def test_what_is_late_is_cancelled_and_fails_typed(world: World) -> None:
    error = (await settle(within(2.0, world.env)(world.step(5.0))(1))).failure()
    assert isinstance(error, Overdue)
    assert (error.tag, error.seconds, str(error)) == (
        "Overdue",
        2.0,
        "no result within 2 s. Allow it more time, or ask for less at once.",
    )
    assert world.log[-1] == ("step 1 cancelled", 2.0)
    assert await settle(within(9.0, world.env)(world.step(5.0))(1)) == Success(10)


async def test_a_result_that_is_there_at_the_last_moment_is_not_lost(world: World) -> None:
    @effect
    async def shielded() -> Result[str, ModelUnavailable]:
        with anyio.CancelScope(shield=True):
            await world.clock.sleep(3.0)
        return Success("paid for")

    assert await settle(within(2.0, world.env)(shielded)()) == Success("paid for")


async def test_a_throttle_lets_so_many_start_in_so_many_seconds_in_the_order_they_came(world: World) -> None:
    step = throttle(2, 10.0, world.env)(world.step())
    assert await settle(traverse(step, limit=9)(range(6))) == Success(tuple(range(0, 60, 10)))
    assert [(text, at) for text, at in world.log if "began" in text] == [
        (f"step {x} began", at) for x, at in enumerate([0, 0, 10, 10, 20, 20])
    ]


async def test_who_leaves_the_line_of_a_throttle_takes_no_turn_with_him(world: World) -> None:
    step = throttle(1, 10.0, world.env)(world.step())
    impatient = within(5.0, world.env)(step)
    results = []

    async def ask(call: Callable[[int], FutureResult[int, object]], x: int) -> None:
        results.append((x, isinstance(await settle(call(x)), Success)))

    async with anyio.create_task_group() as group:
        for x, call in enumerate((step, impatient, step)):
            group.start_soon(ask, call, x)
            await anyio.wait_all_tasks_blocked()
    assert sorted(results) == [(0, True), (1, False), (2, True)]
    assert world.passed == 10


# Many


async def test_many_keep_their_order_and_their_bound(world: World) -> None:
    assert await settle(traverse(world.step(1.0), limit=5)(range(20))) == Success(tuple(range(0, 200, 10)))
    assert world.passed == 4


async def test_many_stop_at_the_first_failure_and_cancel_the_rest_or_collect_every_error(world: World) -> None:
    def step(x: int) -> FutureResult[int, RateLimitExceeded]:
        return world.step(x, fails=x % 2 == 1)(x)

    assert (await settle(traverse(step, limit=9)(range(6)))).failure().detail == "1"
    assert sorted(world.names("cancelled")) == [f"step {x} cancelled" for x in (2, 3, 4, 5)]
    errors = (await settle(traverse(step, limit=9, mode="collect")(range(6)))).failure()
    assert [error.detail for error in errors] == ["1", "3", "5"]


async def test_each_gives_every_result_and_takes_items_only_when_somebody_is_free(world: World) -> None:
    taken = []

    def items() -> Iterator[int]:
        for x in range(4):
            taken.append((x, world.passed))
            yield x

    values, errors = partition(await each(world.step(1.0, fails=1), limit=1)(items()))
    assert (list(values), [error.detail for error in errors]) == ([10, 20, 30], ["0"])
    assert taken == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert await each(world.step(), limit=3)([]) == ()


async def test_the_first_success_wins_a_race_and_the_losers_are_cancelled_before_it_is_told(world: World) -> None:
    steps = (world.step(1.0, fails=True, name="a"), world.step(9.0, name="b"), world.step(2.0, name="c"))
    assert await settle(race(*steps)(1)) == Success(10)
    assert world.log[-1] == ("b 1 cancelled", 2.0)


async def test_a_race_that_all_lose_tells_every_error_in_the_order_of_the_steps(world: World) -> None:
    slow, quick = world.step(2.0, fails=True), then(world.step(1.0), lambda x: fail(ModelUnavailable()))
    errors = (await settle(race(slow, quick)(1))).failure()
    assert [error.tag for error in errors] == ["RateLimitExceeded", "ModelUnavailable"]


@pytest.mark.parametrize("combined", ["race", "each", "traverse", "within"])
async def test_a_bug_comes_out_as_itself_and_cancels_the_rest(world: World, combined: str) -> None:
    @effect
    async def buggy(x: int) -> Result[int, RateLimitExceeded]:
        await world.clock.sleep(1.0)
        raise KeyError(x)

    run: dict[str, Callable[[], Awaitable[object]]] = {
        "race": lambda: settle(race(buggy, buggy, world.step(9.0))(1)),
        "each": lambda: each(buggy, limit=2)([1, 2, 3]),
        "traverse": lambda: settle(traverse(buggy, limit=2)([1, 2])),
        "within": lambda: settle(within(5.0, world.env)(buggy)(1)),
    }
    with pytest.raises(KeyError):  # no group of them
        await run[combined]()
    assert world.passed == 1


async def test_a_bug_that_is_a_group_stays_one(world: World) -> None:
    @effect
    async def buggy(x: int) -> Result[int, RateLimitExceeded]:
        raise ExceptionGroup("mine", [KeyError(x), ValueError(x)])

    with pytest.raises(ExceptionGroup, match="mine"):
        await settle(race(buggy, world.step(9.0))(1))


async def test_a_cancelled_scope_leaves_no_task_behind(world: World) -> None:
    pipeline = traverse(retry(recurs(2), world.env)(race(world.step(50.0), world.step(60.0))), limit=3)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: settle(pipeline(range(5))))
            await world.clock.sleep(1.0)
            group.cancel_scope.cancel()
    assert not scope.cancelled_caught
    assert len(world.names("began")) == len(world.names("cancelled")) == 6


# One after another


async def test_a_fallback_stops_at_the_first_success_and_else_the_last_error_stands(world: World) -> None:
    down, fine, never = world.step(fails=True), world.step(), world.step(name="never")
    assert await settle(fallback(down, fine, never)(1)) == Success(10)
    assert world.names("never") == []
    assert (await settle(fallback(down, world.step(fails=True))(7))).failure().detail == "7"


async def test_then_goes_on_with_the_value_and_tap_looks_at_it(world: World) -> None:
    seen: list[int] = []

    async def look(x: int) -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(x)

    step = then(tap(tap(world.step(), seen.append), look), world.step())
    assert await settle(step(1)) == Success(100)
    assert seen == [10, 10]
    assert isinstance(await settle(tap(world.step(fails=True), seen.append)(1)), Failure)
    assert seen == [10, 10]


async def test_a_pipe_applies_from_left_to_right(world: World) -> None:
    step = pipe(world.step(3.0, fails=2), retry(recurs(2), world.env), within(5.0, world.env))
    assert isinstance((await settle(step(1))).failure(), Overdue)
    assert pipe(1, str, len, float, str, len, bool) is True


# What must be released


@pytest.mark.parametrize("ending", ["success", "failure", "exception", "cancellation"])
async def test_a_resource_is_released_however_its_use_ends(world: World, ending: str) -> None:
    @effect
    async def use(resource: str) -> Result[int, RateLimitExceeded]:
        if ending == "exception":
            raise KeyError("mine")
        return await settle(world.step(9.0, fails=ending == "failure")(1))

    async def release(resource: str) -> None:
        await world.clock.sleep(1.0)
        world.note(f"released {resource}")

    whole = within(5.0 if ending == "cancellation" else 99.0, world.env)(bracket(lambda: succeed("it"), use, release))
    if ending == "exception":
        with pytest.raises(KeyError):
            await settle(whole())
    else:
        assert isinstance(await settle(whole()), Success) == (ending == "success")
    assert world.names("released") == ["released it"]


async def test_what_was_not_acquired_is_neither_used_nor_released(world: World) -> None:
    async def release(x: int) -> None:
        world.note("released")

    result = await settle(bracket(world.step(fails=True), world.step(name="use"), release)(1))
    assert isinstance(result, Failure)
    assert world.names("use") + world.names("released") == []


async def test_a_resource_that_comes_while_all_is_cancelled_is_released(world: World) -> None:
    async def release(x: int) -> None:
        world.note("released")

    await settle(within(1.0, world.env)(bracket(world.step(3.0, name="acquire"), world.step(9.0), release))(1))
    assert world.names("acquire") == ["acquire 1 began", "acquire 1 ended"]
    assert world.names("released") == ["released"]


# Kept answers


async def test_equal_keys_are_asked_once_and_again_after_their_time(world: World) -> None:
    step = cached(world.step(1.0), env=world.env, ttl=60.0)
    assert await settle(traverse(step, limit=5)([7, 7, 7, 8])) == Success((70, 70, 70, 80))
    assert world.names("ended") == ["step 7 ended", "step 8 ended"]
    await world.clock.sleep(61.0)
    await settle(step(7))
    assert len(world.names("ended")) == 3


async def test_failures_are_shared_by_who_waits_and_not_kept(world: World) -> None:
    step = cached(world.step(1.0, fails=1), env=world.env)
    assert all(isinstance(result, Failure) for result in await each(step, limit=5)([7, 7, 7]))
    assert await settle(step(7)) == Success(70)
    assert len(world.names("began")) == 2


async def test_the_next_asks_where_the_one_who_asked_is_cancelled(world: World) -> None:
    step = cached(world.step(10.0), env=world.env)
    results = []

    async def wait() -> None:
        results.append(await settle(step(7)))

    async with anyio.create_task_group() as group:
        group.start_soon(lambda: settle(within(4.0, world.env)(step)(7)))
        await anyio.wait_all_tasks_blocked()
        group.start_soon(wait)
    assert results == [Success(70)]
    assert [text for text, _ in world.log] == ["step 7 began", "step 7 cancelled", "step 7 began", "step 7 ended"]


async def test_what_makes_items_equal_can_be_said(world: World) -> None:
    step = cached(world.step(), env=world.env, key=lambda x: x % 10)
    assert [await settle(step(x)) for x in (7, 17, 8)] == [Success(70), Success(70), Success(80)]


async def test_what_was_used_last_is_what_is_kept(world: World) -> None:
    step = cached(world.step(), env=world.env, most=2)
    for key in (1, 2, 1, 3, 1, 2):
        await settle(step(key))
    assert world.names("began") == [f"step {key} began" for key in (1, 2, 3, 2)]


# Errors


@attrs.frozen
class Impolite:
    word: str


def answer_rudely(value: int) -> FutureResult[str, RateLimitExceeded | Impolite]:
    return fail(Impolite("drat"))


async def test_a_tag_is_caught_by_its_handler_and_others_pass(world: World) -> None:
    rude = widen(Impolite)(world.step()(1)).bind(answer_rudely)
    polite: FutureResult[str, RateLimitExceeded] = recover(Impolite, lambda error: error.word)(rude)
    assert await settle(polite) == Success("drat")
    failing = catch(Impolite, lambda error: succeed(error.word))(world.step(fails=True))
    assert isinstance((await settle(failing(1))).failure(), RateLimitExceeded)
    replaced = catch(RateLimitExceeded, lambda error: fail(Impolite(error.detail)))(world.step(fails=True))
    assert await settle(replaced(7)) == Failure(Impolite("7"))
