"""Combinators for what must be released: `bracket` with three functions, `with_scope` with an async context manager."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ParamSpec, TypeVar, overload

import anyio
from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman.core.effect import effect, settle
from pointsman.services.programs.step import AsyncStep, shaped_as

_Args = ParamSpec("_Args")
_Resource = TypeVar("_Resource")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_More = TypeVar("_More")
_Needs = TypeVar("_Needs")


@overload
def bracket(
    acquire: Reader[_Resource, _Error, _Needs],
    use: Callable[[_Resource], Reader[_Value, _More, _Needs]],
    release: Callable[[_Resource], Awaitable[None]],
) -> Reader[_Value, _Error | _More, _Needs]: ...
@overload
def bracket(
    acquire: AsyncStep[_Args, _Resource, _Error],
    use: Callable[[_Resource], FutureResult[_Value, _More]],
    release: Callable[[_Resource], Awaitable[None]],
) -> AsyncStep[_Args, _Value, _Error | _More]: ...
def bracket(
    acquire: Callable[..., FutureResult[Any, Any]], use: Callable[[Any], Any], release: Callable[[Any], Awaitable[None]]
) -> Any:
    """Acquire, use, and always release: after a success, a failure, an exception and a cancellation.

    Neither acquiring nor releasing can be cancelled from outside, so that no resource is lost between them: give what
    may hang a time limit of its own, with `within`.
    """

    @effect
    async def run(*args: Any, **kwargs: Any) -> Result[Any, Any]:
        acquired = await _without_cancellation(acquire(*args, **kwargs))
        if isinstance(acquired, Failure):
            return Failure(acquired.failure())
        resource = acquired.unwrap()  # no checkpoint stands between here and the `try`
        try:
            using = use(resource)
            return await settle(using(*args) if isinstance(acquire, Reader) else using)
        finally:
            with anyio.CancelScope(shield=True):
                await release(resource)

    return shaped_as(acquire, run)


def with_scope(
    scope: Callable[_Args, AbstractAsyncContextManager[Result[_Resource, _Error]]],
    use: Callable[[_Resource], FutureResult[_Value, _More]],
) -> Callable[_Args, FutureResult[_Value, _Error | _More]]:
    """Use what an async context manager of a `Result` opens: `with_scope(open_app, program)(live)`."""

    @effect
    async def run(*args: _Args.args, **kwargs: _Args.kwargs) -> Result[_Value, _Error | _More]:
        result: Result[_Value, _Error | _More]
        async with scope(*args, **kwargs) as opened:
            if isinstance(opened, Failure):
                result = Failure(opened.failure())
            else:
                result = await settle(use(opened.unwrap()))
        return result

    return run


async def _without_cancellation(future: FutureResult[_Value, _Error]) -> Result[_Value, _Error]:
    with anyio.CancelScope(shield=True):
        return await settle(future)
    raise AssertionError("nobody cancels this scope")
