"""Checks of values that are made once."""

import threading
from collections.abc import Callable, Iterator

import once_value
from once_value import Once, Replay


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


if "Lock" in vars(once_value):
    vars(once_value)["Lock"] = Watched


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
    answers: list[int] = []

    def make() -> int:
        count.append(1)
        number = len(count)
        if not others:
            others.append(meanwhile(lambda: answers.append(once.get())))
        return number

    count: list[int] = []
    once = Once(make)
    answers.append(once.get())
    others[0].join()
    return [sorted(answers), once.get(), len(count)]


def check_two_readers() -> object:
    others: list[threading.Thread] = []
    answers: list[object] = []

    class Source:
        def __init__(self) -> None:
            self.count = 0

        def __iter__(self) -> Iterator[int]:
            return self

        def __next__(self) -> int:
            self.count += 1
            number = self.count
            if number == 2 and not others:
                others.append(meanwhile(lambda: answers.append([replay.item(0), replay.item(2)])))
            if number > 5:
                raise StopIteration
            return number

    replay = Replay(Source())
    answers.append(list(replay))
    others[0].join()
    return [sorted(answers, key=str), replay.items]


def check_false_values() -> object:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 0

    once = Once(make)
    return [once.get(), once.get(), len(made), once.reset(), once.reset(), once.get(), len(made)]


def check_errors() -> object:
    tries: list[int] = []

    def make() -> str:
        tries.append(1)
        if len(tries) < 2:
            raise LookupError
        return "good"

    once = Once(make)
    try:
        once.get()
    except LookupError as error:
        return [type(error).__name__, once.get(), len(tries), once.lock.locked()]
    return "nothing"


def check_items() -> object:
    replay, found = Replay(iter("abc")), list[str]()
    for place in (1, 0, 2, 3, 2, 9):
        try:
            found.append(replay.item(place))
        except IndexError as error:
            found.append(type(error.__cause__).__name__)
    return found


def check_late() -> object:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(5):
            taken.append(number)
            yield number

    replay = Replay(source())
    first = [item for item, _ in zip(replay, range(2), strict=False)]
    return [first, list(taken), list(replay), list(replay), taken, list(Replay(()))]


def check_two_at_once() -> object:
    replay = Replay(range(4))
    return [(one, other) for one in replay for other in replay if one < other]
