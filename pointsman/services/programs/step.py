"""What combinators take and give. Knows no combinator.

A *step* is any function that gives a `FutureResult`: `client.chat`, or what `@effect` makes. A combinator takes steps
and gives a step. A `FutureResult` itself is a promise that runs once and cannot be repeated, therefore they take the
function. A program (`RequiresContextFutureResult`) is a step whose one argument is what it needs, so the same
combinators take it, and give a program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar, overload

import attrs
from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult

from pointsman.services.ports.clock import Clock, Random

_Args = ParamSpec("_Args")
_Env = TypeVar("_Env")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_Value_co = TypeVar("_Value_co", covariant=True)
_Error_co = TypeVar("_Error_co", covariant=True)


class AsyncStep(Protocol[_Args, _Value_co, _Error_co]):
    """A function that gives an effect. Written as a protocol: as a `Callable` it would overlap with a program."""

    def __call__(self, *args: _Args.args, **kwargs: _Args.kwargs) -> FutureResult[_Value_co, _Error_co]:
        """Start again with each call."""
        ...


class Timed(Protocol):
    """What combinators that wait need. An `App` is one, and so is a record of your own that has both."""

    @property
    def clock(self) -> Clock:
        """Where all waits go, so that tests never sleep."""
        ...

    @property
    def random(self) -> Random:
        """What jitter is drawn from."""
        ...


@attrs.frozen
class Env:
    """The smallest environment for combinators that wait: for steps without an `App`."""

    clock: Clock
    random: Random


def shaped_as(step: object, run: Callable[..., FutureResult[Any, Any]]) -> Any:
    """`run` as what `step` is: a program where that is one, else a plain step. Its callers type it, by overloads."""
    return Reader(run) if isinstance(step, Reader) else run


def by_environment(env: _Env | None, around: Callable[[Any, _Env], Any]) -> Callable[[Any], Any]:
    """`around` with the environment: that one, or the one that a program is run with."""
    if env is not None:
        return lambda step: around(step, env)

    def around_program(program: Reader[_Value, _Error, _Env]) -> Reader[_Value, Any, _Env]:
        def run(own: _Env) -> FutureResult[_Value, Any]:
            step: Callable[[_Env], FutureResult[_Value, Any]] = around(program, own)
            return step(own)

        return Reader(run)

    return around_program


_0 = TypeVar("_0")
_1 = TypeVar("_1")
_2 = TypeVar("_2")
_3 = TypeVar("_3")
_4 = TypeVar("_4")
_5 = TypeVar("_5")
_6 = TypeVar("_6")


@overload
def pipe(step: _0, a: Callable[[_0], _1], /) -> _1: ...
@overload
def pipe(step: _0, a: Callable[[_0], _1], b: Callable[[_1], _2], /) -> _2: ...
@overload
def pipe(step: _0, a: Callable[[_0], _1], b: Callable[[_1], _2], c: Callable[[_2], _3], /) -> _3: ...
@overload
def pipe(
    step: _0, a: Callable[[_0], _1], b: Callable[[_1], _2], c: Callable[[_2], _3], d: Callable[[_3], _4], /
) -> _4: ...
@overload
def pipe(
    step: _0,
    a: Callable[[_0], _1],
    b: Callable[[_1], _2],
    c: Callable[[_2], _3],
    d: Callable[[_3], _4],
    e: Callable[[_4], _5],
    /,
) -> _5: ...
@overload
def pipe(
    step: _0,
    a: Callable[[_0], _1],
    b: Callable[[_1], _2],
    c: Callable[[_2], _3],
    d: Callable[[_3], _4],
    e: Callable[[_4], _5],
    f: Callable[[_5], _6],
    /,
) -> _6: ...
def pipe(step: Any, /, *functions: Callable[[Any], Any]) -> Any:
    """`pipe(x, f, g)` is `g(f(x))`: `pipe(client.chat, retry(POLITE, app), within(20.0, app))`. Up to six functions.

    As `flow` of `returns`, whose type is known to mypy with its plugin alone; in pyright it is `Unknown`.
    """
    for function in functions:
        step = function(step)
    return step
