import asyncio

from async_pages import Page, load_all, take

PAGES = {None: Page(("a", "b"), "2"), "2": Page(("c",), "3"), "3": Page(("d", "e"))}


async def load(cursor: str | None) -> Page:
    return PAGES[cursor]


def test_items_are_taken() -> None:
    assert asyncio.run(take(load, 4)) == ["a", "b", "c", "d"]


def test_numbered_pages() -> None:
    async def numbered(number: int) -> Page:
        return Page(tuple("abcde"[number * 2 : number * 2 + 2]), total=5)

    assert asyncio.run(load_all(numbered, 2)) == ["a", "b", "c", "d", "e"]
