"""Commands run as the user's own: their output comes as it is written, their end as a shell tells it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import anyio
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.project.command_runner import LocalCommands
from pointsman.core.healing.report import CommandNotStarted
from pointsman.services.ports.command_runner import CommandRun
from tests.patience import GUARD

PYTHON = sys.executable


class Shown:
    """What was shown, by stream."""

    def __init__(self) -> None:
        self.data = {"out": b"", "err": b""}
        self.came = anyio.Event()

    def __call__(self, data: bytes, stream: Literal["out", "err"]) -> None:
        self.data[stream] += data
        self.came.set()


async def run(folder: Path, *command: str, on_terminal: bool = False) -> tuple[CommandRun, Shown]:
    shown = Shown()
    ran = unwrap_or_failure(await LocalCommands(folder, on_terminal).run(command, shown))
    assert isinstance(ran, CommandRun)
    return ran, shown


async def test_both_streams_are_shown_apart_and_kept(tmp_path: Path) -> None:
    ran, shown = await run(tmp_path, "sh", "-c", "pwd; echo wrong >&2; exit 3")
    assert (ran.code, ran.errors) == (3, "wrong\n")
    assert shown.data == {"out": f"{tmp_path}\n".encode(), "err": b"wrong\n"}
    assert sorted(ran.output.splitlines()) == sorted([str(tmp_path), "wrong"])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
async def test_on_a_terminal_the_command_has_one_too(tmp_path: Path) -> None:
    ran, shown = await run(tmp_path, PYTHON, "-c", "import sys; print(sys.stdout.isatty())", on_terminal=True)
    assert (ran.code, ran.output) == (0, "True\n")
    assert shown.data["out"] == b"True\n"


@pytest.mark.parametrize("on_terminal", [False, True])
async def test_output_is_shown_before_the_end(tmp_path: Path, on_terminal: bool) -> None:
    (tmp_path / "go").unlink(missing_ok=True)
    waits = "echo first; while [ ! -e go ]; do sleep 0.02; done; echo last"
    shown = Shown()
    with anyio.fail_after(GUARD):
        async with anyio.create_task_group() as group:
            group.start_soon(LocalCommands(tmp_path, on_terminal).run, ["sh", "-c", waits], shown)
            await shown.came.wait()
            assert shown.data["out"].strip() == b"first"
            (tmp_path / "go").touch()
    assert shown.data["out"].split() == [b"first", b"last"]


async def test_a_signal_is_told_as_shells_tell_it(tmp_path: Path) -> None:
    ran, _ = await run(tmp_path, "sh", "-c", "kill -9 $$")
    assert ran.code == 137


@pytest.mark.parametrize(("command", "code"), [(["no-such-command"], 127), (["./plain.txt"], 126), ([""], 127)])
@pytest.mark.parametrize("on_terminal", [False, True])
async def test_what_cannot_start_says_so(tmp_path: Path, command: list[str], code: int, on_terminal: bool) -> None:
    (tmp_path / "plain.txt").write_text("no program")
    failed = unwrap_or_failure(await LocalCommands(tmp_path, on_terminal).run(command, Shown()))
    assert isinstance(failed, CommandNotStarted)
    assert failed.code in (code, 126)
    assert "did not start" in failed.summary


async def test_of_endless_output_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    program = "import sys; sys.stdout.write('begin ' + 'x' * 3_000_000 + ' end')"
    ran, shown = await run(tmp_path, PYTHON, "-c", program)
    assert ran.output.startswith("begin xx")
    assert ran.output.endswith("xx end")
    assert "bytes left out" in ran.output
    assert len(ran.output) < 1_000_000
    assert len(shown.data["out"]) == 3_000_010


async def test_who_leaves_a_process_behind_that_holds_the_output_is_not_waited_for(tmp_path: Path) -> None:
    with anyio.fail_after(GUARD):
        ran, _ = await run(tmp_path, "sh", "-c", "sleep 600 & echo $! > pid; echo done")
    assert (ran.code, ran.output) == (0, "done\n")
    await anyio.run_process(["kill", (tmp_path / "pid").read_text().strip()])


async def test_cancelling_ends_the_command(tmp_path: Path) -> None:
    shown = Shown()
    with anyio.fail_after(GUARD):
        async with anyio.create_task_group() as group:
            group.start_soon(LocalCommands(tmp_path).run, ["sh", "-c", "echo $$; exec sleep 600"], shown)
            await shown.came.wait()
            group.cancel_scope.cancel()
    alive = await anyio.run_process(["kill", "-0", shown.data["out"].decode().strip()], check=False)
    assert alive.returncode != 0
