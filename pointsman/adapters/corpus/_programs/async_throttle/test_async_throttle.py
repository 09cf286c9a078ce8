import asyncio

from async_throttle import Throttle


class Clock:
    time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.time += seconds


def test_the_third_call_waits() -> None:
    async def main() -> list[float]:
        throttle = Throttle(Clock(), 2, 10)
        return [await throttle.enter() for _ in range(3)]

    assert asyncio.run(main()) == [0.0, 0.0, 10.0]


def test_calls_side_by_side() -> None:
    async def main() -> list[float]:
        throttle = Throttle(Clock(), 1, 5)
        return list(await asyncio.gather(throttle.enter(), throttle.enter(), throttle.enter()))

    assert asyncio.run(main()) == [0.0, 5.0, 10.0]
