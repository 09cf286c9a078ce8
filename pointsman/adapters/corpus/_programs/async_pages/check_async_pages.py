"""Checks of pages."""

import asyncio

from async_pages import Circle, Page, follow, load_all, take


class Server:
    """Pages by cursor; logs what is loaded."""

    def __init__(self, pages: dict[str | None, Page]) -> None:
        self.pages = pages
        self.log: list[str | None] = []

    async def load(self, cursor: str | None) -> Page:
        self.log.append(cursor)
        await asyncio.sleep(0)
        return self.pages[cursor]


def server() -> Server:
    return Server({None: Page(("a", "b"), "x"), "x": Page((), "y"), "y": Page(("c", "a"), "z"), "z": Page(("d",))})


def check_follow() -> object:
    async def main() -> object:
        source = server()
        return [[item async for item in follow(source.load)], source.log]

    return asyncio.run(main())


def check_pages_come_late() -> object:
    async def main() -> object:
        source, log = server(), list[object]()
        async for item in follow(source.load):
            log.append((item, len(source.log)))
        return log

    return asyncio.run(main())


def check_circle() -> object:
    async def main() -> object:
        found: list[str] = []
        source = Server({None: Page(("a",), "x"), "x": Page(("b",), "y"), "y": Page(("c",), "x")})
        try:
            async for item in follow(source.load):
                found.append(item)
        except Circle as error:
            found.append(f"Circle {error}")
        return [found, source.log]

    return asyncio.run(main())


def check_take() -> object:
    async def main() -> object:
        found = []
        for count in (-1, 0, 1, 2, 3, 5, 6):
            source = server()
            found.append((await take(source.load, count), len(source.log)))
        return found

    return asyncio.run(main())


def check_skip() -> object:
    async def main() -> object:
        source = server()
        return [await take(source.load, 2, ("a", "c")), len(source.log)]

    return asyncio.run(main())


def check_numbered() -> object:
    async def main() -> object:
        found = []
        for total, size in ((0, 3), (1, 3), (3, 3), (4, 3), (6, 3), (7, 3), (3, 1)):
            log: list[str] = []

            async def load(number: int, total: int = total, size: int = size, log: list[str] = log) -> Page:
                log.append(f"+{number}")
                await asyncio.sleep(0)
                log.append(f"-{number}")
                return Page(tuple("abcdefg"[:total][number * size : (number + 1) * size]), None, total)

            found.append((await load_all(load, size), log))
        return found

    return asyncio.run(main())


def check_an_error_comes_out() -> object:
    async def main() -> object:
        try:
            return await take(Server({None: Page(("a",), "gone")}).load, 2)
        except KeyError:
            return "KeyError"

    return asyncio.run(main())


def check_many_pages() -> object:
    class Cursor(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Cursor.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    async def load(cursor: str | None) -> Page:
        number = int(cursor or "0") + 1
        return Page((str(number),), Cursor(number) if number < 1000 else None)

    items = asyncio.run(take(load, 10**6))
    return [len(items), Cursor.compared < 5000]
