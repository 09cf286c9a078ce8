"""A store of numbers that lets others go on while it works."""

import asyncio


class SlowStore:
    """Numbers by name; an unknown name raises KeyError."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self.numbers = dict(numbers)
        self.reads = 0

    async def read(self, name: str) -> int:
        """The number of that name."""
        self.reads += 1
        value = self.numbers[name]
        await asyncio.sleep(0)
        return value

    async def write(self, name: str, value: int) -> None:
        """Set the number of that name."""
        await asyncio.sleep(0)
        self.numbers[name] = value
