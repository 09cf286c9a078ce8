"""Work on large values away from the event loop: a thread has it, and the loop has its turns between.

Threads of Python share one interpreter, so the work takes no less time; but whoever else is served waits for single
turns (5 ms, `sys.getswitchinterval`) and not for the whole of it. One such thread at a time: two would take turns from
the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from pointsman.core.chat.request import ChatRequest, has_many_pieces
from pointsman.core.chat.token_estimate import estimate_request, remember_estimate

_Value = TypeVar("_Value")

LARGE_BODY = 256 * 2**10
"""Bytes of JSON from which decoding, reading and checking take milliseconds."""

MANY_PIECES = 2000
"""Messages, parts and tools from which writing a request takes milliseconds."""


async def run_off_loop(work: Callable[[], _Value], *, large: bool) -> _Value:
    """What `work` gives, in a thread if it is `large`. It should be linear: it cannot be cancelled."""
    return await to_thread.run_sync(work, limiter=_one_at_a_time()) if large else work()


async def write_off_loop(request: object, write: Callable[[], _Value]) -> _Value:
    """What `write` makes of `request`, in a thread where that is a chat of many pieces."""
    if isinstance(request, ChatRequest) and has_many_pieces(request, MANY_PIECES):
        return await run_off_loop(write, large=True)
    return write()


async def estimate_off_loop(request: ChatRequest) -> None:
    """Estimate the tokens of a chat of many pieces now: whoever asks for them later, on the loop, has the answer."""
    if has_many_pieces(request, MANY_PIECES):
        remember_estimate(request, await run_off_loop(lambda: estimate_request(request), large=True))


_LIMITER: RunVar[CapacityLimiter] = RunVar("pointsman.off_loop")


def _one_at_a_time() -> CapacityLimiter:
    """The limiter of this event loop: one thread."""
    limiter = _LIMITER.get(None)
    if limiter is None:
        limiter = CapacityLimiter(1)
        _LIMITER.set(limiter)
    return limiter
