import asyncio

from async_watch import wait_above


class Steps:
    def __init__(self) -> None:
        self.value = 0.0
        self.on = False

    async def start(self) -> None:
        self.on = True

    async def read(self) -> float:
        self.value += 1
        return self.value

    async def stop(self) -> None:
        self.on = False


def test_a_limit_is_reached() -> None:
    sensor, seen = Steps(), list[float]()
    assert asyncio.run(wait_above(sensor, 2.5, seen.append))
    assert seen == [1.0, 2.0, 3.0]
    assert not sensor.on
