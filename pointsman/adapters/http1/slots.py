"""How many exchanges a pool has under way at once, and who waits for one to end. It knows no connections."""

from __future__ import annotations

from collections import deque

import anyio
import httpx


class Slots:
    """So many exchanges at once, first come, first served: `free` to begin with."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: deque[anyio.Event] = deque()

    async def acquire(self, seconds: float | None) -> None:
        """Take a slot, or raise httpx's PoolTimeout."""
        if self._free > 0:
            self._free -= 1
            return
        turn = anyio.Event()
        self._waiting.append(turn)
        try:
            with anyio.fail_after(seconds):
                await turn.wait()
        except BaseException as problem:
            if turn.is_set():
                self.release()
            else:
                self._waiting.remove(turn)
            if isinstance(problem, TimeoutError):
                raise httpx.PoolTimeout(f"no free connection within {seconds} s") from problem
            raise

    def release(self) -> None:
        """Hand the slot to the one who has waited longest, or free it."""
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free += 1
