import asyncio

from async_events import Events


def test_handlers_are_awaited_in_order() -> None:
    async def one(data: dict[str, object]) -> object:
        return 1

    async def two(data: dict[str, object]) -> object:
        return 2

    events = Events()
    events.on("start", two, priority=5)
    events.on("start", one)
    assert asyncio.run(events.emit("start")) == [1, 2]
