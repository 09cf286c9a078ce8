"""Answers that are asked for by many at once are fetched once, kept, and forgotten after a while.

Topics: async, caches, concurrency
"""

import asyncio
from collections.abc import Awaitable, Callable


class Answers:
    """A cache in front of `fetch`; `now` gives seconds."""

    def __init__(self, fetch: Callable[[str], Awaitable[str]], now: Callable[[], float], seconds: float = 60.0) -> None:
        self.fetch = fetch
        self.now = now
        self.seconds = seconds
        self.answers: dict[str, tuple[float, str]] = {}
        self.locks: dict[str, asyncio.Lock] = {}
        self.fetched = 0

    async def get(self, key: str) -> str:
        """The answer; an error of `fetch` is not kept."""
        async with self.locks.setdefault(key, asyncio.Lock()):
            if key in self.answers:
                until, answer = self.answers[key]
                if self.now() < until:
                    return answer
                del self.answers[key]
            answer = await self.fetch(key)
            self.fetched += 1
            self.answers[key] = (self.now() + self.seconds, answer)
            return answer

    async def get_many(self, keys: list[str]) -> dict[str, str | None]:
        """The answers by key, None where there was an error."""
        answers = await asyncio.gather(*(self.get(key) for key in keys), return_exceptions=True)
        return {
            key: None if isinstance(answer, BaseException) else answer
            for key, answer in zip(keys, answers, strict=True)
        }

    def forget(self) -> int:
        """Drop what is too old; how many that were."""
        old = [key for key, (until, _) in self.answers.items() if until <= self.now()]
        for key in old:
            del self.answers[key]
        return len(old)
