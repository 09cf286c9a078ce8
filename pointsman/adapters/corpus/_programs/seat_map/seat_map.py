"""Seats in rows: free ones next to each other are booked in one step, also by several threads.

Topics: threads, booking, search
"""

from collections.abc import Callable
from itertools import groupby
from threading import Lock

FREE = "."


class SeatMap:
    """A hall; `confirm` is asked before a booking is final."""

    def __init__(self, rows: int, width: int, confirm: Callable[[str], bool] = lambda name: True) -> None:
        if rows < 1 or width < 1:
            raise ValueError("a hall has at least one seat")
        self.seats = [[FREE] * width for _ in range(rows)]
        self.confirm = confirm
        self.lock = Lock()

    def find(self, count: int) -> tuple[int, int] | None:
        """Row and first place of so many free seats next to each other: the smallest gap that is large enough."""
        best: tuple[int, int, int] | None = None
        for row, seats in enumerate(self.seats):
            place = 0
            for sign, group in groupby(seats):
                length = len(list(group))
                if sign == FREE and length >= count and (best is None or length < best[0]):
                    best = (length, row, place)
                place += length
        return None if best is None else best[1:]

    def book(self, name: str, count: int = 1) -> list[str]:
        """Names of the seats, such as A1; none if there is no such gap, or it is not confirmed."""
        if count < 1 or not name or name[0] == FREE:
            raise ValueError(f"cannot book {count} for {name!r}")
        with self.lock:
            found = self.find(count)
            if found is None or not self.confirm(name):
                return []
            row, place = found
            for number in range(place, place + count):
                self.seats[row][number] = name[0]
        return [f"{chr(65 + row)}{number + 1}" for number in range(place, place + count)]

    def cancel(self, seat: str) -> bool:
        """Whether it was booked; raises KeyError for a seat that the hall has not."""
        row, place = ord(seat[0]) - 65, int(seat[1:]) - 1
        if not (0 <= row < len(self.seats) and 0 <= place < len(self.seats[0])):
            raise KeyError(seat)
        with self.lock:
            was, self.seats[row][place] = self.seats[row][place], FREE
        return was != FREE

    def __str__(self) -> str:
        return "\n".join("".join(row) for row in self.seats)
