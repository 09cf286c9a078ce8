"""Checks of lent numbers."""

import threading
from collections.abc import Callable

import id_pool
from id_pool import IdPool, NotLent


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


if "Lock" in vars(id_pool):
    vars(id_pool)["Lock"] = Watched


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


def race(back: bool) -> object:
    others: list[threading.Thread] = []
    answers: list[int] = []
    armed: list[bool] = []

    def mark(number: int) -> None:
        if armed and not others:
            others.append(meanwhile(lambda: answers.append(pool.take())))

    pool = IdPool(9, 1, mark)
    if back:
        for number in [pool.take(), pool.take(), pool.take()]:
            pool.give_back(number)
    armed.append(True)
    answers.append(pool.take())
    others[0].join()
    return [sorted(answers), sorted(pool.out), pool.take()]


def check_two_threads() -> object:
    return [race(back=False), race(back=True)]


def check_order() -> object:
    pool = IdPool(6, 10)
    first = [pool.take() for _ in range(5)]
    for number in (13, 10, 12):
        pool.give_back(number)
    return [first, [pool.take() for _ in range(4)]]


def check_none_is_left() -> object:
    found: list[object] = []
    for size in (0, 1, 2):
        pool = IdPool(size)
        try:
            while True:
                found.append(pool.take())
        except RuntimeError:
            found.append((type(pool).__name__, pool.lock.locked()))
    return found


def check_not_lent() -> object:
    pool = IdPool(3)
    pool.take()
    found = []
    for number in (1, 1, 2, 0):
        try:
            pool.give_back(number)
            found.append("back")
        except NotLent as error:
            found.append(type(error.__cause__).__name__)
    return [found, pool.take(), pool.take()]


def check_lend() -> object:
    pool = IdPool(4)
    with pool.lend() as one, pool.lend(2) as two:
        inside = [list(one), list(two), sorted(pool.out)]
    return [inside, sorted(pool.out), pool.take()]


def check_errors_give_back() -> object:
    pool, found = IdPool(3), []
    try:
        with pool.lend(2):
            raise LookupError
    except LookupError:
        found.append(sorted(pool.out))
    try:
        with pool.lend(4):
            found.append([])
    except RuntimeError:
        found.append(sorted(pool.out))
    return [found, pool.take()]


def check_many() -> object:
    class Number(int):
        compared = 0

        def __lt__(self, other: int) -> bool:
            Number.compared += 1
            return int.__lt__(self, other)

    pool = IdPool(0)
    pool.out.update(Number(number) for number in range(2000))
    for number in range(1999, -1, -1):
        pool.give_back(Number(number))
    return [int(pool.take()), int(pool.take()), Number.compared < 60000]
