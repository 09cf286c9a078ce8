"""Checks of the buffer."""

import threading
from collections.abc import Iterator
from threading import Thread

from bounded_buffer import Buffer, Closed, feed


def check_order() -> object:
    found = []
    for size in (1, 2, 50):
        buffer = Buffer(size)
        thread = feed(buffer, map(str, range(30)))
        found.append(list(buffer))
        thread.join(5)
        found.append([str(thread.is_alive())])
    return found


def check_room() -> object:
    found = []
    for size in (0, 1, 2, 3):
        buffer = Buffer(size)
        found.append([buffer.put(item, 0.0) for item in "abc"])
    return found


def check_empty() -> object:
    buffer = Buffer(2)
    found = [buffer.get(0.0), buffer.put(""), buffer.get(0.0), buffer.get(0.0)]
    buffer.close()
    return [found, buffer.get(), list(buffer)]


def check_closed() -> object:
    buffer, found = Buffer(3), list[object]()
    buffer.put("a")
    buffer.put("b")
    buffer.close()
    for _ in range(2):
        try:
            found.append(buffer.put("c", 0.0))
        except Closed as error:
            found.append(str(error))
        found.append(buffer.get())
    return [found, buffer.get()]


def check_closing_wakes_who_waits() -> object:
    found: list[object] = []

    def put() -> None:
        try:
            found.append(full.put("b"))
        except Closed:
            found.append("Closed")

    full, empty = Buffer(1), Buffer(1)
    full.put("a")
    threads = [Thread(target=put, daemon=True), Thread(target=lambda: found.append(empty.get()), daemon=True)]
    for thread in threads:
        thread.start()
    full.close()
    empty.close()
    for thread in threads:
        thread.join(3)
    return sorted(map(str, found))


def check_taking_makes_room() -> object:
    buffer, found = Buffer(1), list[object]()
    buffer.put("a")
    thread = Thread(target=lambda: found.append(buffer.put("b", 3)), daemon=True)
    thread.start()
    first = buffer.get()
    thread.join(5)
    return [first, found, buffer.get(0.0)]


def check_a_broken_source() -> object:
    def source() -> Iterator[str]:
        yield "a"
        buffer.close()
        yield "b"

    failed: list[str] = []
    threading.excepthook = lambda args: failed.append(args.exc_type.__name__)
    buffer = Buffer(5)
    feed(buffer, source()).join(5)
    return [list(buffer), buffer.closed, failed]
