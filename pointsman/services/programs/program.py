"""The constructor of programs: a value that says what to do and needs something to do it with, usually an `App`.

Run again, it does it again: a program can be retried, a `FutureResult` cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Result

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_Needs = TypeVar("_Needs")


@overload
def program(
    function: Callable[Concatenate[_Needs, _Args], Coroutine[Any, Any, Result[_Value, _Error]]],
) -> Callable[_Args, Reader[_Value, _Error, _Needs]]: ...
@overload
def program(
    function: Callable[Concatenate[_Needs, _Args], FutureResult[_Value, _Error]],
) -> Callable[_Args, Reader[_Value, _Error, _Needs]]: ...
def program(function: Callable[..., Any]) -> Callable[..., Any]:
    """`@program` over `async def f(app: App, question: str) -> Result[T, E]` gives `f(question) -> Program[T, E]`.

    The first parameter is what the program needs: an `App`, or a record of your own. The function may be a coroutine
    that gives a `Result`, or one that gives a `FutureResult`.
    """

    @wraps(function)
    def construct(*args: Any, **kwargs: Any) -> Reader[Any, Any, Any]:
        def run(env: Any) -> FutureResult[Any, Any]:
            pending = function(env, *args, **kwargs)
            return pending if isinstance(pending, FutureResult) else FutureResult(pending)

        return Reader(run)

    return construct


def needing(needs: type[_Needs]) -> Callable[[Reader[_Value, _Error, _Needs]], Reader[_Value, _Error, _Needs]]:
    """`needing(Mine)(program)`: a program that needs less, as one that needs `Mine`. Costs nothing.

    For pyright, which takes the need of the first program that `then` is given for that of all.
    """
    return lambda same: same
