"""Plans of retries: growing waits with a random part, a deadline, and what a server says about coming again.

Topics: retries, numbers, http
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice


@dataclass(frozen=True)
class Plan:
    """Seconds: the first wait, the longest one, and how much of a wait is random (0 to 1)."""

    first: float = 1.0
    longest: float = 30.0
    factor: float = 2.0
    jitter: float = 0.5

    def waits(self, random: Callable[[], float]) -> Iterator[float]:
        """The waits, for ever; `random` gives numbers from 0 to 1."""
        wait = self.first
        while True:
            yield round(wait * (1 - self.jitter * random()), 3)
            wait = min(wait * self.factor, self.longest)

    def within(self, seconds: float, random: Callable[[], float], attempts: int = 10) -> list[float]:
        """The waits that fit into so many seconds, at most one less than there are attempts."""
        plan: list[float] = []
        for wait in islice(self.waits(random), max(attempts - 1, 0)):
            if sum(plan) + wait > seconds:
                break
            plan.append(wait)
        return plan


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks to wait, as a number or as a date; None if it says nothing that can be read."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(value) - now) / timedelta(seconds=1), 0.0)
    except (TypeError, ValueError):
        return None


def worth_it(status: int, tried: int, skip: set[int] | None = None) -> bool:
    """Whether another attempt may help; a status that was in vain is put into `skip`."""
    if skip is None:
        skip = set()
    if status in skip or (status < 500 and status not in (408, 429)):
        return False
    if tried >= 3:
        skip.add(status)
    return tried < 3
