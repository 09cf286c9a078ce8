"""A pipeline: lines are read, parsed by several workers, and collected, over queues of limited size.

Topics: async, queues
"""

import asyncio
from collections.abc import AsyncIterator

END = None


async def read(source: AsyncIterator[str], out: "asyncio.Queue[tuple[int, str] | None]", workers: int) -> int:
    """Put the lines that are not empty into the queue, numbered, and an end for every worker."""
    count = 0
    async for line in source:
        text = line.strip()
        if text:
            await out.put((count, text))
            count += 1
    for _ in range(workers):
        await out.put(END)
    return count


async def parse(
    queue: "asyncio.Queue[tuple[int, str] | None]", results: dict[int, tuple[str, int]], errors: list[str]
) -> int:
    """Take lines such as `name=3` until the end; how many were good."""
    good = 0
    while (item := await queue.get()) is not END:
        number, text = item
        name, _, value = text.partition("=")
        await asyncio.sleep(0)
        try:
            results[number] = (name.strip(), int(value))
        except ValueError:
            errors.append(text)
        else:
            good += 1
        finally:
            queue.task_done()
    return good


async def collect(
    source: AsyncIterator[str], workers: int = 3, size: int = 2
) -> tuple[list[tuple[str, int]], list[str]]:
    """The pairs in the order of the lines, and the lines that are no pairs, sorted."""
    queue: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue(size)
    results: dict[int, tuple[str, int]] = {}
    errors: list[str] = []
    tasks = [asyncio.create_task(parse(queue, results, errors)) for _ in range(workers)]
    count = await read(source, queue, workers)
    good = sum(await asyncio.gather(*tasks))
    if good + len(errors) != count:
        raise RuntimeError(f"{count - good - len(errors)} lines were lost")
    return [results[number] for number in sorted(results)], sorted(errors)
