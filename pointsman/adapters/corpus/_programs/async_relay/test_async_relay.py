import asyncio

from async_relay import Relay, collect


async def talk() -> list[list[str]]:
    async with Relay() as relay:
        listening = [asyncio.create_task(collect(relay, relay.join())) for _ in range(2)]
        assert await relay.send("hello") == 2
        await asyncio.sleep(0)
        await relay.send("bye")
    return await asyncio.gather(*listening)


def test_all_listeners_hear_all() -> None:
    assert asyncio.run(asyncio.wait_for(talk(), 5)) == [["hello", "bye"], ["hello", "bye"]]
