"""A watcher that reads a sensor again and again, reports changes, and switches the sensor off at its end.

Topics: async, resources, cancellation
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol


class Sensor(Protocol):
    """What is watched."""

    async def start(self) -> None:
        """Switch it on."""
        ...

    async def read(self) -> float:
        """A value; OSError if there is none at the moment."""
        ...

    async def stop(self) -> None:
        """Switch it off."""
        ...


async def changes(sensor: Sensor, step: float, pause: float = 0.0, patience: int = 3) -> AsyncGenerator[float, None]:
    """The first value, then each that differs by at least `step` from the one before that was given.

    So many failures in a row as `patience` says end it with the last error. The sensor is stopped at the end.
    """
    await sensor.start()
    failures = 0
    last: float | None = None
    try:
        while True:
            try:
                value = await sensor.read()
            except OSError:
                failures += 1
                if failures >= patience:
                    raise
            else:
                failures = 0
                if last is None or abs(value - last) >= step:
                    last = value
                    yield value
            await asyncio.sleep(pause)
    finally:
        await sensor.stop()


async def wait_above(sensor: Sensor, limit: float, report: Callable[[float], None], seconds: float = 30.0) -> bool:
    """Whether a value above the limit came in time; the values on the way are reported."""
    try:
        async with asyncio.timeout(seconds), aclosing(changes(sensor, 0.5)) as values:
            async for value in values:
                report(value)
                if value > limit:
                    return True
    except TimeoutError:
        return False
    return False
