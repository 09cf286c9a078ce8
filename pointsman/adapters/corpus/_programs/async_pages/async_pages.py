"""Lists that a server gives in pages: followed by cursor, by number, or taken until enough is there.

Topics: async, pagination, iterators
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """Some items, and where the next page begins."""

    items: tuple[str, ...]
    cursor: str | None = None
    total: int = 0


class Circle(RuntimeError):
    """A cursor came a second time."""


async def follow(load: Callable[[str | None], Awaitable[Page]]) -> AsyncGenerator[str, None]:
    """The items of all pages, loaded when they are needed; raises Circle instead of going on for ever."""
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = await load(cursor)
        for item in page.items:
            yield item
        cursor = page.cursor
        if cursor is None:
            return
        if cursor in seen:
            raise Circle(cursor)
        seen.add(cursor)


async def take(load: Callable[[str | None], Awaitable[Page]], count: int, skip: tuple[str, ...] = ()) -> list[str]:
    """The first `count` items that are not in `skip`; no page is loaded for nothing."""
    found: list[str] = []
    if count <= 0:
        return found
    async with aclosing(follow(load)) as items:
        async for item in items:
            if item in skip:
                continue
            found.append(item)
            if len(found) == count:
                break
    return found


async def load_all(load: Callable[[int], Awaitable[Page]], size: int) -> list[str]:
    """All items of numbered pages (from 0): the first page says how many there are, the others come side by side."""
    first = await load(0)
    last = -(-first.total // size)
    others = await asyncio.gather(*(load(number) for number in range(1, last)))
    return [item for page in (first, *others) for item in page.items]
