import asyncio

from async_throttle import Throttle


class Clock:
    time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_the_third_call_waits() -> None:
    async def main() -> list[float]:
        throttle = Throttle(Clock(), 2, 10)
        return [await throttle.enter() for _ in range(3)]

    assert asyncio.run(main()) == [0.0, 0.0, 10.0]
