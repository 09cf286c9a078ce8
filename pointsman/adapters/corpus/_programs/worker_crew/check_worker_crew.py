"""Checks of the workers."""

import threading
from collections.abc import Callable

import worker_crew
from worker_crew import Crew


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


if "Lock" in vars(worker_crew):
    vars(worker_crew)["Lock"] = Watched


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

    def look() -> None:
        if not others:
            others.append(meanwhile(lambda: crew.add("g", 5)))

    crew = Crew(int, look)
    crew.add("g", 2)
    others[0].join()
    return crew.sums


def check_sums() -> object:
    return [Crew(int).do_all(["b:1", "a:2", "b:-3", "10", "x:y:4"], workers) for workers in (1, 2, 5)]


def check_many_jobs() -> object:
    return Crew(len).do_all([f"{number % 3}:xx" for number in range(300)], 4)


def check_failures() -> object:
    def work(text: str) -> int:
        return 10 // int(text)

    crew = Crew(work)
    sums = crew.do_all(["a:0", "a:5", "b:z", "b:"], 1)
    return [sums, crew.failures]


def check_run() -> object:
    crew = Crew(int)
    for job in ("a:1", "a:x", "a:2", None, "a:4"):
        crew.jobs.put(job)
    return [crew.run(), crew.sums, crew.drain(), crew.drain()]


def check_drain() -> object:
    crew = Crew(int)
    for job in ("a", None, "b", None):
        crew.jobs.put(job)
    return [crew.drain(), crew.jobs.empty()]


def check_nobody_is_left() -> object:
    before = threading.active_count()
    crew = Crew(int)
    crew.do_all(["a:1"] * 5, 3)
    return [threading.active_count() - before, crew.jobs.qsize()]


def check_other_errors() -> object:
    def work(text: str) -> int:
        raise KeyError(text)

    crew = Crew(work)
    crew.jobs.put("a:1")
    try:
        crew.run()
    except KeyError as error:
        return [type(error).__name__, crew.failures]
    return "nothing"


def check_a_second_round() -> object:
    crew = Crew(int)
    return [crew.do_all(["a:1"], 1), crew.do_all(["a:2", "b:1"], 1)]
