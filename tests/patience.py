"""How long tests wait. None may depend on how fast or how loaded the machine is.

What is sure to come is waited for as long as it takes, up to `GUARD`. Where a time limit of ours must run out after
the other side has got somewhere, `with_patience` tries longer and longer limits.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import anyio
import anyio.lowlevel

T = TypeVar("T")

GUARD = 300.0  # seconds: a guard against deadlocks, which no test may come near; pytest's own is above it
LIMITS = (0.1, 1.0, 10.0, 60.0)
_PASSES = 200


async def with_patience(attempt: Callable[[float], Awaitable[T]], reached: Callable[[T], bool]) -> T:
    """What `attempt` gives with the first of the `LIMITS`, in seconds, by which the other side had got far enough.

    `reached` says whether it had. The last limit's outcome is given whatever it is: the test asserts on it.
    """
    for limit in LIMITS[:-1]:
        outcome = await attempt(limit)
        if reached(outcome):
            return outcome
    return await attempt(LIMITS[-1])


async def until(holds: Callable[[], object]) -> None:
    """Let the other tasks and sockets go on until `holds`."""
    with anyio.fail_after(GUARD):
        while not holds():  # noqa: ASYNC110  # it is told by nobody
            await anyio.sleep(0.001)


async def pass_on() -> None:
    """Let everything of this event loop that can go on do so; what a socket of this process has sent has come."""
    for _ in range(_PASSES):
        await anyio.lowlevel.checkpoint()


def attempts() -> Iterator[None]:
    """Try again what another process is to bring about, until `GUARD` has passed; the test asserts on it afterwards."""
    end = time.monotonic() + GUARD
    while time.monotonic() < end:
        yield
