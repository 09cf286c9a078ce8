"""Attacks on a sandbox, from outside: what is there to be stolen, each attempt (`escapes`) as a job, what came of it.

Nothing is believed that the attacker says of what held: an attack counts as stopped by what it could not do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import anyio
import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.home import user_home
from pointsman.adapters.sandbox.escapes import ESCAPES, Targets
from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.core.evaluation.healing import RepairVerdict
from pointsman.core.json import as_list, as_object, as_text, loads
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.ports.sandbox import AttackOutcome, Execution, Job, JobLimits, Sandbox, SandboxError

_LIMITS = JobLimits(wall_seconds=20, cpu_seconds=1)
_QUICK = (
    "network, loopback",
    "local sockets",
    "read HOME",
    "write HOME",
    "write programs",
    "environment",
    "signal a process",
    "see processes",
    "ptrace",
    "other memory",
    "fork bomb",
    "uncounted memory",
    "nested namespaces",
    "mount",
    "/proc/sys",
    "devices",
    "kernel doors",
)
"""Those that are tried each time a sandbox is opened that promises to stop all: some milliseconds in all."""

_FAULTY = Case(
    id="attack",
    program="answer",
    kind=FaultKind.NAME,
    kinds=(FaultKind.NAME,),
    level=1,
    files={"answer.py": "def answer():\n    return number\n"},
    original={"answer.py": "def answer():\n    return 42\n"},
    visible="",
    hidden="def check_answer():\n    import answer\n    return answer.answer()\n",
    expected={"check_answer": Outcome(value="42")},
)
_CHEATS = {
    "verdict by exit 0": "import os\nos._exit(0)\n",
    "verdict by a report": 'import os\nos.write(3, b\'{"check": "check_answer", "value": "0"}\\n\')\nos._exit(0)\n',
}
"""Answers that would pass where an exit status or a report is believed."""


@attrs.frozen
class Scene:
    """Something to be stolen, reached and killed. `key` is in the memory of this process alone."""

    targets: Targets
    key: bytes = attrs.field(repr=False)


@contextmanager
def set_scene(folder: Path | None = None) -> Iterator[Scene]:
    """Put things there for attackers while the scope lasts; the secret file into `folder`, else into the home folder.

    Raises `OSError` where this system lets nothing be put there.
    """
    word = uuid4().hex
    variable, key = f"POINTSMAN_{word[:8].upper()}", b"key-" + uuid4().hex.encode()
    with ExitStack() as stack:
        place = folder or user_home()
        if not os.access(place, os.W_OK):
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pointsman-home-")))
        secret = place / f".pointsman-secret-{word[:8]}"
        secret.write_text("a secret", "utf-8")
        stack.callback(secret.unlink, missing_ok=True)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        if sys.platform == "linux":
            local = stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind("\0" + word)
            local.listen(64)
        os.environ[variable] = "a secret"
        stack.callback(os.environ.pop, variable, None)
        victim = stack.enter_context(_victim(variable))
        targets = Targets(
            home=str(place),
            secret_file=str(secret),
            variable=variable,
            port=server.getsockname()[1],
            abstract_name=word,
            victim=victim.pid,
            survivor_name=f"survivor-{word}",
            memory_hash=hashlib.sha256(key).hexdigest(),
        )
        yield Scene(targets, key)


@contextmanager
def _victim(variable: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits, with something in its environment."""
    command = (sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()")
    told = {**os.environ, variable: "a secret"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=told) as process:
        try:
            yield process
        finally:
            process.kill()


async def attack_all(
    sandbox: Sandbox, names: Sequence[str] = tuple(ESCAPES)
) -> Result[Sequence[AttackOutcome], SandboxError]:
    """Try the attacks of these names one after another, and to have a false verdict."""
    try:
        with set_scene() as scene:
            return await _attack_each(sandbox, names, scene)
    except OSError as problem:
        return Failure(SandboxError(detail=f"nothing can be attacked here: {problem}"))


async def _attack_each(
    sandbox: Sandbox, names: Sequence[str], scene: Scene
) -> Result[Sequence[AttackOutcome], SandboxError]:
    outcomes: list[AttackOutcome] = []
    for name in names:
        ended = unwrap_or_failure(await sandbox.run(_job((name,), scene)))
        if not isinstance(ended, Execution):
            return Failure(ended)
        outcomes.append(await _judge(name, ended, scene))
    for name, cheat in _CHEATS.items():
        verdict = unwrap_or_failure(await judge_files(sandbox, _FAULTY, {"answer.py": cheat}))
        if not isinstance(verdict, RepairVerdict):
            return Failure(verdict)
        outcomes.append(AttackOutcome(name, verdict.repair != "healed", f"{verdict.repair}: {verdict.detail}"))
    return Success(tuple(outcomes))


async def probe(sandbox: Sandbox) -> Result[None, SandboxError]:
    """Fail unless all quick attacks on `sandbox` are stopped."""
    try:
        with tempfile.TemporaryDirectory(prefix="pointsman-probe-") as folder, set_scene(Path(folder)) as scene:
            ended = unwrap_or_failure(await sandbox.run(_job(_QUICK, scene)))
    except OSError as problem:
        return Failure(SandboxError(detail=f"{sandbox.name} cannot be tried here: {problem}"))
    if not isinstance(ended, Execution):
        return Failure(ended)
    outcomes = [_by_report(name, ended) for name in _QUICK]
    through = [f"{outcome.attack} ({outcome.how})" for outcome in outcomes if not outcome.stopped]
    if ended.ending != "exited" or not ended.report:
        said = " ".join(ended.output[-200:].split())
        through.append(f"the attack itself ended early ({ended.ending} {ended.status}: {said})")
    if through:
        return Failure(SandboxError(detail=f"{sandbox.name} does not hold on this system: {', '.join(through)}"))
    return Success(None)


def _job(names: tuple[str, ...], scene: Scene) -> Job:
    text = (Path(__file__).parent / "escapes.py").read_text("utf-8")
    script = f"import escapes\nescapes.main({list(names)!r}, {scene.targets!r})\n"
    return Job(files={"escapes.py": text}, script=script, limits=_LIMITS)


async def _judge(name: str, ended: Execution, scene: Scene) -> AttackOutcome:
    if name == "survivor":
        alive = await anyio.to_thread.run_sync(_end_survivors, scene.targets["survivor_name"])
        if alive:
            return AttackOutcome(name, False, f"{alive} lived on")
    if name in ("endless output", "ignored signals"):
        wanted = ("output",) if name == "endless output" else ("cpu", "timeout")
        return AttackOutcome(name, ended.ending in wanted, f"ended by its limit: {ended.ending}")
    return _by_report(name, ended)


def _by_report(name: str, ended: Execution) -> AttackOutcome:
    """What the attacker reports; one that could not report was ended, and did not get through."""
    row = as_list(as_object(loads(ended.report).value_or(None)).get(name))
    if len(row) != 2:
        return AttackOutcome(name, True, f"the attacker was ended: {ended.ending} {ended.status}")
    through, stopped_by = as_text(row[0]), as_text(row[1])
    return AttackOutcome(name, not through, through or stopped_by or "nothing was there")


def _end_survivors(name: str) -> int:
    """Find and end processes whose command holds `name`; how many there were."""
    found = [pid for pid, command in _commands() if name in command]
    for pid in found:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return len(found)


def _commands() -> Iterator[tuple[int, str]]:
    """All processes that this user can see, with their commands."""
    if Path("/proc/self").exists():
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    yield int(folder.name), (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        return
    if shutil.which("ps") is None:
        return
    listed = subprocess.run(("ps", "-axww", "-o", "pid=,command="), capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if pid.isdigit():
            yield int(pid), command
