"""What takes an error out of a type, or lets one in: `catch`, `recover`, `widen`.

Each is called twice, `catch(Tag, handler)(effect)`: checkers take a tag out of a union only when they know the tag
before they look at the effect. The second call takes a `FutureResult`, a program or a step, and gives the same kind.
What is left is exact in pyright everywhere; in mypy where the result is annotated or returned. `docs/pipelines.md`
says what each makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Never, ParamSpec, TypeVar, overload

import attrs
from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle, succeed
from pointsman.services.programs.step import AsyncStep, shaped_as

_Args = ParamSpec("_Args")
_Tag = TypeVar("_Tag")
_Value = TypeVar("_Value")
_Own = TypeVar("_Own")
_Rest = TypeVar("_Rest")
_More = TypeVar("_More")
_Needs = TypeVar("_Needs")


def catch(tag: type[_Tag], handler: Callable[[_Tag], FutureResult[_Own, _More]], /) -> Catch[_Tag, _Own, _More]:
    """`catch(Tag, handler)(effect)` cannot fail with `Tag` any more; what the handler fails with comes in.

    Write the handler's value with `succeed`: `FutureResult.from_value` has the error type `Any`, and one such handler
    turns the check of errors off.
    """
    return Catch(tag, handler)


def recover(tag: type[_Tag], handler: Callable[[_Tag], _Own], /) -> Catch[_Tag, _Own, Never]:
    """As `catch`, where the handler has a plain value in place of the error."""
    return Catch(tag, lambda error: succeed(handler(error)))


def widen(*tags: type[_More]) -> Widen[_More]:
    """`widen(Mine)(effect)`: the same, which may also fail with `Mine`: for a `bind` whose function can."""
    return Widen(tags)


@attrs.frozen
class Catch(Generic[_Tag, _Own, _More]):
    """See `catch`."""

    tag: type[_Tag]
    handler: Callable[[_Tag], FutureResult[_Own, _More]]

    @overload
    def __call__(self, effect: FutureResult[_Value, _Tag | _Rest], /) -> FutureResult[_Value | _Own, _Rest | _More]: ...
    @overload
    def __call__(
        self, effect: Reader[_Value, _Tag | _Rest, _Needs], /
    ) -> Reader[_Value | _Own, _Rest | _More, _Needs]: ...
    @overload
    def __call__(
        self, effect: AsyncStep[_Args, _Value, _Tag | _Rest], /
    ) -> AsyncStep[_Args, _Value | _Own, _Rest | _More]: ...
    def __call__(self, effect: FutureResult[Any, Any] | Callable[..., FutureResult[Any, Any]], /) -> Any:
        """`effect`, with the handler in place of that failure."""
        if isinstance(effect, FutureResult):
            return self._handle(effect)
        return shaped_as(effect, lambda *args, **kwargs: self._handle(effect(*args, **kwargs)))

    @effect
    async def _handle(self, future: FutureResult[Any, Any]) -> Result[Any, Any]:
        result = await settle(future)
        if isinstance(result, Success):
            return result
        error = result.failure()
        return await settle(self.handler(error)) if isinstance(error, self.tag) else Failure(error)


@attrs.frozen
class Widen(Generic[_More]):
    """See `widen`."""

    tags: tuple[type[_More], ...]

    @overload
    def __call__(self, effect: FutureResult[_Value, _Rest], /) -> FutureResult[_Value, _Rest | _More]: ...
    @overload
    def __call__(self, effect: Reader[_Value, _Rest, _Needs], /) -> Reader[_Value, _Rest | _More, _Needs]: ...
    @overload
    def __call__(self, effect: AsyncStep[_Args, _Value, _Rest], /) -> AsyncStep[_Args, _Value, _Rest | _More]: ...
    def __call__(self, effect: Any, /) -> Any:
        """`effect` itself."""
        return effect
