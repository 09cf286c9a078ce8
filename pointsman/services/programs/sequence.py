"""Combinators for one after another: `then`, `fallback`, `tap`. Each takes steps, or programs that need the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, overload

from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.services.programs.step import AsyncStep, shaped_as

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")
_Next = TypeVar("_Next")
_Error = TypeVar("_Error")
_More = TypeVar("_More")
_Needs = TypeVar("_Needs")


@overload
def then(
    step: Reader[_Value, _Error, _Needs], following: Callable[[_Value], Reader[_Next, _More, _Needs]]
) -> Reader[_Next, _Error | _More, _Needs]: ...
@overload
def then(
    step: AsyncStep[_Args, _Value, _Error], following: Callable[[_Value], FutureResult[_Next, _More]]
) -> AsyncStep[_Args, _Next, _Error | _More]: ...
def then(step: Callable[..., FutureResult[Any, Any]], following: Callable[[Any], Any]) -> Any:
    """`following` with the value of `step`; it fails with the errors of both.

    The `bind` that widens: `bind` of `returns` wants the same errors on both sides.
    """

    @effect
    async def run(*args: Any, **kwargs: Any) -> Result[Any, Any]:
        result = await settle(step(*args, **kwargs))
        if isinstance(result, Failure):
            return Failure(result.failure())
        continued = following(result.unwrap())
        return await settle(continued(*args) if isinstance(step, Reader) else continued)

    return shaped_as(step, run)


@overload
def fallback(
    first: Reader[_Value, _Error, _Needs], /, *others: Reader[_Next, _More, _Needs]
) -> Reader[_Value | _Next, _Error | _More, _Needs]: ...
@overload
def fallback(
    first: AsyncStep[_Args, _Value, _Error], /, *others: AsyncStep[_Args, _Next, _More]
) -> AsyncStep[_Args, _Value | _Next, _Error | _More]: ...
def fallback(first: Callable[..., FutureResult[Any, Any]], /, *others: Callable[..., FutureResult[Any, Any]]) -> Any:
    """One after the other until one succeeds; the last error stands."""

    @effect
    async def run(*args: Any, **kwargs: Any) -> Result[Any, Any]:
        result = await settle(first(*args, **kwargs))
        for step in others:
            if isinstance(result, Success):
                break
            result = await settle(step(*args, **kwargs))
        return result

    return shaped_as(first, run)


@overload
def tap(
    step: Reader[_Value, _Error, _Needs], look: Callable[[_Value], Awaitable[None] | None]
) -> Reader[_Value, _Error, _Needs]: ...
@overload
def tap(
    step: AsyncStep[_Args, _Value, _Error], look: Callable[[_Value], Awaitable[None] | None]
) -> AsyncStep[_Args, _Value, _Error]: ...
def tap(step: Callable[..., FutureResult[Any, Any]], look: Callable[[Any], Awaitable[None] | None]) -> Any:
    """Look at each value and pass it on. What can fail is no look: for that there is `then`."""

    @effect
    async def run(*args: Any, **kwargs: Any) -> Result[Any, Any]:
        result = await settle(step(*args, **kwargs))
        if isinstance(result, Success):
            pending = look(result.unwrap())
            if pending is not None:
                await pending
        return result

    return shaped_as(step, run)
