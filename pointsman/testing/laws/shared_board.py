"""The laws of `SharedBoard`. A law takes a board that is empty, and has it forget everything by `forget`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pointsman.core.effect import settle
from pointsman.services.ports.shared_board import BoardNews, SharedBoard

Forget: TypeAlias = Callable[[], Awaitable[None]]
Law: TypeAlias = Callable[[SharedBoard, Forget], Awaitable[None]]
TEXTS = {"a": "1", "b c": '{"x": "ä \\"/\\u0000"}', "": "", "ü": "\n"}


async def exchange(board: SharedBoard, process: str, position: str = "", **rows: str) -> BoardNews:
    return (await settle(board.exchange(process, rows, position))).unwrap()


def texts(news: BoardNews) -> dict[str, str]:
    assert len({row.name for row in news.rows}) == len(news.rows), "a row is read once"
    assert all(0 <= row.age < 3600 for row in news.rows)
    return {row.name: row.text for row in news.rows}


async def what_one_writes_the_others_read_once(board: SharedBoard, forget: Forget) -> None:
    begun = (await exchange(board, "other")).position
    own = (await settle(board.exchange("one", TEXTS, ""))).unwrap()
    assert own.rows == (), "nobody reads what it has written itself"
    news = await exchange(board, "other", begun)
    assert texts(news) == TEXTS
    assert (await exchange(board, "other", news.position)).rows == ()
    assert (await exchange(board, "one", own.position)).rows == ()
    assert not news.is_new


async def who_comes_later_reads_all_that_stands(board: SharedBoard, forget: Forget) -> None:
    await exchange(board, "one", a="1", b="1")
    await exchange(board, "two", b="2", c="2")
    assert texts(await exchange(board, "three")) == {"a": "1", "b": "2", "c": "2"}
    assert texts(await exchange(board, "two")) == {"a": "1"}


async def the_last_who_writes_a_row_is_the_one_who_is_read(board: SharedBoard, forget: Forget) -> None:
    place = (await exchange(board, "one", a="1")).position
    await exchange(board, "two", a="2")
    await exchange(board, "two", a="3")
    news = await exchange(board, "one", place)
    assert texts(news) == {"a": "3"}
    await exchange(board, "one", news.position, a="4")
    assert texts(await exchange(board, "two")) == {"a": "4"}


async def what_is_written_and_read_at_once_misses_nothing(board: SharedBoard, forget: Forget) -> None:
    places = {name: (await exchange(board, name)).position for name in ("one", "two")}
    read: dict[str, dict[str, str]] = {"one": {}, "two": {}}
    for number in range(10):
        for name in ("one", "two"):
            news = await exchange(board, name, places[name], **{f"{name}-{number}": str(number)})
            places[name] = news.position
            read[name] |= texts(news)
    read["one"] |= texts(await exchange(board, "one", places["one"]))
    for mine, other in (("one", "two"), ("two", "one")):
        assert read[mine] == {f"{other}-{number}": str(number) for number in range(10)}


async def writing_once_more_changes_nothing(board: SharedBoard, forget: Forget) -> None:
    for _ in range(3):
        await exchange(board, "one", a="1")
    news = await exchange(board, "two")
    assert texts(news) == {"a": "1"}
    await exchange(board, "one", a="1")
    assert texts(await exchange(board, "two", news.position)) in ({}, {"a": "1"})


async def a_board_that_has_forgotten_says_so_once(board: SharedBoard, forget: Forget) -> None:
    first = await exchange(board, "one", a="1", b="1")
    assert not first.is_new
    await forget()
    second = await exchange(board, "one", first.position, a="2")
    assert second.is_new
    assert not (await exchange(board, "one", second.position)).is_new
    news = await exchange(board, "two", first.position)
    assert (texts(news), news.is_new) == ({"a": "2"}, True)


LAWS: tuple[Law, ...] = (
    what_one_writes_the_others_read_once,
    who_comes_later_reads_all_that_stands,
    the_last_who_writes_a_row_is_the_one_who_is_read,
    what_is_written_and_read_at_once_misses_nothing,
    writing_once_more_changes_nothing,
    a_board_that_has_forgotten_says_so_once,
)
