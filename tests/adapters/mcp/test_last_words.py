"""What a child writes to its standard error: the last line, and never much of it."""

from __future__ import annotations

import anyio
import pytest

from pointsman.adapters.mcp.last_words import LastWords


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("", ""),
        (" \n\n", ""),
        ("first\nlast", "last"),
        ("first\n  last  \n\n \n", "last"),
        ("first" + "\n" * 9000, ""),
        ("x" * 1000, "x" * 300),
    ],
)
async def test_the_last_line_is_kept_and_it_is_short(written: str, line: str) -> None:
    with LastWords() as words:
        words.pipe.write(written)
        words.pipe.flush()
        assert words.line() == line


async def test_it_is_read_as_it_comes_until_it_ends() -> None:
    with LastWords() as words:
        async with anyio.create_task_group() as group:
            group.start_soon(words.keep)
            for number in range(20):
                await anyio.to_thread.run_sync(words.pipe.write, f"{number}" * 10_000)
            await anyio.to_thread.run_sync(words.pipe.write, "\nend")
            words.pipe.close()
        assert words.line() == "end"


async def test_it_is_read_on_while_everything_around_is_cancelled_until_it_is_stopped() -> None:
    with LastWords() as words, anyio.CancelScope() as around:
        async with anyio.create_task_group() as group:
            group.start_soon(words.keep)
            await anyio.wait_all_tasks_blocked()
            around.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(words.pipe.write, "x" * 200_000)
                await anyio.to_thread.run_sync(words.pipe.flush)
                words.stop()
        assert words.line() == "x" * 300
