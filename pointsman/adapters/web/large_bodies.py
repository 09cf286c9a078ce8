"""Bodies of requests: bounded in values as well as in bytes, and read off the event loop where they are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from returns.result import Failure, Result

from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import holds_more_values
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop

_Value = TypeVar("_Value")
_Error = TypeVar("_Error", bound=LLMError)


async def read_off_loop(work: Callable[[], _Value], size: int) -> _Value:
    """What `work` gives, which reads a body of `size` bytes, or something that was in one."""
    return work() if size < LARGE_BODY else await run_off_loop(work, large=True)


async def read_json(
    body: bytes, most: int, read: Callable[[], Result[_Value, _Error]]
) -> Result[_Value, _Error | InvalidRequest]:
    """What `read` makes of the JSON text `body`; an `InvalidRequest` where it holds more than `most` values.

    These are counted before anything is decoded: a value takes two bytes there and fifty here.
    """

    def read_bounded() -> Result[_Value, _Error | InvalidRequest]:
        if holds_more_values(body, most):
            detail = f"the request holds more than {most:,} JSON values; send fewer messages, tools or texts at once"
            return Failure(InvalidRequest(detail=detail, status=413, local=True))
        return _widen(read())

    return read_bounded() if len(body) < LARGE_BODY else await run_off_loop(read_bounded, large=True)


def _widen(read: Result[_Value, _Error]) -> Result[_Value, _Error | InvalidRequest]:
    return cast("Result[_Value, _Error | InvalidRequest]", read)
