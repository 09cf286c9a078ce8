"""Attacks: the sandbox that holds here stops them all, plain processes do not, and the command says so."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.sandbox.attacks import attack_all, probe, set_scene
from pointsman.adapters.sandbox.choice import choose_sandbox
from pointsman.adapters.sandbox.escapes import ESCAPES, find_secret_in_memory
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.services.ports.sandbox import AttackOutcome, Sandbox, SandboxError
from pointsman.testing import FakeSandbox
from pointsman.wiring.live_wiring import LiveWiring

HARMLESS = ("network, loopback", "read HOME", "write HOME", "environment", "see processes", "disk")
"""Attacks that get through plain processes everywhere on Linux, and cost little."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


async def attack(sandbox: Sandbox, names: Sequence[str] = tuple(ESCAPES)) -> dict[str, AttackOutcome]:
    """What came of each attack."""
    outcomes = unwrap_or_failure(await attack_all(sandbox, names))
    assert not isinstance(outcomes, SandboxError), outcomes
    return {outcome.attack: outcome for outcome in outcomes}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_strongest_sandbox_stops_every_attack(home: Path) -> None:
    async with choose_sandbox() as opened:
        if isinstance(opened, Failure):
            pytest.skip(str(opened.failure()))
        outcomes = await attack(opened.unwrap())
    assert {name: outcome.how for name, outcome in outcomes.items() if not outcome.stopped} == {}
    assert len(outcomes) >= 24
    assert os.listdir(home) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the attacks read /proc")
async def test_the_same_attacks_get_through_plain_processes() -> None:
    outcomes = await attack(ProcessSandbox(), HARMLESS)
    assert {name for name, outcome in outcomes.items() if not outcome.stopped} == set(HARMLESS)
    assert outcomes["verdict by exit 0"].stopped, "verdicts do not depend on the sandbox"


async def test_a_sandbox_whose_attacker_ends_early_does_not_count_as_holding() -> None:
    error = unwrap_or_failure(await probe(FakeSandbox()))
    assert isinstance(error, SandboxError)
    assert "ended early" in error.detail


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_a_secret_in_memory_would_be_found() -> None:
    with set_scene() as scene:
        assert find_secret_in_memory(scene.targets) == "found it"
        other = hashlib.sha256(b"another").hexdigest()
        assert find_secret_in_memory({**scene.targets, "memory_hash": other}) == ""


class LeakyWiring(LiveWiring):
    """A sandbox out of which one attack gets."""

    @asynccontextmanager
    async def open_sandbox(self, name: str) -> AsyncIterator[Result[Sandbox, SandboxError]]:
        yield Failure(SandboxError(detail="not here")) if name == "docker" else Success(FakeSandbox())

    async def attack_sandbox(self, sandbox: Sandbox) -> Result[Sequence[AttackOutcome], SandboxError]:
        return Success((AttackOutcome("mount", True, "refused"), AttackOutcome("disk", False, "wrote 64 MiB")))


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ((), 1, "mount\tstopped\trefused\ndisk\tGOT THROUGH\twrote 64 MiB\n"),
        (("--json",), 1, '"attack":"disk","stopped":false'),
        (("--sandbox", "docker"), 18, ""),
    ],
)
def test_the_command_prints_what_got_through_and_fails(options: tuple[str, ...], code: int, text: str) -> None:
    out, error = io.StringIO(), io.StringIO()
    line = ["eval", "attack", *options]
    assert run_line(line, Terminal(out, error, io.StringIO()), LeakyWiring(), (), "0") == code
    assert text in out.getvalue()
    assert ("1 got through" if code == 1 else "not here") in error.getvalue()


@pytest.mark.long
def test_the_command_passes_as_an_ordinary_user(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("all tests run as an ordinary user here")
    python = _python_of_all()
    if python is None:
        pytest.skip("no Python here can be run by other users")
    tmp_path.chmod(0o777)
    root = str(Path(__file__).parents[3])
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join([root, *packages])}
    line = (*_AS_NOBODY, python, "-B", "-m", "pointsman", "eval", "attack", "--json")
    done = subprocess.run(line, env=environment, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode == 18:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(row["stopped"] for row in json.loads(done.stdout)["attacks"])


_AS_NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def _python_of_all() -> str | None:
    """An interpreter of this version that a user without rights can run, with the packages of this one."""
    if shutil.which("setpriv") is None:
        return None
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    code = "import anyio, attrs, returns, orjson, subprocess, sys; subprocess.run([sys.executable, '-V'], check=True)"
    for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        line = (*_AS_NOBODY, python, "-B", "-c", code)
        tried = subprocess.run(line, env={"PYTHONPATH": packages}, cwd="/", capture_output=True, check=False)
        if tried.returncode == 0:
            return python
    return None
