"""Checks of the cache."""

import threading
from collections.abc import Callable

import read_through
from read_through import ReadThrough


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


if "Lock" in vars(read_through):
    vars(read_through)["Lock"] = Watched


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


def check_two_threads() -> object:
    others: list[threading.Thread] = []
    answers: list[str] = []
    loaded: list[str] = []

    def load(key: str) -> str:
        loaded.append(key)
        number = len(loaded)
        if not others:
            others.append(meanwhile(lambda: answers.append(cache.get("k"))))
        return f"{key}{number}"

    cache = ReadThrough(load)
    answers.append(cache.get("k"))
    others[0].join()
    return [sorted(answers), loaded, cache.hits, cache.misses]


def check_who_goes() -> object:
    cache = ReadThrough(str.upper, 3)
    found = [cache.get(key) for key in "abcadbaec"]
    return [found, cache.dropped, list(cache.values), cache.hits, cache.misses]


def check_sizes() -> object:
    found: list[object] = []
    for size in (-1, 0, 1, 2):
        try:
            cache = ReadThrough(str.upper, size)
        except ValueError:
            found.append("ValueError")
            continue
        for key in "aabba":
            cache.get(key)
        found.append((cache.hits, cache.dropped))
    cache = ReadThrough(str.upper)
    return [*found, [cache.get(key) for key in "abc"], cache.dropped]


def check_missing() -> object:
    def load(key: str) -> str:
        if key == "x":
            raise KeyError(key)
        if key == "y":
            raise ValueError(key)
        return key

    cache, found = ReadThrough(load), list[str]()
    for key, default in (("x", "d"), ("x", ""), ("x", None), ("y", "d"), ("a", "d")):
        try:
            found.append(cache.get(key, default))
        except (KeyError, ValueError) as error:
            found.append(type(error).__name__)
    return [found, list(cache.values), cache.misses, cache.lock.locked()]


def check_each_cache_has_its_own_list() -> object:
    one, other = ReadThrough(str.upper, 1), ReadThrough(str.upper, 1)
    for key in "ab":
        one.get(key)
    return [one.dropped, other.dropped, ReadThrough(str.upper, 1).dropped]


def check_forget() -> object:
    cache = ReadThrough(str.upper, 9)
    for key in ("ab", "a", "b", "abc", "ba"):
        cache.get(key)
    return [
        cache.forget("ab"),
        list(cache.values),
        cache.forget("x"),
        cache.forget(""),
        list(cache.values),
        cache.get("a"),
    ]


def check_rate() -> object:
    cache, found = ReadThrough(str.upper, 9), list[float]()
    for key in "aabac":
        found.append(cache.rate())
        cache.get(key)
    return [*found, cache.rate()]


def check_many() -> object:
    cache = ReadThrough(str.upper, 4000)
    for number in range(12000):
        cache.get(f"k{number}")
    return [len(cache.values), len(cache.dropped), cache.dropped[-1]]
