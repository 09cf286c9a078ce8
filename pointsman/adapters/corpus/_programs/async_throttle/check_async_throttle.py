"""Checks of the throttle."""

import asyncio

from async_throttle import Throttle


class Clock:
    """Time goes on when somebody waits."""

    def __init__(self) -> None:
        self.time = 100.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)
        self.time += seconds


async def act() -> str:
    await asyncio.sleep(0)
    return "ok"


def check_one_after_the_other() -> object:
    async def main() -> object:
        clock = Clock()
        throttle = Throttle(clock, 3, 10)
        return [[await throttle.enter() for _ in range(8)], clock.waits]

    return asyncio.run(main())


def check_side_by_side() -> object:
    async def main() -> object:
        clock = Clock()
        throttle = Throttle(clock, 2, 5)
        return [await asyncio.gather(*(throttle.call(act) for _ in range(7))), clock.waits, list(throttle.times)]

    return asyncio.run(main())


def check_a_sliding_span() -> object:
    async def main() -> object:
        clock = Clock()
        throttle, found = Throttle(clock, 2, 10), []
        for step in (0, 4, 4, 2, 1, 20, 0, 0):
            clock.time += step
            found.append(await throttle.enter())
        return [found, clock.waits]

    return asyncio.run(main())


def check_room() -> object:
    async def main() -> object:
        clock = Clock()
        throttle, found = Throttle(clock, 2, 10), list[object]()
        for time, entered in ((100, 0), (100, 1), (103, 1), (109, 0), (110, 0), (112, 1), (113, 0), (122, 0)):
            clock.time = time
            for _ in range(entered):
                await throttle.enter()
            found.append((throttle.room(), len(throttle.times)))
        return found

    return asyncio.run(main())


def check_calls_overlap() -> object:
    async def main() -> object:
        log: list[str] = []

        async def slow() -> str:
            log.append("+")
            for _ in range(30):
                await asyncio.sleep(0)
            log.append("-")
            return "slow"

        throttle = Throttle(Clock(), 5, 1)
        return [await asyncio.gather(throttle.call(slow), throttle.call(slow)), log]

    return asyncio.run(main())


def check_an_error_comes_out() -> object:
    async def main() -> object:
        async def bad() -> str:
            raise LookupError

        throttle = Throttle(Clock(), 1, 5)
        try:
            await throttle.call(bad)
        except LookupError:
            return ["LookupError", await throttle.call(act)]
        return "nothing"

    return asyncio.run(main())


def check_many_old_times() -> object:
    clock = Clock()
    throttle = Throttle(clock, 10**9, 1)
    throttle.times.extend(range(-150000, 0))
    return [throttle.room(), len(throttle.times)]
