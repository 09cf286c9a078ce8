"""Combinators over many: a step for each item, with a bound, and several steps against each other.

Whatever they start they cancel and await before they return; a bug in one comes out as itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Literal, Never, ParamSpec, TypeAlias, TypeVar, overload

import anyio.abc
from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.services.programs.step import AsyncStep, shaped_as
from pointsman.services.tasks.together import tasks_together

_Args = ParamSpec("_Args")
_Item = TypeVar("_Item")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_Needs = TypeVar("_Needs")
Mode: TypeAlias = Literal["first", "collect"]
"""What a failure does: `first` cancels the rest and stands; `collect` lets all run and keeps every error."""


def each(
    step: Callable[[_Item], FutureResult[_Value, _Error]], *, limit: int
) -> Callable[[Iterable[_Item]], Awaitable[tuple[Result[_Value, _Error], ...]]]:
    """`step` for each item, at most `limit` at once: the result of each, in the order of the items.

    It cannot fail; `partition` of `returns.methods` parts values and errors.
    """

    async def run(items: Iterable[_Item]) -> tuple[Result[_Value, _Error], ...]:
        return await _run_each(step, items, limit, stop=False)

    return run


@overload
def traverse(
    step: Callable[[_Item], FutureResult[_Value, _Error]], *, limit: int, mode: Literal["first"] = "first"
) -> Callable[[Iterable[_Item]], FutureResult[tuple[_Value, ...], _Error]]: ...
@overload
def traverse(
    step: Callable[[_Item], FutureResult[_Value, _Error]], *, limit: int, mode: Literal["collect"]
) -> Callable[[Iterable[_Item]], FutureResult[tuple[_Value, ...], tuple[_Error, ...]]]: ...
def traverse(
    step: Callable[[_Item], FutureResult[_Value, _Error]], *, limit: int, mode: Mode = "first"
) -> Callable[[Iterable[_Item]], FutureResult[tuple[_Value, ...], Any]]:
    """As `each`, `limit` at once, but all values or a failure: the first (mode `first`), or all (`collect`)."""

    @effect
    async def run(items: Iterable[_Item]) -> Result[tuple[_Value, ...], _Error | tuple[_Error, ...]]:
        results = await _run_each(step, items, limit, stop=mode == "first")
        errors = tuple(result.failure() for result in results if isinstance(result, Failure))
        if errors:
            return Failure(errors[0] if mode == "first" else errors)
        return Success(tuple(result.unwrap() for result in results))

    return run


@overload
def all_of(
    programs: Iterable[Reader[_Value, _Error, _Needs]], *, limit: int, mode: Literal["first"] = "first"
) -> Reader[tuple[_Value, ...], _Error, _Needs]: ...
@overload
def all_of(
    programs: Iterable[Reader[_Value, _Error, _Needs]], *, limit: int, mode: Literal["collect"]
) -> Reader[tuple[_Value, ...], tuple[_Error, ...], _Needs]: ...
@overload
def all_of(
    programs: Iterable[Reader[_Value, _Error, _Needs]], *, limit: int, mode: Literal["each"]
) -> Reader[tuple[Result[_Value, _Error], ...], Never, _Needs]: ...
def all_of(
    programs: Iterable[Reader[_Value, _Error, _Needs]],
    *,
    limit: int,
    mode: Literal["first", "collect", "each"] = "first",
) -> Reader[tuple[Any, ...], Any, _Needs]:
    """Many programs as one, at most `limit` at once: as `traverse` by its modes, or with `mode="each"` as `each`."""
    several = tuple(programs)

    @effect
    async def run(env: _Needs) -> Result[tuple[Any, ...], Any]:
        def start(program: Reader[_Value, _Error, _Needs]) -> FutureResult[_Value, _Error]:
            return program(env)

        if mode == "each":
            return Success(await each(start, limit=limit)(several))
        if mode == "collect":
            return await settle(traverse(start, limit=limit, mode="collect")(several))
        return await settle(traverse(start, limit=limit)(several))

    return Reader(run)


@overload
def race(*steps: Reader[_Value, _Error, _Needs]) -> Reader[_Value, tuple[_Error, ...], _Needs]: ...
@overload
def race(*steps: AsyncStep[_Args, _Value, _Error]) -> AsyncStep[_Args, _Value, tuple[_Error, ...]]: ...
def race(*steps: Callable[..., FutureResult[Any, Any]]) -> Any:
    """All at once: the first success stands, the others are cancelled and awaited. If all fail, every error."""

    @effect
    async def run(*args: Any, **kwargs: Any) -> Result[Any, tuple[Any, ...]]:
        won: list[Result[Any, tuple[Any, ...]]] = []
        lost: dict[int, Any] = {}

        async def compete(index: int, group: anyio.abc.TaskGroup) -> None:
            result = await settle(steps[index](*args, **kwargs))
            if isinstance(result, Failure):
                lost[index] = result.failure()
            else:
                won.append(Success(result.unwrap()))
                group.cancel_scope.cancel()

        async with tasks_together() as group:
            for index in range(len(steps)):
                group.start_soon(compete, index, group)
        return won[0] if won else Failure(tuple(lost[index] for index in sorted(lost)))

    return shaped_as(steps[0] if steps else None, run)


async def _run_each(
    step: Callable[[_Item], FutureResult[_Value, _Error]], items: Iterable[_Item], limit: int, *, stop: bool
) -> tuple[Result[_Value, _Error], ...]:
    """The results so far, in the order of the items; with `stop` nothing new begins after a failure."""
    results: dict[int, Result[_Value, _Error]] = {}
    queue = enumerate(items)

    async def work(group: anyio.abc.TaskGroup) -> None:
        for index, item in queue:  # one iterator for all workers: an item is taken when somebody is free for it
            result = results[index] = await settle(step(item))
            if stop and isinstance(result, Failure):
                group.cancel_scope.cancel()
                return

    async with tasks_together() as group:
        for _ in range(max(1, limit)):
            group.start_soon(work, group)
    return tuple(results[index] for index in sorted(results))
