"""Checks of the pipeline."""

import asyncio
from collections.abc import AsyncIterator

from async_pipeline import collect, parse, read

Queue = asyncio.Queue[tuple[int, str] | None]


async def source(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        await asyncio.sleep(0)
        yield line


def check_pairs() -> object:
    return asyncio.run(collect(source(" a = 1 ", "b=-2", "", "  ", "a=3", "=4", "c= 5")))


def check_errors() -> object:
    return asyncio.run(collect(source("z", "b=x", "a=", "a=1=2", "ok=1"), 2))


def check_sizes() -> object:
    lines = [f"k{number}={number}" for number in range(12)]
    return [asyncio.run(collect(source(*lines), workers, size)) for workers, size in ((1, 1), (5, 1), (2, 0), (12, 3))]


def check_nothing() -> object:
    return asyncio.run(collect(source()))


def check_read() -> object:
    async def main() -> object:
        queue: Queue = asyncio.Queue()
        count = await read(source("a", "", "b "), queue, 2)
        return [count, [queue.get_nowait() for _ in range(queue.qsize())]]

    return asyncio.run(main())


def check_workers_share_the_lines() -> object:
    async def main() -> object:
        queue: Queue = asyncio.Queue()
        for item in ((0, "a=1"), (1, "b=2"), (2, "bad"), (3, "c=3"), None, None):
            queue.put_nowait(item)
        results: dict[int, tuple[str, int]] = {}
        errors: list[str] = []
        goods = await asyncio.gather(parse(queue, results, errors), parse(queue, results, errors))
        return [goods, results, errors, queue.qsize()]

    return asyncio.run(main())


def check_every_line_is_marked_as_done() -> object:
    async def main() -> object:
        queue: Queue = asyncio.Queue()
        for item in ((0, "a=1"), (1, "bad"), None):
            queue.put_nowait(item)
        await parse(queue, {}, [])
        queue.task_done()
        await asyncio.wait_for(queue.join(), 1)
        return queue.empty()

    return asyncio.run(main())


def check_the_reader_waits_for_room() -> object:
    async def main() -> object:
        queue: Queue = asyncio.Queue(2)
        task = asyncio.create_task(read(source("a", "b", "c"), queue, 1))
        for _ in range(20):
            await asyncio.sleep(0)
        before = (queue.qsize(), task.done())
        first = await queue.get()
        await queue.get()
        return [before, first, await task, queue.qsize()]

    return asyncio.run(main())
