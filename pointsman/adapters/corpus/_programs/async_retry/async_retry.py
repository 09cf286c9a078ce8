"""A call that is tried again: which errors are worth it, how long to wait, when to give up.

Topics: async, retries
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Sleep = Callable[[float], Awaitable[None]]


class Busy(Exception):
    """The server asks to come again after so many seconds."""

    def __init__(self, after: float | None = None) -> None:
        super().__init__("busy")
        self.after = after


class GaveUp(Exception):
    """Every attempt failed; the last error is the cause."""


@dataclass
class Retry:
    """Settings of the attempts, and the waits that there were."""

    attempts: int = 4
    first: float = 0.5
    longest: float = 8.0
    waits: list[float] = field(default_factory=list)

    def wait(self, attempt: int, error: Exception) -> float:
        """Seconds before the next attempt: twice as long each time, or as long as the server asks for."""
        if isinstance(error, Busy) and error.after is not None:
            return min(error.after, self.longest)
        return min(self.first * 2.0**attempt, self.longest)

    async def call(self, act: Callable[[int], Awaitable[str]], sleep: Sleep) -> str:
        """The result of the first attempt that succeeds; other errors than Busy and OSError come out at once."""
        for attempt in range(self.attempts):
            try:
                return await act(attempt)
            except (Busy, OSError) as error:
                if attempt == self.attempts - 1:
                    raise GaveUp(f"after {self.attempts} attempts") from error
                seconds = self.wait(attempt, error)
                self.waits.append(seconds)
                await sleep(seconds)
        raise ValueError("at least one attempt is needed")
