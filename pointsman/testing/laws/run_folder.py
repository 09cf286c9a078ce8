"""The laws of where runs are kept: who is at one shows, nobody else runs it meanwhile, and an id is never a path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from returns.result import Failure, Success

from pointsman.core.effect import settle
from pointsman.services.ports.run_store import RunEntry, RunFolder
from pointsman.testing.laws.run_store import HEALED, ITEMS, MANIFEST, answer, question, rows

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[RunFolder]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]


async def begin(folder: RunFolder, id: str) -> None:
    """Begin a run and leave it."""
    async with folder.open(id, alone=True) as opened:
        assert await settle(opened.unwrap().begin(MANIFEST, ITEMS)) == Success(MANIFEST)


async def runs_are_listed_the_latest_first_once_they_have_begun(opening: Opening) -> None:
    async with opening() as folder:
        assert await settle(folder.entries()) == Success(())
        for id in ("20260101-a", "20260202-b"):
            await begin(folder, id)
        async with folder.open("20260303-c", alone=True) as opened:
            assert isinstance(opened, Success)
        assert await settle(folder.entries()) == Success((RunEntry("20260202-b"), RunEntry("20260101-a")))


async def what_is_listed_can_be_read_and_nothing_else(opening: Opening) -> None:
    async with opening() as folder:
        await begin(folder, "one")
        async with folder.open("one") as opened:
            assert await settle(opened.unwrap().manifest()) == Success(MANIFEST)
            assert await settle(opened.unwrap().items()) == Success(ITEMS)
        for id in ("nothing", "../one", "one.db", "", "\0", "\ud800"):
            async with folder.open(id) as opened:
                assert isinstance(opened, Failure)


async def a_run_is_called_by_a_word(opening: Opening) -> None:
    async with opening() as folder:
        for id in ("../one", "a/b", "a\\b", "", "..", "-x", "a\0b", "a" * 101):
            async with folder.open(id, alone=True) as opened:
                assert isinstance(opened, Failure), id
        assert await settle(folder.entries()) == Success(())
        assert "one" in folder.place_of("one").name
        assert "one" in folder.place_of("one").place


async def one_runs_it_while_others_read(opening: Opening) -> None:
    async with opening() as folder:
        async with folder.open("one", alone=True) as opened:
            runner = opened.unwrap()
            await settle(runner.begin(MANIFEST, ITEMS))
            assert await settle(folder.entries()) == Success((RunEntry("one", is_running=True),))
            await settle(runner.keep_answer(answer(question())))
            async with folder.open("one", alone=True) as second:
                assert "another process is at this run; wait until it has ended" in str(second.failure())
            async with folder.open("one") as reader:
                assert len(await rows(reader.unwrap())) == 1
        assert await settle(folder.entries()) == Success((RunEntry("one"),))
        async with folder.open("one", alone=True) as again:
            assert await settle(again.unwrap().keep_verdict(question(), HEALED)) == Success(None)
            assert [row.verdict for row in await rows(again.unwrap())] == [HEALED]


async def runs_have_nothing_in_common(opening: Opening) -> None:
    async with opening() as folder:
        for id in ("one", "two"):
            await begin(folder, id)
        async with folder.open("one", alone=True) as first, folder.open("two", alone=True) as second:
            mine, yours = first.unwrap(), second.unwrap()
            await settle(mine.keep_answer(answer(question())))
            await settle(yours.ask(question(), answer(question()).cost))
            await settle(yours.ask(question("b"), answer(question()).cost))
            await settle(mine.keep_verdict(question(), HEALED))
            assert await settle(mine.recover()) == Success(0)
            assert await settle(yours.recover()) == Success(2)
            assert await rows(yours) == ()
            assert [one.judged for one in (await settle(mine.tallies())).unwrap()] == [1]
            spent = [(await settle(store.expenses())).unwrap().failures for store in (mine, yours)]
            assert spent == [0, 2]


LAWS: tuple[Law, ...] = (
    runs_are_listed_the_latest_first_once_they_have_begun,
    what_is_listed_can_be_read_and_nothing_else,
    a_run_is_called_by_a_word,
    one_runs_it_while_others_read,
    runs_have_nothing_in_common,
)
