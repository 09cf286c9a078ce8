"""Lets calls through at a rate, on a clock that it is given; safe for several threads.

Topics: rate limits, threads, time
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Limiter:
    """At most `most` calls in any `window` seconds, and one at a time."""

    def __init__(self, most: int, window: float, now: Callable[[], float]) -> None:
        if most < 1 or window <= 0:
            raise ValueError("nothing would ever be let through")
        self.most = most
        self.window = window
        self._now = now
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] <= now - self.window:
            self._times.popleft()

    def wait(self) -> float:
        """Seconds until a call would be let through; 0.0 if one would be now."""
        now = self._now()
        self._forget(now)
        if len(self._times) < self.most:
            return 0.0
        return self._times[0] + self.window - now

    def call(self, action: Callable[[], T]) -> T | None:
        """The result of `action`; None, and no call, where the rate does not allow it."""
        with self._lock:
            if self.wait() > 0:
                return None
            self._times.append(self._now())
            return action()

    def refund(self) -> bool:
        """Take the last call back, as if it had not been; whether there was one."""
        with self._lock:
            if not self._times:
                return False
            self._times.pop()
            return True
