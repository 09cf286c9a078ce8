"""Checks of work in threads."""

import threading

from thread_map import Report, first_result, thread_map


def work(item: str) -> str:
    if item == "k":
        raise KeyError(item)
    if item == "v":
        raise ValueError(item)
    return item * 2


def told(report: Report) -> object:
    return [report.results, {place: type(error).__name__ for place, error in report.errors.items()}, report.text()]


def check_results() -> object:
    return [told(thread_map(work, list("abc"), workers)) for workers in (1, 2, 9)]


def check_errors() -> object:
    return told(thread_map(work, list("akbvkv")))


def check_nothing() -> object:
    return told(thread_map(work, []))


def stopped(stop_at: int | None) -> object:
    called: list[str] = []
    gate = threading.Semaphore(0)

    def slow(item: str) -> str:
        called.append(item)
        if item == "w":
            gate.acquire(timeout=5)
        return work(item)

    def progress(done: int, count: int) -> None:
        if done in (1, 3):
            gate.release()

    report = thread_map(slow, list("kwvwa"), 1, stop_at, progress)
    return told(report) if "a" in called else sorted(type(error).__name__ for error in report.errors.values())


def check_stop() -> object:
    return [stopped(stop_at) for stop_at in (1, 2, 3, None)]


def check_progress() -> object:
    seen: list[tuple[int, int]] = []
    thread_map(work, list("akb"), progress=lambda done, count: seen.append((done, count)))
    return seen


def check_threads_have_ended() -> object:
    before = threading.active_count()
    thread_map(work, list("abcdefgh"), 3)
    first_result([lambda: "a", lambda: "b"])
    return threading.active_count() - before


def check_side_by_side() -> object:
    barrier = threading.Barrier(3, timeout=5)

    def meet(item: str) -> str:
        barrier.wait()
        return item

    return told(thread_map(meet, list("abc"), 3))


def check_first_result() -> object:
    def fail(error: Exception) -> str:
        raise error

    found: list[object] = [
        first_result([lambda: fail(KeyError(1)), lambda: fail(OSError()), lambda: "good", lambda: "late"])
    ]
    for functions in ([], [lambda: fail(IndexError()), lambda: fail(ConnectionError())], [lambda: fail(ValueError())]):
        try:
            found.append(first_result(functions))
        except ExceptionGroup as group:
            found.append([type(error).__name__ for error in group.exceptions])
        except Exception as error:
            found.append(type(error).__name__)
    return found
