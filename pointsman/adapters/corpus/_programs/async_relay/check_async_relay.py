"""Checks of the relay."""

import asyncio
from collections.abc import Coroutine

from async_relay import Relay, collect


def run(program: Coroutine[object, object, object]) -> object:
    async def bounded() -> object:
        try:
            return await asyncio.wait_for(program, 2)
        except Exception as error:
            return type(error).__name__

    return asyncio.run(bounded())


async def pause() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


def check_heard() -> object:
    async def program() -> object:
        relay = Relay()
        async with relay:
            first = asyncio.create_task(collect(relay, relay.join()))
            listeners = [await relay.send("a")]
            await pause()
            second = asyncio.create_task(collect(relay, relay.join()))
            listeners.append(await relay.send("b"))
            await pause()
        return [await first, await second, listeners]

    return run(program())


def check_the_slow_lose_the_oldest() -> object:
    async def program() -> object:
        heard = []
        for most in (1, 2, 9):
            relay = Relay(most)
            number = relay.join()
            for message in "abcd":
                await relay.send(message)
            async with relay:
                pass
            heard.append(await collect(relay, number))
        return heard

    return run(program())


def check_closed() -> object:
    async def program() -> object:
        relay = Relay()
        async with relay as same:
            await relay.send("nobody")
        heard = await collect(relay, relay.join())
        try:
            await relay.send("late")
        except RuntimeError as error:
            return [same is relay, heard, str(error)]
        return "sent"

    return run(program())


def check_who_leaves_is_not_sent_to() -> object:
    async def program() -> object:
        async with Relay() as relay:
            first = asyncio.create_task(collect(relay, relay.join(), "stop"))
            other = asyncio.create_task(collect(relay, relay.join()))
            counts = [await relay.send("stop")]
            await pause()
            heard = await first
            await pause()
            counts.append(await relay.send("more"))
            await pause()
        return [heard, counts, await other]

    return run(program())


def check_waiting_ends_at_the_close() -> object:
    async def program() -> object:
        async with Relay() as relay:
            tasks = [asyncio.create_task(collect(relay, relay.join())) for _ in range(3)]
            await pause()
        return await asyncio.gather(*tasks)

    return run(program())


def check_two_relays() -> object:
    async def program() -> object:
        async with Relay() as first, Relay() as second:
            tasks = [asyncio.create_task(collect(relay, relay.join())) for relay in (first, second)]
            counts = [await first.send("a"), await second.send("b")]
        return [counts, await asyncio.gather(*tasks)]

    return run(program())


def check_numbers() -> object:
    relay = Relay()
    return [relay.join(), relay.join(), Relay().join(), Relay().most]


def check_the_close_after_an_error() -> object:
    async def program() -> object:
        relay = Relay()
        task = asyncio.create_task(collect(relay, relay.join()))
        try:
            async with relay:
                await relay.send("x")
                raise LookupError("no")
        except LookupError as error:
            return [await task, str(error)]

    return run(program())
