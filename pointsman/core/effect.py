"""The doors between plain async code and `returns`: `effect`, `succeed` and `fail` lift, `settle` opens the box,
`is_failure` looks into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Never, ParamSpec, TypeAlias, TypeVar

from returns.future import FutureResult
from returns.io import IOResult
from returns.result import Failure, Result, Success
from typing_extensions import TypeIs

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")


def effect(
    function: Callable[_Args, Coroutine[Any, Any, Result[_Value, _Error]]],
) -> Callable[_Args, FutureResult[_Value, _Error]]:
    """Lift `async def f(...) -> Result` to a function that returns a `FutureResult`. Await it once."""

    @wraps(function)
    def lift(*args: _Args.args, **kwargs: _Args.kwargs) -> FutureResult[_Value, _Error]:
        return FutureResult(function(*args, **kwargs))

    return lift


def succeed(value: _Value) -> FutureResult[_Value, Never]:
    """An effect that is `value` and cannot fail; one by `FutureResult.from_value` may fail with `Any`."""
    return FutureResult.from_value(value)


def fail(error: _Error) -> FutureResult[Never, _Error]:
    """An effect that fails with `error` and has no value."""
    return FutureResult.from_failure(error)


def is_failure(result: Result[object, object]) -> bool:
    """Whether `result` is a `Failure`, for what every call passes: `isinstance` asks an abstract class, at four times
    the price where the answer is no."""
    return type(result) is Failure


def is_result(value: object) -> TypeIs[Result[Any, Any]]:
    """Whether `value` is a `Result`; of a coroutine, which is none, `isinstance` takes ten times as long to say so."""
    return type(value) is Success or type(value) is Failure


Pending: TypeAlias = Awaitable[IOResult[_Value, _Error]] | Awaitable[Result[_Value, _Error]]
"""An effect, or a call of an `async def -> Result`: what ports that stand in the way of every call may give."""


async def settle(future: Pending[_Value, _Error]) -> Result[_Value, _Error]:
    """Run an effect and give its plain `Result`."""
    given: Any = future
    if type(given) is FutureResult:  # the same, without building an IOResult around it: 1 µs less
        result: Result[_Value, _Error] = await given._inner_value
        return result
    outcome = await future
    return outcome if is_result(outcome) else outcome._inner_value
