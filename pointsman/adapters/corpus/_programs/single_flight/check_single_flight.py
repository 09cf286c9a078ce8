"""Checks of the cache."""

import asyncio
from collections.abc import Awaitable, Callable

from single_flight import Answers


class World:
    """A clock, and a source that fails for some keys and logs what it is asked."""

    def __init__(self) -> None:
        self.time = 100.0
        self.log: list[str] = []
        self.bad = {"bad"}

    async def fetch(self, key: str) -> str:
        self.log.append(key)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if key in self.bad:
            raise LookupError(key)
        return f"{key}{len(self.log)}"

    def answers(self, seconds: float = 60.0) -> Answers:
        return Answers(self.fetch, lambda: self.time, seconds)


def run(main: Callable[[World], Awaitable[object]]) -> object:
    async def start() -> object:
        return await main(World())

    return asyncio.run(start())


def check_at_once() -> object:
    async def main(world: World) -> object:
        answers = world.answers()
        found = await asyncio.gather(*(answers.get(key) for key in "aabab"))
        return [found, world.log, answers.fetched]

    return run(main)


def check_ages() -> object:
    async def main(world: World) -> object:
        answers = world.answers(10)
        found = []
        for time in (100, 109, 110, 111, 119, 121):
            world.time = time
            found.append(await answers.get("a"))
        return [found, answers.fetched]

    return run(main)


def check_default_age() -> object:
    async def main(world: World) -> object:
        answers = world.answers()
        found = []
        for time in (100, 159.5, 160):
            world.time = time
            found.append(await answers.get("a"))
        return found

    return run(main)


def check_errors_are_not_kept() -> object:
    async def main(world: World) -> object:
        answers = world.answers()
        found: list[object] = [await answers.get_many(["bad", "a", "bad"])]
        world.bad.clear()
        return [*found, await answers.get("bad"), world.log, answers.fetched]

    return run(main)


def check_an_error_comes_out() -> object:
    async def main(world: World) -> object:
        try:
            return await world.answers().get("bad")
        except LookupError as error:
            return type(error).__name__

    return run(main)


def check_keys_do_not_wait_for_each_other() -> object:
    async def main(world: World) -> object:
        answers = world.answers()
        tasks = [asyncio.create_task(answers.get(key)) for key in "abc"]
        await asyncio.sleep(0)
        return [list(world.log), [await task for task in tasks]]

    return run(main)


def check_forget() -> object:
    async def main(world: World) -> object:
        answers = world.answers(10)
        await answers.get_many(["a", "b"])
        world.time = 105
        await answers.get("c")
        found = []
        for time in (109, 110, 115, 116):
            world.time = time
            found.append((answers.forget(), sorted(answers.answers)))
        return found

    return run(main)


def check_nothing() -> object:
    return run(lambda world: world.answers().get_many([]))
