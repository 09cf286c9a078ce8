"""Checks of the counter."""

import threading
from collections.abc import Callable

import hit_counter
from hit_counter import HitCounter, Hits


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


if "Lock" in vars(hit_counter):
    vars(hit_counter)["Lock"] = Watched


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


def check_counts() -> object:
    counter = HitCounter(lambda: 0.0)
    found = [counter.hit(name, times) for name, times in (("a", 1), ("b", 2), ("a", 3), ("a", 0), ("b", -1))]
    return [found, counter.hit("c")]


def check_two_threads() -> object:
    others: list[threading.Thread] = []

    def now() -> float:
        if not others:
            others.append(meanwhile(lambda: counter.hit("a", 5)))
        return 1.0

    counter = HitCounter(now)
    first = counter.hit("a", 2)
    others[0].join()
    return [first, counter.top(3)]


def check_times() -> object:
    times = iter((5.0, 7.0, 6.0, 9.0))
    counter = HitCounter(lambda: next(times))
    for name in "aaab":
        counter.hit(name)
    return [(name, hits.first, hits.last) for name, hits in counter.hits.items()]


def check_top() -> object:
    counter = HitCounter(lambda: 0.0)
    for name, times in (("c", 2), ("a", 1), ("b", 2), ("d", 9)):
        counter.hit(name, times)
    return [counter.top(count) for count in (0, 1, 2, 3, 9)]


def check_each_counter_has_its_own_hits() -> object:
    one, other = HitCounter(lambda: 0.0), HitCounter(lambda: 0.0)
    one.hit("a")
    mine = {"a": Hits(4, 1.0, 2.0)}
    third = HitCounter(lambda: 3.0, mine)
    return [other.top(5), other.hit("a"), third.hit("a"), mine["a"].first, mine["a"].last]


def check_all() -> object:
    counter = HitCounter(lambda: 0.0)
    counter.hit_all((name for name in "ab"), 3)
    counter.hit_all(["a"])
    counter.hit_all([], 5)
    return counter.top(5)


def check_all_are_done_at_the_end() -> object:
    def now() -> float:
        if len(seen) < 40:
            threading.Event().wait(0.001)
        seen.append(1)
        return 0.0

    seen: list[int] = []
    counter = HitCounter(now)
    counter.hit_all("abcde", 4)
    return len(seen)
