"""User code at work (tools, approvals, hooks, a user's own client): whatever it raises is a failure that names it.

It may raise anything, ask the program to exit, or be cancelled inside; only a cancellation of our own call passes, and
the person at the keyboard.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidResponse

_Value = TypeVar("_Value")


async def run_user_code(work: Callable[[], Awaitable[_Value]]) -> Result[_Value, str]:
    """What `work` gives; or what it raised, as `ValueError: …`."""
    try:
        return Success(await work())
    except BaseException as problem:
        if passes(problem):
            raise
        return Failure(describe(problem))


OWN_CODE_REMEDY = "It is no fault of a server: mend the code, or have it give a failure that says what to do."


def client_fault(problem: str, provider: str = "", model: str = "") -> InvalidResponse:
    """The failure of a call whose client has raised `problem`."""
    detail = f"the client raised {problem}"
    return InvalidResponse(
        detail=detail, problems=(detail,), provider=provider or None, model=model or None, remedy=OWN_CODE_REMEDY
    )


def call_user_code(work: Callable[[], _Value]) -> Result[_Value, str]:
    """As `run_user_code`, of a function that is not async."""
    try:
        return Success(work())
    except BaseException as problem:
        if passes(problem):
            raise
        return Failure(describe(problem))


def describe(problem: BaseException) -> str:
    """The class and the words of `problem`; of a group those of the first in it."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}".removesuffix(": ")


def passes(problem: BaseException) -> bool:
    """Whether it is none of the user code's: the end of the program, of a generator, or of this task."""
    if isinstance(problem, (KeyboardInterrupt, GeneratorExit)):
        return True
    try:
        cancelled = anyio.get_cancelled_exc_class()
    except RuntimeError:  # there is no event loop, so nobody can cancel
        return False
    inside = isinstance(problem, BaseExceptionGroup) and problem.subgroup(cancelled) is not None
    return (inside or isinstance(problem, cancelled)) and _is_being_cancelled()


def _is_being_cancelled() -> bool:
    """Whether somebody outside cancels this task, by a scope around it or by asyncio's own way."""
    if anyio.current_effective_deadline() == -math.inf:
        return True
    try:
        task = asyncio.current_task()
    except RuntimeError:  # another event loop: all its cancellations come from scopes
        return False
    return task is not None and task.cancelling() > 0
