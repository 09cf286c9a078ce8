"""The cage: nothing outlives it, nothing of it is left, it dies with who opened it, and it says why it cannot be."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.adapters.sandbox import bubblewrap, caged
from pointsman.adapters.sandbox.caged import CagedSandbox, open_caged
from pointsman.adapters.sandbox.choice import NoSandboxHolds, choose_sandbox
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.services.ports.sandbox import Execution, Job, JobLimits, SandboxError
from tests.patience import until

SLEEP = Job(files={}, script="import time\ntime.sleep(600)", limits=JobLimits(wall_seconds=600))
OPENS_AND_HANGS = """
import anyio
from pointsman.adapters.sandbox.caged import open_caged
from pointsman.services.ports.sandbox import Job, JobLimits

async def main():
    async with open_caged() as opened:
        sandbox = opened.unwrap()
        print(sandbox.session, flush=True)
        await sandbox.run(Job(files={}, script="import time; time.sleep(600)", limits=JobLimits(wall_seconds=600)))

anyio.run(main)
"""

KNOWS_ITS_THREAD = """
import ctypes, os, threading
libc, place = ctypes.CDLL(None), ctypes.c_uint64()
known = libc.prctl(40, ctypes.byref(place), 0, 0, 0) == 0
print(not known or ctypes.c_int.from_address(place.value).value == os.getpid() == threading.get_native_id())
"""


@asynccontextmanager
async def a_cage() -> AsyncIterator[CagedSandbox]:
    """A cage, or the test is skipped with the reason."""
    async with open_caged() as opened:
        if isinstance(opened, Failure):
            pytest.skip(str(opened.failure()))
        yield opened.unwrap()


def processes(session: int) -> int:
    """How many processes of a session there are; of those that ended, only such as we should have waited for."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, _, its_session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            count += int(its_session) == session and not (state == "Z" and parent == "1")
    return count


def mounts() -> str:
    """What is mounted where this process is."""
    return Path("/proc/self/mountinfo").read_text("utf-8")


async def run(sandbox: CagedSandbox, job: Job) -> Execution:
    """How `job` ended."""
    ended = unwrap_or_failure(await sandbox.run(job))
    assert isinstance(ended, Execution), ended
    return ended


