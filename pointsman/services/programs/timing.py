"""Combinators that wait or count time: `retry`, `repeat`, `within`, `throttle`. All waits go through the clock's port.

Each is called with an environment for steps (`retry(POLITE, app)(client.chat)`) and without one for programs
(`retry(POLITE)(program)`), which bring theirs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec, TypeVar, overload

import anyio
import attrs
from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman.core.effect import effect, settle
from pointsman.core.error import Fault
from pointsman.core.routing.schedule import Schedule, Try
from pointsman.services.ports.clock import Clock
from pointsman.services.programs.step import Timed, by_environment

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_Needs = TypeVar("_Needs", bound=Timed)


@attrs.frozen(kw_only=True)
class Overdue(Fault):
    """A step took longer than `within` allowed it, and was cancelled."""

    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "Allow it more time, or ask for less at once."
    seconds: float
    """What was allowed."""

    @property
    def summary(self) -> str:
        """What happened, without the advice."""
        return f"no result within {self.seconds:g} s"


@overload
def retry(schedule: Schedule) -> Callable[[Reader[_Value, _Error, _Needs]], Reader[_Value, _Error, _Needs]]: ...
@overload
def retry(
    schedule: Schedule, env: Timed
) -> Callable[[Callable[_Args, FutureResult[_Value, _Error]]], Callable[_Args, FutureResult[_Value, _Error]]]: ...
def retry(schedule: Schedule, env: Timed | None = None) -> Callable[[Any], Any]:
    """Again after a failure, as `schedule` says; the last error stands."""
    return by_environment(env, lambda step, own: _again(step, schedule, own, after_failure=True))


@overload
def repeat(schedule: Schedule) -> Callable[[Reader[_Value, _Error, _Needs]], Reader[_Value, _Error, _Needs]]: ...
@overload
def repeat(
    schedule: Schedule, env: Timed
) -> Callable[[Callable[_Args, FutureResult[_Value, _Error]]], Callable[_Args, FutureResult[_Value, _Error]]]: ...
def repeat(schedule: Schedule, env: Timed | None = None) -> Callable[[Any], Any]:
    """Again after a success, as `schedule` says: the last value, or the first failure."""
    return by_environment(env, lambda step, own: _again(step, schedule, own, after_failure=False))


@overload
def within(seconds: float) -> Callable[[Reader[_Value, _Error, _Needs]], Reader[_Value, _Error | Overdue, _Needs]]: ...
@overload
def within(
    seconds: float, env: Timed
) -> Callable[
    [Callable[_Args, FutureResult[_Value, _Error]]], Callable[_Args, FutureResult[_Value, _Error | Overdue]]
]: ...
def within(seconds: float, env: Timed | None = None) -> Callable[[Any], Any]:
    """Cancel what takes longer, and fail with `Overdue`. A result that was there in time is never lost."""
    return by_environment(env, lambda step, own: _cancel_late(step, seconds, own))


@overload
def throttle(
    calls: int, seconds: float
) -> Callable[[Reader[_Value, _Error, _Needs]], Reader[_Value, _Error, _Needs]]: ...
@overload
def throttle(
    calls: int, seconds: float, env: Timed
) -> Callable[[Callable[_Args, FutureResult[_Value, _Error]]], Callable[_Args, FutureResult[_Value, _Error]]]: ...
def throttle(calls: int, seconds: float, env: Timed | None = None) -> Callable[[Any], Any]:
    """At most `calls` starts in any `seconds`; who comes too early waits, first come, first served.

    One call of `throttle` is one limit: give what it returns to all steps that share it.
    """
    turns = _Turns(max(1, calls), seconds)
    return by_environment(env, lambda step, own: _in_turn(step, turns, own))


_Step = Callable[_Args, FutureResult[_Value, _Error]]


def _again(
    step: _Step[_Args, _Value, _Error], schedule: Schedule, env: Timed, *, after_failure: bool
) -> _Step[_Args, _Value, _Error]:
    @effect
    async def run(*args: _Args.args, **kwargs: _Args.kwargs) -> Result[_Value, _Error]:
        began, number = env.clock.monotonic(), 0
        while True:
            result = await settle(step(*args, **kwargs))
            if isinstance(result, Failure) is not after_failure:
                return result
            elapsed = env.clock.monotonic() - began
            delay = schedule.delay(Try(number, _outcome(result), elapsed, env.random.uniform()))
            if delay is None:
                return result
            await env.clock.sleep(delay)
            number += 1

    return run


def _outcome(result: Result[object, object]) -> object:
    return result.failure() if isinstance(result, Failure) else result.unwrap()


def _cancel_late(
    step: _Step[_Args, _Value, _Error], seconds: float, env: Timed
) -> _Step[_Args, _Value, _Error | Overdue]:
    @effect
    async def run(*args: _Args.args, **kwargs: _Args.kwargs) -> Result[_Value, _Error | Overdue]:
        result: Result[_Value, _Error | Overdue] = Failure(Overdue(seconds=seconds))
        async with env.clock.limit(seconds):
            result = await settle(step(*args, **kwargs))
        return result  # noqa: RET504  # the limit swallows its own cancellation

    return run


def _in_turn(step: _Step[_Args, _Value, _Error], turns: _Turns, env: Timed) -> _Step[_Args, _Value, _Error]:
    @effect
    async def run(*args: _Args.args, **kwargs: _Args.kwargs) -> Result[_Value, _Error]:
        await turns.wait(env.clock)
        return await settle(step(*args, **kwargs))

    return run


@attrs.define(eq=False)
class _Turns:
    """Who may start when. Who leaves the line, cancelled too, lets the next to its head."""

    calls: int
    seconds: float
    _starts: deque[float] = attrs.field(factory=deque)
    _line: deque[anyio.Event] = attrs.field(factory=deque)

    async def wait(self, clock: Clock) -> None:
        """Return when it is the caller's turn."""
        first = anyio.Event()
        self._line.append(first)
        try:
            if self._line[0] is not first:
                await first.wait()
            while (delay := self._delay(clock.monotonic())) > 0:
                await clock.sleep(delay)
            self._starts.append(clock.monotonic())
        finally:
            self._line.remove(first)
            if self._line:
                self._line[0].set()

    def _delay(self, now: float) -> float:
        while len(self._starts) > self.calls:
            self._starts.popleft()
        return self._starts[0] + self.seconds - now if len(self._starts) == self.calls else 0.0
