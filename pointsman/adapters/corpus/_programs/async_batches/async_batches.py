"""Single requests are gathered into batches: a full batch is sent at once, a partial one when asked to.

Topics: async, batching
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Send = Callable[[Sequence[str]], Awaitable[Sequence[str]]]


class Batcher:
    """Collects keys; `send` answers many of them in their order."""

    def __init__(self, send: Send, size: int = 3) -> None:
        self.send = send
        self.size = size
        self.waiting: dict[str, asyncio.Future[str]] = {}
        self.sent = 0

    async def get(self, key: str) -> str:
        """The answer for one key; equal keys that wait together are asked once."""
        future = self.waiting.get(key)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self.waiting[key] = future
            if len(self.waiting) >= self.size:
                await self.flush()
        return await asyncio.shield(future)

    async def flush(self) -> int:
        """Send what waits; how many keys that were. An error is given to all who wait for it."""
        batch, self.waiting = self.waiting, {}
        if not batch:
            return 0
        self.sent += 1
        try:
            answers = await self.send(list(batch))
            pairs = list(zip(batch.values(), answers, strict=True))
        except Exception as error:
            for future in batch.values():
                future.set_exception(error)
        else:
            for future, answer in pairs:
                future.set_result(answer)
        return len(batch)

    async def get_all(self, keys: Sequence[str]) -> list[str | None]:
        """The answers in order, None for those that failed."""
        tasks = [asyncio.create_task(self.get(key)) for key in keys]
        await asyncio.sleep(0)
        await self.flush()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        return [None if isinstance(answer, BaseException) else answer for answer in answers]
