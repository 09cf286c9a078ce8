"""Checks of batches."""

import asyncio
from collections.abc import Sequence

from async_batches import Batcher


class Service:
    """Answers batches, and logs them; fails for some keys, and drops the answer for others."""

    def __init__(self) -> None:
        self.batches: list[str] = []

    async def send(self, keys: Sequence[str]) -> Sequence[str]:
        self.batches.append("".join(keys))
        await asyncio.sleep(0)
        if "x" in keys:
            raise ConnectionError
        return [f"{key}{len(self.batches)}" for key in keys if key != "y"]


def run(keys: str, size: int = 3) -> object:
    async def main() -> object:
        service = Service()
        batcher = Batcher(service.send, size)
        answers = await batcher.get_all(list(keys))
        return [answers, service.batches, batcher.sent, len(batcher.waiting)]

    return asyncio.run(main())


def check_sizes() -> object:
    return [run("abcde", size) for size in (1, 2, 3, 5, 6)]


def check_default_size() -> object:
    async def main() -> object:
        service = Service()
        return [await Batcher(service.send).get_all(list("abcdefg")), service.batches]

    return asyncio.run(main())


def check_equal_keys() -> object:
    return [run("aaa"), run("abab", 2), run("aabbcc", 2)]


def check_errors() -> object:
    return [run("axb", 2), run("xab", 2), run("abx")]


def check_missing_answers() -> object:
    return [run("yab", 2), run("aby")]


def check_nothing() -> object:
    return run("")


def check_flush() -> object:
    async def main() -> object:
        service = Service()
        batcher = Batcher(service.send)
        tasks = [asyncio.create_task(batcher.get(key)) for key in "ab"]
        await asyncio.sleep(0)
        before = (list(service.batches), len(batcher.waiting))
        sizes = [await batcher.flush(), await batcher.flush()]
        return [before, sizes, await asyncio.gather(*tasks), batcher.sent]

    return asyncio.run(main())


def check_kinds_of_errors() -> object:
    async def main() -> object:
        found = []
        for key in ("x", "y"):
            try:
                found.append(await Batcher(Service().send, 1).get(key))
            except Exception as error:
                found.append(type(error).__name__)
        return found

    return asyncio.run(main())


def check_one_leaves() -> object:
    async def main() -> object:
        batcher = Batcher(Service().send)
        tasks = [asyncio.create_task(batcher.get("a")) for _ in range(2)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        await batcher.flush()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        return [answer if isinstance(answer, str) else type(answer).__name__ for answer in answers]

    return asyncio.run(main())
