"""Accounts in a slow store: every change is read, checked and written under one lock.

Topics: async, money, concurrency
"""

import asyncio
from collections.abc import Mapping

from slow_store import SlowStore


class Refusal(Exception):
    """A transfer that must not be made."""


class Bank:
    """Moves money between the accounts of a store."""

    def __init__(self, store: SlowStore, limit: int = 0, log: list[tuple[str, str, int]] | None = None) -> None:
        self.store = store
        self.limit = limit
        self.lock = asyncio.Lock()
        self.log = [] if log is None else log

    async def move(self, source: str, target: str, amount: int) -> int:
        """What is left on the source; raises Refusal below the limit, and for amounts that are not positive."""
        if amount <= 0 or source == target:
            raise Refusal("nothing to move")
        async with self.lock:
            left = await self.store.read(source) - amount
            if left < self.limit:
                raise Refusal(f"{source} has too little")
            have = await self.store.read(target)
            await self.store.write(source, left)
            await self.store.write(target, have + amount)
        self.log.append((source, target, amount))
        return left

    async def pay_all(self, source: str, amounts: Mapping[str, int]) -> dict[str, bool]:
        """Pays side by side; whether each could be paid."""
        answers = await asyncio.gather(
            *(self.move(source, target, amount) for target, amount in amounts.items()), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Refusal):
                raise answer
        return {target: not isinstance(answer, Refusal) for target, answer in zip(amounts, answers, strict=True)}
