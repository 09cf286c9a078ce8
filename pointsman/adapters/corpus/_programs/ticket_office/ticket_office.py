"""Tickets with numbers for a hall with seats: numbers have no gap, no seat is sold twice.

Topics: async, concurrency, booking
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class SoldOut(Exception):
    """No seat is left."""


class Office:
    """Sells seats; `save` writes a sale down, and lets others go on meanwhile."""

    def __init__(self, seats: int, save: Callable[[int, str], Awaitable[None]]) -> None:
        self.free = list(range(seats, 0, -1))
        self.save = save
        self.last = 0
        self.lock = asyncio.Lock()

    async def sell(self, name: str) -> tuple[int, int]:
        """Number of the ticket, and the seat with the smallest number; a sale that is not saved did not happen."""
        async with self.lock:
            if not self.free:
                raise SoldOut(name)
            number, seat = self.last + 1, self.free[-1]
            await self.save(number, name)
            self.last = number
            self.free.remove(seat)
            return number, seat

    @asynccontextmanager
    async def hold(self, count: int) -> AsyncIterator[list[int]]:
        """Keep seats back for a while; they are free again at the end."""
        async with self.lock:
            if len(self.free) < count:
                raise SoldOut(f"{count} seats")
            seats = [self.free.pop() for _ in range(count)]
        try:
            yield seats
        finally:
            async with self.lock:
                self.free.extend(seats)
                self.free.sort(reverse=True)

    async def sell_all(self, names: list[str]) -> dict[str, int]:
        """Seats by name, for those who got one."""
        sales = await asyncio.gather(*(self.sell(name) for name in names), return_exceptions=True)
        return {name: sale[1] for name, sale in zip(names, sales, strict=True) if not isinstance(sale, BaseException)}
