"""The laws of `Sandbox`. A law takes a sandbox that is open.

`LAWS` are kept by whatever really runs code; `FAKE_LAWS` by what only answers, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.services.ports.sandbox import Execution, Job, JobLimits, Sandbox, SandboxError

Law: TypeAlias = Callable[[Sandbox], Awaitable[None]]
_WRONG_PATHS = ("../a.py", "/tmp/a.py", "a/../../b.py", "", ".", "a//b", "a\\b", "c:b", "a\x00b", "a" * 300)


async def _run(
    sandbox: Sandbox,
    script: str = "",
    *,
    files: dict[str, str] | None = None,
    argv: tuple[str, ...] = (),
    limits: JobLimits | None = None,
) -> Execution:
    job = Job(files=files or {}, script=script, argv=argv, limits=limits or JobLimits())
    ended = unwrap_or_failure(await sandbox.run(job))
    assert isinstance(ended, Execution), ended
    return ended


async def a_script_runs_as_main_beside_its_files(sandbox: Sandbox) -> None:
    files = {"one.py": "number = 1", "kit/__init__.py": "", "kit/two.py": "number = 2", "words.txt": "Größe\r\n"}
    script = (
        "import one, kit.two\n"
        "print(__name__, one.number + kit.two.number, repr(open('words.txt', newline='').read()))\n"
    )
    ended = await _run(sandbox, script, files=files)
    assert (ended.ending, ended.status, ended.output) == ("exited", 0, "__main__ 3 'Größe\\r\\n'\n")


async def what_is_written_comes_back_in_its_order(sandbox: Sandbox) -> None:
    ended = await _run(
        sandbox,
        "import os, sys\nfor n in range(3):\n    os.write(1, b'out %d\\n' % n)\n    os.write(2, b'error %d\\n' % n)\n"
        "print('last')",
    )
    assert ended.output == "out 0\nerror 0\nout 1\nerror 1\nout 2\nerror 2\nlast\n"


async def the_report_is_apart_from_the_output(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "import os\nprint('output')\nos.write(3, 'bericht ü'.encode())\nos.close(3)")
    assert (ended.output, ended.report) == ("output\n", "bericht ü")


async def a_traceback_is_the_same_text_in_every_sandbox(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "import one\none.fail({})", files={"one.py": "def fail(table):\n    table.missing"})
    first, second, third, fourth, *_, last = ended.output.splitlines()
    assert first == "Traceback (most recent call last):"
    assert second == '  File "script.py", line 2, in <module>'
    assert (third, fourth) == ('  File "one.py", line 2, in fail', "    table.missing")
    assert last == "AttributeError: 'dict' object has no attribute 'missing'"
    assert (ended.ending, ended.status) == ("exited", 1)


async def the_exit_status_is_that_of_the_script(sandbox: Sandbox) -> None:
    for script, status, output in (
        ("import sys\nsys.exit(3)", 3, ""),
        ("raise SystemExit('why')", 1, "why\n"),
        ("import os\nos._exit(4)", 4, ""),
        ("def broken(:", 1, None),
    ):
        ended = await _run(sandbox, script)
        assert (ended.ending, ended.status) == ("exited", status), script
        assert output is None or ended.output == output


async def an_endless_loop_is_ended_by_its_cpu_time(sandbox: Sandbox) -> None:
    script = (
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nprint('begins', flush=True)\nwhile True: pass"
    )
    ended = await _run(sandbox, script, limits=JobLimits(cpu_seconds=0.5, wall_seconds=60))
    assert (ended.ending, ended.output) == ("cpu", "begins\n")
    assert 0.4 < ended.cpu_seconds < 5


async def what_waits_for_ever_is_ended_by_the_clock(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "import time\ntime.sleep(60)", limits=JobLimits(wall_seconds=0.5))
    assert ended.ending == "timeout"
    assert ended.wall_seconds < 30


async def too_much_memory_is_refused(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "print('begins', flush=True)\nx = bytearray(2 ** 31)")
    assert (ended.ending, ended.output.splitlines()[0]) == ("memory", "begins")


async def endless_output_is_cut(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "while True: print('x' * 1000)", limits=JobLimits(output_bytes=10_000))
    assert (ended.ending, len(ended.output)) == ("output", 10_000)


async def a_crash_is_told_from_an_exit(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "import ctypes\nctypes.string_at(0)")
    assert (ended.ending, ended.status) == ("killed", -11)


async def nothing_of_one_job_is_there_in_the_next(sandbox: Sandbox) -> None:
    script = "import os, tempfile\nprint(os.listdir(), os.listdir(tempfile.gettempdir()))\n{}"
    write = "open('left', 'w').close()\nopen(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()"
    first = await _run(sandbox, script.format(write))
    assert first.status == 0, first.output
    assert "left" not in (await _run(sandbox, script.format(""))).output


async def threads_event_loops_and_exit_functions_run(sandbox: Sandbox) -> None:
    script = (
        "import asyncio, atexit, threading, time\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "atexit.register(print, 'at exit')\n"
        "print(list(ThreadPoolExecutor(2).map(abs, [-1, 2])))\n"
        "print(asyncio.run(asyncio.sleep(0, 'slept')), asyncio.run(asyncio.to_thread(abs, -3)))\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\n"
    )
    ended = await _run(sandbox, script)
    assert (ended.output, ended.status) == ("[1, 2]\nslept 3\nthread\nat exit\n", 0)


async def a_command_may_be_run_instead(sandbox: Sandbox) -> None:
    argv = ("python", "main.py", "a b")
    ended = await _run(sandbox, argv=argv, files={"main.py": "import sys\nprint(sys.argv[1:])\nraise SystemExit(5)"})
    assert (ended.ending, ended.status, ended.output) == ("exited", 5, "['a b']\n")
    absent = await _run(sandbox, argv=("no-such-command",))
    assert absent.status == 127
    assert "no-such-command" in absent.output


async def text_that_is_no_unicode_harms_nobody(sandbox: Sandbox) -> None:
    ended = await _run(sandbox, "import os\nos.write(1, bytes([255]))\nprint(open('a').read())", files={"a": "\ud800"})
    assert ended.output == "\ufffd?\n"


async def a_path_out_of_the_folder_is_refused(sandbox: Sandbox) -> None:
    for path in _WRONG_PATHS:
        outcome = await sandbox.run(Job(files={path: "x"}))
        assert isinstance(outcome, Failure), path
        assert isinstance(outcome.failure(), SandboxError)
    assert isinstance(await sandbox.run(Job(files={"a": "x", "a/b": "y"})), Failure)


async def several_run_at_once(sandbox: Sandbox) -> None:
    endings: dict[int, Execution] = {}

    async def run(number: int) -> None:
        endings[number] = await _run(sandbox, f"print({number})")

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(run, number)
    assert {ended.ending for ended in endings.values()} == {"exited"}
    assert len(endings) == 5


async def a_cancelled_job_leaves_a_sandbox_that_works(sandbox: Sandbox) -> None:
    with anyio.move_on_after(0.1):
        await sandbox.run(Job(files={}, script="import time\ntime.sleep(60)"))
    assert (await _run(sandbox, "print(1)")).ending == "exited"


async def sets_of_texts_have_the_same_order_each_time(sandbox: Sandbox) -> None:
    """Else what iterates over one is right or wrong by luck, and so is the verdict on it."""
    text = "import sys\nprint(sys.flags.hash_randomization, hash('text'))"
    script = await _run(sandbox, text)
    command = await _run(sandbox, files={"main.py": text}, argv=("python", "main.py"))
    assert script.output == command.output
    assert script.output.startswith("0 ")


FAKE_LAWS: tuple[Law, ...] = (
    a_path_out_of_the_folder_is_refused,
    several_run_at_once,
    a_cancelled_job_leaves_a_sandbox_that_works,
)
LAWS: tuple[Law, ...] = (
    a_script_runs_as_main_beside_its_files,
    what_is_written_comes_back_in_its_order,
    the_report_is_apart_from_the_output,
    a_traceback_is_the_same_text_in_every_sandbox,
    the_exit_status_is_that_of_the_script,
    an_endless_loop_is_ended_by_its_cpu_time,
    what_waits_for_ever_is_ended_by_the_clock,
    too_much_memory_is_refused,
    endless_output_is_cut,
    a_crash_is_told_from_an_exit,
    nothing_of_one_job_is_there_in_the_next,
    threads_event_loops_and_exit_functions_run,
    a_command_may_be_run_instead,
    text_that_is_no_unicode_harms_nobody,
    sets_of_texts_have_the_same_order_each_time,
    *FAKE_LAWS,
)