async def test_only_the_warm_interpreter_is_left_after_a_job_and_nothing_after_the_scope() -> None:
    async with a_cage() as sandbox:
        before = mounts()
        await run(sandbox, Job(files={"a/b.py": "x = 1"}, script="import a.b"))
        await until(lambda: processes(sandbox.session) == 3)
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(sandbox.run, SLEEP)
            await until(lambda: processes(sandbox.session) == 5)
            group.cancel_scope.cancel()
        await until(lambda: processes(sandbox.session) == 3)
    assert processes(sandbox.session) == 0
    assert mounts() == before


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_job_is_started_alike_whether_or_not_the_c_library_is_known(
    is_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_known:
        other = "from pointsman.adapters.sandbox.cage import kernel\nkernel._thread_id_address = lambda: 0\n"
        monkeypatch.setattr(caged, "_BOOT", vars(caged)["_BOOT"].replace("main(setup)", other + "main(setup)"))
    async with a_cage() as sandbox:
        ended = await run(sandbox, Job(files={}, script=KNOWS_ITS_THREAD))
        assert (ended.ending, ended.status, ended.output) == ("exited", 0, "True\n")
        forever = await run(sandbox, Job(files={}, script="while True: pass", limits=JobLimits(cpu_seconds=0.2)))
        assert forever.ending == "cpu"
        await until(lambda: processes(sandbox.session) == 3)


async def test_a_job_finds_nothing_of_another_in_its_memory() -> None:
    told = "secret-of-another-job"
    first = Job(files={"a.txt": told}, script=f"import os\nprint({told!r})\nos.write(3, {told.encode()!r})")
    search = (
        "import re\n"
        "for line in open('/proc/self/maps'):\n"
        "    start, end = (int(one, 16) for one in line.split()[0].split('-'))\n"
        "    if 'r' in line.split()[1] and '[v' not in line:\n"
        "        with open('/proc/self/mem', 'rb') as memory:\n"
        "            memory.seek(start)\n"
        "            if re.search(b'[s]ecret-of-another-job', memory.read(end - start)):\n"
        "                print('found in', line)\n"
        "print('searched')"
    )
    async with a_cage() as sandbox:
        for _ in range(2):
            assert (await run(sandbox, first)).report == told
        ended = await run(sandbox, Job(files={}, script=search, limits=JobLimits(memory_bytes=2**30)))
    assert ended.output == "searched\n"


async def test_a_job_that_cannot_be_begun_harms_no_other() -> None:
    async with a_cage() as sandbox:
        refused = await sandbox.run(Job(files={}, script="pass", limits=JobLimits(disk_bytes=-1)))
        assert isinstance(refused, Failure)
        assert "could not be shut" in refused.failure().detail
        assert (await run(sandbox, Job(files={}, script="print(1)"))).output == "1\n"


async def test_a_cage_dies_with_the_program_that_opened_it() -> None:
    async with a_cage():
        pass
    async with await anyio.open_process((sys.executable, "-c", OPENS_AND_HANGS), stderr=None) as program:
        assert program.stdout
        session = int(await program.stdout.receive())
        await until(lambda: processes(session) == 4)
        program.kill()
        await until(lambda: processes(session) == 0)


async def test_a_dead_warm_interpreter_is_a_failure_that_says_so() -> None:
    async with a_cage() as sandbox:
        os.killpg(sandbox.session, signal.SIGKILL)
        error = unwrap_or_failure(await sandbox.run(Job(files={}, script="pass")))
        assert isinstance(error, SandboxError)
        assert "warm interpreter" in error.detail


async def test_a_job_knows_neither_pointsman_nor_who_started_it() -> None:
    script = (
        "import os, socket, sys\n"
        "known = [name for name in sys.modules if 'pointsman' in name]\n"
        "print(known, os.getpid(), os.getppid(), socket.gethostname())\n"
        "print(sorted(os.listdir('/proc/self/fd')), [n for n in os.listdir('/proc') if n.isdigit()], flush=True)\n"
        "import pointsman"
    )
    async with a_cage() as sandbox:
        ended = await run(sandbox, Job(files={}, script=script))
    first, second, *_, last = ended.output.splitlines()
    assert first == "[] 1 0 sandbox"
    assert second == "['0', '1', '2', '3', '4'] ['1']"  # the fourth is the listing's own
    assert last == "ModuleNotFoundError: No module named 'pointsman'"


async def test_a_command_starts_others_only_where_processes_are_allowed() -> None:
    files = {"main.py": "import subprocess\nprint(subprocess.run(['python', '-c', 'print(1)']).returncode)"}
    async with a_cage() as sandbox:
        alone = await run(sandbox, Job(files=files, argv=("python", "main.py")))
        several = await run(sandbox, Job(files=files, argv=("python", "main.py"), limits=JobLimits(processes=4)))
    assert alone.output.splitlines()[-1].startswith("PermissionError: [Errno 1] Operation not permitted")
    assert several.output.split() == ["1", "0"]


async def test_a_command_may_become_no_other_program_after_its_own() -> None:
    files = {"main.py": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(1)'])"}
    async with a_cage() as sandbox:
        ended = await run(sandbox, Job(files=files, argv=("python", "main.py")))
    assert ended.output.splitlines()[-1].startswith("PermissionError: [Errno 1]")


async def test_an_interpreter_that_is_not_there_is_told() -> None:
    async with open_caged("/nowhere/python") as opened:
        assert isinstance(opened, Failure)
        assert "/nowhere/python" in opened.failure().detail


async def test_one_that_ends_at_once_is_told() -> None:
    async with open_caged("/bin/true") as opened:
        assert isinstance(opened, Failure)


async def test_where_none_holds_a_weaker_one_is_named_and_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def refuse() -> AsyncIterator[Failure[SandboxError]]:
        yield Failure(SandboxError(detail="no namespaces"))

    monkeypatch.setattr(caged, "open_caged", refuse)
    monkeypatch.setattr(bubblewrap, "open_bubblewrap", refuse)
    async with choose_sandbox("auto") as opened:
        error = unwrap_or_failure(opened)
    assert isinstance(error, NoSandboxHolds)
    assert "--sandbox process" in str(error)
    async with choose_sandbox("process") as weaker:
        assert isinstance(weaker, Success)
    async with choose_sandbox("cagd") as unknown:
        assert isinstance(unknown, Failure)


async def test_plain_processes_leave_no_folder_also_when_they_are_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sandbox = ProcessSandbox()
    locked = "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\nos.chmod('a/b', 0)\nos.chmod('a', 0)"
    assert isinstance(await sandbox.run(Job(files={}, script=locked)), Success)
    async with anyio.create_task_group() as group:
        group.start_soon(sandbox.run, SLEEP)
        await until(lambda: any(tmp_path.glob("*/job.json")))
        group.cancel_scope.cancel()
    assert os.listdir(tmp_path) == []


async def test_after_the_scope_a_job_is_refused_with_what_to_do() -> None:
    async with open_caged() as opened:
        sandbox = opened.unwrap()
    refused = (await sandbox.run(Job(files={}, script="1"))).failure()
    assert str(refused) == "this sandbox is closed: use it inside the scope that opened it."
