"""Several servers are asked for one thing: the first good answer counts, the others are cancelled.

Topics: async, timeouts
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from answer_errors import AllFailed, TooLate

Ask = Callable[[str], Awaitable[str]]


async def ask_one(name: str, ask: Ask, question: str, seconds: float) -> tuple[str, str]:
    """Name and answer; raises TooLate after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return name, await ask(question)
    except TimeoutError as error:
        raise TooLate(name) from error


async def first_answer(servers: Mapping[str, Ask], question: str, seconds: float = 5.0) -> tuple[str, str]:
    """The first good answer and who gave it; raises AllFailed with the reasons if there is none.

    All that is not needed any more is cancelled, and has ended when this returns.
    """
    reasons: dict[str, str] = {}
    tasks = {asyncio.create_task(ask_one(name, ask, question, seconds)): name for name, ask in servers.items()}
    waiting = set(tasks)
    try:
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=lambda one: tasks[one]):
                try:
                    return await task
                except (OSError, ValueError) as error:
                    reasons[tasks[task]] = type(error).__name__
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    raise AllFailed(reasons)
