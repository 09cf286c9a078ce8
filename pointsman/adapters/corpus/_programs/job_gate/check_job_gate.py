"""Checks of the gate."""

import asyncio
from collections.abc import Callable

from job_gate import Gate, Job, run_all


class Inside:
    """Counts how many jobs are inside at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.begun: list[int] = []

    def job(self, number: int) -> Job:
        async def run() -> int:
            self.begun.append(number)
            self.now += 1
            self.most = max(self.most, self.now)
            for _ in range(5):
                await asyncio.sleep(0)
            self.now -= 1
            return number * number

        return run


def failing(error: type[Exception]) -> Job:
    async def run() -> int:
        await asyncio.sleep(0)
        raise error("bad")

    return run


def outcome(run: Callable[[], object]) -> object:
    try:
        return run()
    except Exception as error:
        return type(error).__name__


def check_results() -> object:
    inside = Inside()
    return asyncio.run(run_all([inside.job(number) for number in range(7)], 3))


def check_how_many_are_inside() -> object:
    found = []
    for limit in (1, 2, 3, 9):
        inside = Inside()
        asyncio.run(run_all([inside.job(number) for number in range(6)], limit))
        found.append((inside.most, inside.now, inside.begun))
    return found


def check_nothing_to_run() -> object:
    return asyncio.run(run_all([], 1))


def check_failures() -> object:
    jobs = [failing(ZeroDivisionError), Inside().job(3), failing(OverflowError), failing(ArithmeticError)]
    return asyncio.run(run_all(jobs, 4))


def check_other_failures() -> object:
    return outcome(lambda: asyncio.run(run_all([failing(KeyError)], 1)))


def check_limits() -> object:
    return [outcome(lambda limit=limit: asyncio.run(run_all([], limit))) for limit in (-1, 0, 1)]


def check_a_gate_is_used_again() -> object:
    async def use() -> object:
        gate = Gate(1)
        first = await gate.run("a", failing(ZeroDivisionError))
        second = await gate.run("b", Inside().job(2))
        third = await gate.run("c", failing(OverflowError))
        return [first, second, third, gate.failed, Gate(1).failed]

    return asyncio.run(use())
