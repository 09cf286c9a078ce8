"""Checks of the pool."""

import asyncio
from collections.abc import Awaitable, Callable

from async_pool import Pool


def jobs(log: list[str], count: int, bad: tuple[int, ...] = ()) -> list[Callable[[], Awaitable[str]]]:
    def make(number: int) -> Callable[[], Awaitable[str]]:
        async def job() -> str:
            log.append(f"+{number}")
            for _ in range(count - number):
                await asyncio.sleep(0)
            log.append(f"-{number}")
            if number in bad:
                raise KeyError(number) if number % 2 else asyncio.CancelledError
            return f"r{number}"

        return job

    return [make(number) for number in range(count)]


def run(size: int, count: int, bad: tuple[int, ...] = ()) -> object:
    log: list[str] = []

    async def main() -> object:
        pool = Pool(size)
        outcome = await pool.run_all(jobs(log, count, bad))
        return [outcome.results, outcome.errors, pool.most, pool.active, log]

    return asyncio.run(main())


def check_one_at_a_time() -> object:
    return run(1, 3)


def check_two_at_a_time() -> object:
    return run(2, 5)


def check_more_places_than_jobs() -> object:
    return run(9, 3)


def check_failures() -> object:
    return run(2, 5, (1, 2))


def check_no_jobs() -> object:
    return run(1, 0)


def check_sizes() -> object:
    found = []
    for size in (-1, 0, 1):
        try:
            Pool(size)
            found.append("made")
        except ValueError:
            found.append("ValueError")
    return found


def check_a_failure_frees_the_place() -> object:
    async def main() -> object:
        pool, log = Pool(1), list[str]()
        good, bad = jobs(log, 2, (1,))
        try:
            await pool.run(bad)
        except KeyError:
            log.append(str(pool.active))
        return [await pool.run(good), await pool.run(good), pool.most, log]

    return asyncio.run(main())
