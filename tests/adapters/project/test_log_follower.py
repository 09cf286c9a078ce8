"""A log is followed through what happens to logs: growth, half lines, rotation, truncation, a file that comes late."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest

from pointsman.adapters.project.log_follower import LineSplitter, follow_log, read_lines
from pointsman.adapters.system.clock import SystemClock
from tests.patience import GUARD


async def take(lines: AsyncGenerator[str, None], count: int) -> list[str]:
    """The next `count` lines."""
    with anyio.fail_after(GUARD):
        return [await anext(lines) for _ in range(count)]


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


async def test_a_growing_log_gives_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("one\ntw")
    async with aclosing(follow_log(log, SystemClock())) as lines:
        assert await take(lines, 1) == ["one"]
        append(log, "o\nthree\r\n")
        assert await take(lines, 2) == ["two", "three"]


async def test_a_rotated_log_is_read_to_its_end_and_then_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("one\n")
    async with aclosing(follow_log(log, SystemClock())) as lines:
        assert await take(lines, 1) == ["one"]
        log.rename(tmp_path / "app.log.1")
        append(tmp_path / "app.log.1", "late\nunfinished")
        log.write_text("new\n")
        assert await take(lines, 3) == ["late", "unfinished", "new"]


async def test_a_log_that_was_cut_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("a long first line\n")
    async with aclosing(follow_log(log, SystemClock())) as lines:
        assert await take(lines, 1) == ["a long first line"]
        log.write_text("new\n")
        assert await take(lines, 1) == ["new"]


async def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    async with aclosing(follow_log(log, SystemClock())) as lines, anyio.create_task_group() as group:
        found: list[str] = []

        async def read() -> None:
            found.extend(await take(lines, 1))

        group.start_soon(read)
        await anyio.lowlevel.checkpoint()
        log.write_text("first\n")
    assert found == ["first"]


async def test_of_a_long_log_the_last_lines_are_read_unless_all_are_wanted(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("".join(f"line {number}\n" for number in range(20_000)))
    async with aclosing(follow_log(log, SystemClock())) as lines:
        (first,) = await take(lines, 1)
    assert 10_000 < int(first.removeprefix("line ")) < 20_000
    async with aclosing(follow_log(log, SystemClock(), from_start=True)) as lines:
        assert await take(lines, 1) == ["line 0"]


async def test_a_folder_is_an_error_of_the_system(tmp_path: Path) -> None:
    async with aclosing(follow_log(tmp_path, SystemClock())) as lines:
        with pytest.raises(OSError, match="directory"):
            await anext(lines)


async def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("one\ntwo")
    with file.open("rb") as handle:
        async with aclosing(read_lines(handle.fileno())) as lines:
            assert [line async for line in lines] == ["one", "two"]


def test_a_line_without_end_is_cut_and_the_next_one_is_whole() -> None:
    splitter = LineSplitter()
    assert list(splitter.feed(b"x" * 1_000_000)) == []
    (long, short) = splitter.feed(b"yyy\nshort\n")
    assert (len(long), short) == (65536, "short")
    assert list(splitter.finish()) == []
    assert list(splitter.feed("ä".encode()[:1])) == []
    assert list(splitter.feed("ä".encode()[1:] + b"\n")) == ["ä"]
