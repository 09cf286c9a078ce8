import asyncio

from ticket_office import Office


async def save(number: int, name: str) -> None:
    await asyncio.sleep(0)


def test_seats_are_sold() -> None:
    async def main() -> None:
        office = Office(2, save)
        assert await office.sell("ann") == (1, 1)
        assert await office.sell_all(["bob", "cid"]) == {"bob": 2}

    asyncio.run(main())


def test_seats_are_held() -> None:
    async def main() -> None:
        office = Office(3, save)
        async with office.hold(2) as seats:
            assert seats == [1, 2]
            assert (await office.sell("ann"))[1] == 3

    asyncio.run(main())
