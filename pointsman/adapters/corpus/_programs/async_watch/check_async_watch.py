"""Checks of the watcher."""

import asyncio
from contextlib import aclosing

from async_watch import changes, wait_above


class Script:
    """Gives values in turn, the last one for ever; None is a failure, below -100 it hangs."""

    def __init__(self, *values: float | None) -> None:
        self.values = list(values)
        self.log: list[str] = []

    async def start(self) -> None:
        await asyncio.sleep(0)
        self.log.append("start")

    async def read(self) -> float:
        await asyncio.sleep(0)
        value = self.values.pop(0) if len(self.values) > 1 else self.values[0]
        if value is None:
            raise ConnectionError
        if value < -100:
            await asyncio.sleep(60)
        return value

    async def stop(self) -> None:
        await asyncio.sleep(0)
        self.log.append("stop")


def watch(sensor: Script, step: float, count: int, patience: int = 3) -> object:
    async def main() -> object:
        found: list[object] = []
        try:
            async with aclosing(changes(sensor, step, 0.0, patience)) as values:
                async for value in values:
                    found.append(value)
                    if len(found) == count:
                        break
        except OSError as error:
            found.append(type(error).__name__)
        return [found, sensor.log]

    return asyncio.run(main())


def check_steps() -> object:
    return watch(Script(1, 1.25, 1.5, 1.75, 3, 2.75, 2.5, 2, 0), 0.5, 5)


def check_the_first_value() -> object:
    return [watch(Script(0, 0, 5), 1, 2), watch(Script(-1, 0), 2, 1)]


def check_failures() -> object:
    return [watch(Script(1, None, None, 2, None, None, 3, None), 1, 9), watch(Script(None, 1), 1, 1)]


def check_patience() -> object:
    return [watch(Script(1, None, 2, None, None, 3, None), 1, 9, patience) for patience in (1, 2, 3)]


def check_above() -> object:
    found = []
    for limit in (1.5, 2, 2.5):
        sensor, seen = Script(1, 1.2, 2, 2.5, 9), list[float]()
        found.append((asyncio.run(wait_above(sensor, limit, seen.append)), seen, sensor.log))
    return found


def check_too_late() -> object:
    sensor, seen = Script(1, 2, -999), list[float]()
    return [asyncio.run(wait_above(sensor, 5, seen.append, 0.05)), seen, sensor.log]


def check_errors_come_out() -> object:
    sensor = Script(1, None)
    try:
        return asyncio.run(wait_above(sensor, 5, lambda value: None))
    except OSError as error:
        return [type(error).__name__, sensor.log]


def check_an_error_of_another_kind_comes_out_at_once() -> object:
    class Broken(Script):
        async def read(self) -> float:
            self.log.append("read")
            raise LookupError

    sensor = Broken(1)
    try:
        return asyncio.run(wait_above(sensor, 5, lambda value: None))
    except LookupError:
        return sensor.log


def check_cancelled() -> object:
    async def main() -> object:
        sensor = Script(1)
        task = asyncio.create_task(wait_above(sensor, 5, lambda value: None))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        ended = await asyncio.gather(task, return_exceptions=True)
        return [[type(one).__name__ for one in ended], sensor.log]

    return asyncio.run(main())
