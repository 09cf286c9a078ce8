"""Checks of the hall."""

import threading
from collections.abc import Callable

import seat_map
from seat_map import SeatMap


class Watched:
    """A lock that says when a second thread has to wait for it."""

    signal = threading.Event()

    def __init__(self) -> None:
        self.inner = threading.Lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As a lock does it."""
        if self.inner.acquire(False):
            return True
        self.signal.set()
        return blocking and self.inner.acquire(True, timeout)

    def release(self) -> None:
        """As a lock does it."""
        self.inner.release()

    def locked(self) -> bool:
        """As a lock does it."""
        return self.inner.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


if "Lock" in vars(seat_map):
    vars(seat_map)["Lock"] = Watched


def meanwhile(act: Callable[[], object]) -> threading.Thread:
    """Run `act` in a second thread until it ends or has to wait for a lock; that thread."""

    def run() -> None:
        try:
            act()
        finally:
            Watched.signal.set()

    thread = threading.Thread(target=run, daemon=True)
    Watched.signal.clear()
    thread.start()
    Watched.signal.wait(1)
    return thread


def hall(*rows: str) -> SeatMap:
    made = SeatMap(len(rows), len(rows[0]))
    made.seats = [list(row) for row in rows]
    return made


def check_two_threads() -> object:
    others: list[threading.Thread] = []
    answers: list[list[str]] = []

    def confirm(name: str) -> bool:
        if not others:
            others.append(meanwhile(lambda: answers.append(made.book("bob", 2))))
        return True

    made = SeatMap(1, 5, confirm)
    answers.append(made.book("ann", 2))
    others[0].join()
    return [answers, str(made)]


def check_find() -> object:
    made = hall("..x...", "x..x..", ".xx..x")
    return [made.find(count) for count in (1, 2, 3, 4)]


def check_edges() -> object:
    return [
        hall("xx.").find(1),
        hall("x.x", "..x").find(2),
        hall("...").find(3),
        hall("...").find(4),
        hall("xxx").find(1),
    ]


def check_book() -> object:
    made = SeatMap(3, 4)
    found = [made.book(name, count) for name, count in (("a", 3), ("b", 2), ("c", 1), ("d", 2), ("e", 5), ("f", 4))]
    return [found, made.book("g"), str(made)]


def check_not_confirmed() -> object:
    made = SeatMap(1, 3, lambda name: name != "bad")
    return [made.book("bad"), made.book("good"), str(made), made.lock.locked()]


def check_refused() -> object:
    found = []
    for name, count in (("", 1), (".x", 1), ("a", 0), ("a", -1), ("a", 1)):
        try:
            found.append(str(hall("..").book(name, count)))
        except ValueError:
            found.append("ValueError")
    return found


def check_sizes() -> object:
    found = []
    for rows, width in ((0, 1), (1, 0), (1, 1)):
        try:
            found.append(str(SeatMap(rows, width)))
        except ValueError:
            found.append("ValueError")
    return found


def check_rows_are_not_one() -> object:
    made = SeatMap(3, 2)
    made.book("x", 2)
    return str(made)


def check_cancel() -> object:
    made = hall("a.", "bb")
    found: list[object] = []
    for seat in ("A1", "A2", "B2", "B2", "A0", "A3", "C1", "@1"):
        try:
            found.append(made.cancel(seat))
        except KeyError:
            found.append("KeyError")
    return [found, str(made)]
