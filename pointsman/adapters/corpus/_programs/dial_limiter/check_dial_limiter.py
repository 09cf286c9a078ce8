"""Checks of the limiter."""

import threading
from collections.abc import Callable

from dial_limiter import Limiter


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time


def outcome(run: Callable[[], object]) -> object:
    try:
        return run()
    except Exception as error:
        return type(error).__name__


def check_rate() -> object:
    clock = Clock()
    limiter = Limiter(3, 10, clock.now)
    found: list[object] = []
    for step in (0, 1, 2, 3, 3.9, 0.1, 0.1, 5, 5, 20):
        clock.time += step
        found.append([limiter.call(lambda: "x"), limiter.wait()])
    return found


def check_edges_of_the_window() -> object:
    clock = Clock()
    limiter = Limiter(1, 2, clock.now)
    limiter.call(lambda: 1)
    found = []
    for time in (101.0, 101.5, 102.0):
        clock.time = time
        found.append([limiter.wait(), limiter.call(lambda: 2)])
    return found


def check_refused() -> object:
    pairs = ((0, 1), (1, 0), (1, -1), (-1, 1), (1, 0.5))
    return [outcome(lambda p=pair: Limiter(p[0], p[1], Clock().now).wait()) for pair in pairs]


def check_what_is_not_let_through_does_not_run() -> object:
    ran: list[int] = []
    limiter = Limiter(1, 1, Clock().now)
    for number in range(3):
        limiter.call(lambda n=number: ran.append(n))
    return ran


def check_refunds() -> object:
    limiter = Limiter(2, 5, Clock().now)
    found: list[object] = [limiter.refund()]
    for _ in range(3):
        found.append(limiter.call(lambda: 1))
    return [*found, limiter.refund(), limiter.call(lambda: 2), limiter.refund(), limiter.refund(), limiter.refund()]


def check_a_call_that_fails_counts() -> object:
    limiter = Limiter(1, 5, Clock().now)
    return [outcome(lambda: limiter.call(lambda: 1 // 0)), limiter.wait(), limiter.call(lambda: 1), limiter.refund()]


def check_one_at_a_time() -> object:
    limiter = Limiter(2, 5, Clock().now)
    both = threading.Barrier(2)
    met: list[bool] = []

    def action() -> int:
        try:
            both.wait(timeout=0.2)
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)
        return 1

    threads = [threading.Thread(target=limiter.call, args=(action,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return met


def check_refund_while_a_call_runs() -> object:
    limiter = Limiter(2, 5, Clock().now)
    refunded: list[bool] = []
    thread = threading.Thread(target=lambda: refunded.append(limiter.refund()))

    def action() -> bool:
        thread.start()
        thread.join(timeout=0.2)
        return thread.is_alive()

    waited = limiter.call(action)
    thread.join()
    return [waited, refunded]
