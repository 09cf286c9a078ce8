"""Programs: the constructor, and the same combinators on values that bring their clock with them."""

from __future__ import annotations

import anyio
import attrs
from returns.context import RequiresContextFutureResult
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman import (
    App,
    ConfigurationError,
    LLMError,
    ModelUnavailable,
    Program,
    RateLimitExceeded,
    Settings,
    ask,
    fake,
    fake_settings,
    open_app,
    provide,
)
from pointsman.pipelines import (
    Env,
    Overdue,
    all_of,
    bracket,
    exponential,
    fail,
    fallback,
    needing,
    pipe,
    program,
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
    with_scope,
    within,
)
from pointsman.testing import FixedRandom, VirtualClock


@attrs.frozen
class Desk(Env):
    """What the programs here need: a clock, random, and answers."""

    answers: list[Result[str, RateLimitExceeded]] = attrs.field(factory=list)
    log: list[str] = attrs.field(factory=list)


@attrs.frozen
class Missing:
    title: str


@program
async def answer(desk: Desk, seconds: float = 0.0) -> Result[str, RateLimitExceeded]:
    """The next answer, after a while."""
    await desk.clock.sleep(seconds)
    desk.log.append(f"{desk.clock.monotonic():g}")
    return desk.answers.pop(0)


@program
def look_up(desk: Desk, title: str) -> FutureResult[str, Missing]:
    """A program from a function that gives an effect."""
    return succeed(f"{title}!") if title.isupper() else fail(Missing(title))


def desk(*answers: str) -> Desk:
    """A desk with these answers; an empty one is a failure."""
    results: list[Result[str, RateLimitExceeded]] = [Success(a) if a else Failure(RateLimitExceeded()) for a in answers]
    return Desk(VirtualClock(time=0.0), FixedRandom(), results)


async def test_a_program_does_nothing_until_it_has_what_it_needs_and_can_be_run_again() -> None:
    one, two = desk("a", "b"), desk("c")
    asking = answer()
    assert (one.log, two.log) == ([], [])
    assert [await settle(asking(env)) for env in (one, two, one)] == [Success("a"), Success("c"), Success("b")]


async def test_combinators_take_clock_and_chance_from_what_the_program_is_run_with() -> None:
    patient = pipe(answer(1.0), retry(exponential(2.0) & recurs(3)), within(15.0))
    env = desk("", "", "fine")
    assert await settle(patient(env)) == Success("fine")
    assert env.log == ["1", "4", "9"]
    assert isinstance((await settle(patient(desk("", "", "", "", "")))).failure(), Overdue)


async def test_programs_follow_one_another_with_the_errors_of_both() -> None:
    chain = then(tap(answer(), print), look_up)
    assert await settle(chain(desk("POINTS"))) == Success("POINTS!")
    assert await settle(chain(desk("points"))) == Failure(Missing("points"))
    assert isinstance((await settle(chain(desk("")))).failure(), RateLimitExceeded)
    forgiving: RequiresContextFutureResult[str, RateLimitExceeded, Desk] = recover(Missing, lambda e: e.title)(chain)
    assert await settle(forgiving(desk("points"))) == Success("points")
    assert await settle(fallback(look_up("x"), answer())(desk("second"))) == Success("second")


async def test_a_race_of_programs_is_a_program() -> None:
    env = desk("quick", "slow")
    assert await settle(race(answer(5.0), answer(2.0))(env)) == Success("quick")
    assert env.log == ["2"]


async def test_many_programs_are_one_by_three_modes() -> None:
    several = [answer(1.0) for _ in range(4)]
    assert await settle(all_of(several, limit=2)(desk("a", "b", "c", "d"))) == Success(("a", "b", "c", "d"))
    assert isinstance((await settle(all_of(several, limit=1)(desk("a", "")))).failure(), RateLimitExceeded)
    errors = (await settle(all_of(several, limit=4, mode="collect")(desk("a", "", "", "d")))).failure()
    assert [error.tag for error in errors] == ["RateLimitExceeded"] * 2
    results = (await settle(all_of(several, limit=4, mode="each")(desk("a", "", "c", "d")))).unwrap()
    assert [isinstance(result, Success) for result in results] == [True, False, True, True]


async def test_a_throttle_counts_over_all_runs() -> None:
    env = desk("a", "b", "c")
    slow = throttle(1, 10.0)(answer())
    assert await settle(repeat(spaced(0.0) & recurs(2))(slow)(env)) == Success("c")
    assert env.log == ["0", "10", "20"]


async def test_a_resource_may_be_acquired_and_used_by_programs() -> None:
    released: list[str] = []

    async def release(text: str) -> None:
        released.append(text)

    assert await settle(bracket(answer(), look_up, release)(desk("KEY"))) == Success("KEY!")
    assert released == ["KEY"]


@attrs.frozen
class Notes:
    """An `App`, and what is one's own."""

    app: App
    texts: dict[str, str]


@program
async def note(notes: Notes, title: str) -> Result[str, Missing]:
    return Success(notes.texts[title]) if title in notes.texts else Failure(Missing(title))


@program
async def ask_model(app: App, question: str) -> Result[str, LLMError]:
    return (await settle(app.client.chat(ask("", question)))).map(lambda response: response.text)


def app_of(notes: Notes) -> App:
    return notes.app


async def test_a_record_of_ones_own_holds_the_app_and_its_programs_run_in_it() -> None:
    about = then(note("points"), lambda text: needing(Notes)(ask_model(text).modify_env(app_of)))
    async with open_app(fake(["Towards the tower."]), fake_settings()) as opened:
        notes = Notes(opened.unwrap(), {"points": "Which way?"})
        assert await settle(about(notes)) == Success("Towards the tower.")
        assert await settle(then(note("x"), note)(notes)) == Failure(Missing("x"))


async def test_a_program_is_provided_with_an_app_and_fails_with_its_own_errors_or_the_settings() -> None:
    late: Program[str, LLMError | Overdue] = within(5.0)(retry(spaced(9.0))(ask_model("Which way?")))
    script = [ModelUnavailable(detail="down")] * 9
    assert isinstance((await settle(provide(late, fake(script), fake_settings()))).failure(), Overdue)
    assert isinstance((await settle(provide(late, fake(), Settings()))).failure(), ConfigurationError)


async def test_a_scope_opens_and_closes_around_a_program() -> None:
    run = with_scope(open_app, ask_model("Which way?"))
    assert await settle(run(fake(["That way."]), fake_settings())) == Success("That way.")
    assert isinstance((await settle(run(fake(), Settings()))).failure(), ConfigurationError)


async def test_a_cancelled_program_leaves_no_task_behind() -> None:
    env = desk(*["never"] * 9)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: settle(all_of([race(answer(9.0), answer(9.0))] * 3, limit=2)(env)))
            await env.clock.sleep(1.0)
            group.cancel_scope.cancel()
    assert not scope.cancelled_caught
    assert (env.log, env.clock.monotonic()) == ([], 1.0)
