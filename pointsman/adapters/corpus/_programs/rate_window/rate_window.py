"""How many events there were in the last seconds: sums, rates, alarms, and a list of the busiest spans.

Topics: rates, sliding windows, statistics
"""

from collections import deque
from collections.abc import Iterable


class Window:
    """Events of the last `seconds`; times must not go back."""

    def __init__(self, seconds: float) -> None:
        if seconds <= 0:
            raise ValueError("a window is longer than nothing")
        self.seconds = seconds
        self.events: deque[tuple[float, int]] = deque()
        self.total = 0

    def add(self, time: float, amount: int = 1) -> int:
        """The sum in the window that ends now; raises ValueError for a time before the last one."""
        if self.events and time < self.events[-1][0]:
            raise ValueError("time goes back")
        self.events.append((time, amount))
        self.total += amount
        return self.at(time)

    def at(self, time: float) -> int:
        """The sum of the events that are younger than the window is long."""
        while self.events and self.events[0][0] <= time - self.seconds:
            self.total -= self.events.popleft()[1]
        return self.total

    def rate(self, time: float) -> float:
        """Events a second."""
        return round(self.at(time) / self.seconds, 3)


def alarms(times: Iterable[float], limit: int, seconds: float) -> list[float]:
    """When the number of events in a window rose above the limit; again only after it was at the limit or below."""
    window, above, found = Window(seconds), False, []
    for time in times:
        count = window.add(time)
        if count > limit and not above:
            found.append(time)
        above = count > limit
    return found


def busiest(times: list[float], seconds: float) -> tuple[float, int]:
    """Start and number of the span of that length (both ends counted) with most events, the first of equal ones."""
    best = (0.0, 0)
    end = 0
    for start, time in enumerate(times):
        while end < len(times) and times[end] <= time + seconds:
            end += 1
        if end - start > best[1]:
            best = (time, end - start)
    return best
