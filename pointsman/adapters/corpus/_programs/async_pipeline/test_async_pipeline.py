import asyncio
from collections.abc import AsyncIterator

from async_pipeline import collect


async def lines() -> AsyncIterator[str]:
    for line in ("a=1", "", "b=2", "oops", "c=3"):
        yield line


def test_pairs_are_collected() -> None:
    assert asyncio.run(collect(lines())) == ([("a", 1), ("b", 2), ("c", 3)], ["oops"])
