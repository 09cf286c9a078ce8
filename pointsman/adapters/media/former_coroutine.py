"""For functions that were coroutines of a plain `Result` once, and are effects now: old programs go on, and are told.

`(await image_from(…)).unwrap().source` was right then. Awaited, an effect gives an `IOResult`, and that holds an `IO`,
which has no `source`; the one that comes from here has it, with a `DeprecationWarning` that says how it is written now.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from warnings import warn

from returns.future import FutureResult
from returns.io import IO, IOFailure, IOResult, IOSuccess
from returns.result import Failure, Result

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")


def former_coroutine(
    function: Callable[_Args, Coroutine[Any, Any, Result[_Value, _Error]]],
) -> Callable[_Args, FutureResult[_Value, _Error]]:
    """As `pointsman.core.effect.effect`, whose value can also be used as it could before it was one."""

    @wraps(function)
    def lift(*args: _Args.args, **kwargs: _Args.kwargs) -> FutureResult[_Value, _Error]:
        return _FormerCoroutine(function(*args, **kwargs))

    return lift


if TYPE_CHECKING:
    _FormerCoroutine = FutureResult  # a checker knows the new form only
else:

    class _FormerCoroutine(FutureResult):
        __slots__ = ()

        def __await__(self) -> Generator[Any, Any, IOResult[Any, Any]]:
            return self._awaited().__await__()

        async def _awaited(self) -> IOResult[Any, Any]:
            result = await self._inner_value
            return _Failed(result.failure()) if isinstance(result, Failure) else _Succeeded(result.unwrap())

    class _Equal:
        """To every `IOResult` of the same inside: `returns` compares the classes, too."""

        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return isinstance(other, IOResult) and self._inner_value == other._inner_value

        __hash__ = IOResult.__hash__

    class _Succeeded(_Equal, IOSuccess):
        __slots__ = ()

        def unwrap(self) -> IO[Any]:
            return _Forwarding(super().unwrap()._inner_value)

    class _Failed(_Equal, IOFailure):
        __slots__ = ()

        def failure(self) -> IO[Any]:
            return _Forwarding(super().failure()._inner_value)

    class _Forwarding(IO):
        __slots__ = ()

        def __getattr__(self, name: str) -> Any:
            found = getattr(self._inner_value, name)
            warn("await settle(…) of it instead: that gives the plain Result", DeprecationWarning, stacklevel=2)
            return found
