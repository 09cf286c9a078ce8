"""Checks of the office."""

import asyncio

from ticket_office import Office, SoldOut


class Book:
    """Sales that are saved, slowly; some names cannot be saved."""

    def __init__(self, *bad: str) -> None:
        self.bad = bad
        self.sales: list[tuple[int, str]] = []

    async def save(self, number: int, name: str) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        if name in self.bad:
            raise OSError(name)
        self.sales.append((number, name))


def check_at_once() -> object:
    async def main() -> object:
        book = Book()
        office = Office(4, book.save)
        return [await office.sell_all(list("abcdef")), book.sales, office.free, office.last]

    return asyncio.run(main())


def check_a_sale_that_is_not_saved() -> object:
    async def main() -> object:
        book = Book("b")
        office = Office(3, book.save)
        return [await office.sell_all(list("abc")), book.sales, office.free, office.last]

    return asyncio.run(main())


def check_errors() -> object:
    async def main() -> object:
        found = []
        office = Office(1, Book("x").save)
        for name in ("x", "a", "b"):
            try:
                found.append(str(await office.sell(name)))
            except (OSError, SoldOut) as error:
                found.append(type(error).__name__)
        return found

    return asyncio.run(main())


def check_hold() -> object:
    async def main() -> object:
        office, found = Office(5, Book().save), list[object]()
        async with office.hold(2) as seats:
            found.append((seats, await office.sell("a"), list(office.free)))
        found.append((list(office.free), await office.sell("b")))
        async with office.hold(0) as none:
            found.append(none)
        return found

    return asyncio.run(main())


def check_too_many() -> object:
    async def main() -> object:
        found = []
        for count in (2, 3, 4):
            office = Office(3, Book().save)
            try:
                async with office.hold(count) as seats:
                    found.append(str(seats))
            except SoldOut:
                found.append("SoldOut")
            found.append(str(office.free))
        return found

    return asyncio.run(main())


def check_an_error_frees_the_seats() -> object:
    async def main() -> object:
        office = Office(3, Book().save)
        try:
            async with office.hold(2):
                raise LookupError
        except LookupError:
            return office.free

    return asyncio.run(main())


def check_holding_waits_for_a_sale() -> object:
    async def main() -> object:
        office = Office(2, Book().save)

        async def hold() -> list[int]:
            async with office.hold(1) as seats:
                await asyncio.sleep(0)
                return list(seats)

        return [await asyncio.gather(office.sell("a"), hold()), office.free]

    return asyncio.run(main())


def check_giving_back_waits_for_a_sale() -> object:
    async def main() -> object:
        office = Office(2, Book().save)
        async with office.hold(1):
            sale = asyncio.create_task(office.sell("a"))
            await asyncio.sleep(0)
        return [await sale, office.free, await office.sell("b"), office.free]

    return asyncio.run(main())
