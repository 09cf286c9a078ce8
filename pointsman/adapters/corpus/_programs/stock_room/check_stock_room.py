"""Checks of the store."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

import stock_room
from stock_errors import NoSuchOrder, TooFew
from stock_room import StockRoom


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


if "Lock" in vars(stock_room):
    vars(stock_room)["Lock"] = Watched


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


def tried(room: StockRoom, number: int, wanted: Mapping[str, int]) -> object:
    try:
        room.reserve(number, wanted)
    except TooFew as error:
        return [error.missing, str(error)]
    return sorted(room.counts.items())


def check_two_threads() -> object:
    others: list[threading.Thread] = []
    answers: list[object] = []

    def pick(good: str) -> None:
        if not others:
            others.append(meanwhile(lambda: answers.append(tried(room, 2, {"pen": 4}))))

    room = StockRoom({"pen": 10}, pick)
    tried(room, 1, {"pen": 3})
    others[0].join()
    return [answers, room.counts["pen"]]


def check_bounds() -> object:
    return [tried(StockRoom({"a": 2, "b": 2}), 1, {"a": 2, "b": count}) for count in (0, 1, 2, 3)]


def check_nothing_is_taken() -> object:
    room = StockRoom({"a": 2, "b": 1})
    return [
        tried(room, 1, {"a": 1, "z": 3, "b": 2}),
        sorted(room.counts.items()),
        list(room.orders),
        room.lock.locked(),
    ]


def check_two_reservations() -> object:
    room = StockRoom({"a": 9, "b": 9})
    for wanted in ({"a": 1, "b": 2}, {"a": 3}):
        room.reserve(7, wanted)
    return [room.send(7), sorted(room.counts.items())]


def check_release() -> object:
    room = StockRoom({"a": 5})
    room.reserve(1, {"a": 2})
    room.reserve(2, {"a": 3})
    room.release(1)
    return [room.counts["a"], sorted(room.orders)]


def check_no_such_order() -> object:
    room = StockRoom({"a": 5})
    room.reserve(1, {"a": 1, "b": 0})
    found = []
    for number in (1, 1, 2):
        try:
            found.append(str(room.send(number)))
        except NoSuchOrder as error:
            found.append(type(error).__name__)
    try:
        room.release(3)
    except NoSuchOrder as error:
        found.append(type(error.__cause__).__name__)
    return [found, room.lock.locked()]


def check_each_room_has_its_own_orders() -> object:
    one, other = StockRoom({"a": 5}), StockRoom({"a": 5})
    one.reserve(1, {"a": 1})
    given = {7: Counter({"a": 2})}
    third = StockRoom({"a": 1}, orders=given)
    third.release(7)
    return [sorted(one.orders), sorted(other.orders), sorted(StockRoom({}).orders), third.counts["a"], sorted(given)]


def check_short() -> object:
    room = StockRoom({"a": 5, "b": 4, "c": 0})
    return [room.short({"a": 5, "b": 5, "c": 1, "d": 2}), room.short({})]
