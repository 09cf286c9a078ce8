"""An engine as a child process: started, greeted, watched, ended. It does not know what the child runs.

It talks to `engine_child.py` in the child's own language: a line of JSON in, a line of JSON out, and the end of the
input means the end of the child.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, cast

import anyio
import attrs
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from returns.result import Failure, Result, Success

from pointsman.adapters.engines.records import EngineRecord, EngineRecords
from pointsman.core.error import ConfigurationError, ModelUnavailable, ProviderError
from pointsman.core.json import as_object, dumps, loads
from pointsman.core.models.local_model import Capacity, EnginePlan
from pointsman.core.one_line import one_line
from pointsman.core.security.secret import Secret, may_name_secret
from pointsman.services.ports.client import Client
from pointsman.services.ports.engine import AdapterChoice, RunningEngine

Close: TypeAlias = Callable[[], Awaitable[None]]
_START_SECONDS = 600.0
"""A model of some tens of gigabytes on a slow disk takes minutes."""
_END_SECONDS = 3.0
"""How long after the end of its input a child may take; then it is killed."""
_LONGEST_REPLY = 2**16
_TAIL = 4096
_CHILD = Path(__file__).with_name("engine_child.py")
_LOAD_ERROR = re.compile(r"error loading model: (.+)")


class Connect(Protocol):
    """Makes a client of an address on loopback; the second value closes its connections."""

    def __call__(self, plan: EnginePlan, address: str, key: Secret, /) -> tuple[Client, Close]: ...


@attrs.define(eq=False)
class ProcessEngine:
    """A child that serves."""

    client: Client
    has_tools: bool
    has_grammar: bool
    adapters: AdapterChoice
    _child: _Child
    _close: Close

    @property
    def pid(self) -> int:
        """As `RunningEngine.pid`."""
        return self._child.process.pid

    async def wait(self) -> str:
        """As `RunningEngine.wait`."""
        return self._child.ending(await self._child.process.wait())

    async def stop(self) -> None:
        """As `RunningEngine.stop`."""
        await self._close()
        await self._child.end()


@attrs.define(eq=False)
class _Child:
    process: Process
    errors: BinaryIO
    records: EngineRecords

    async def reply(self) -> Mapping[str, object]:
        """The line by which it says that it serves, or what is wrong; empty where it ended without a word."""
        assert self.process.stdout is not None
        lines = BufferedByteReceiveStream(self.process.stdout)
        try:
            line = await lines.receive_until(b"\n", _LONGEST_REPLY)
        except (anyio.EndOfStream, anyio.IncompleteRead, anyio.DelimiterNotFound, anyio.BrokenResourceError):
            return {}
        return as_object(loads(line).value_or({}))

    async def end(self) -> None:
        """End it, at once where it does not go by itself. Cancellation waits until it is gone."""
        with anyio.CancelScope(shield=True):
            if self.process.stdin is not None:
                await self.process.stdin.aclose()
            with anyio.move_on_after(_END_SECONDS):
                await self.process.wait()
            if self.process.returncode is None:
                self.process.kill()
            await self.process.aclose()
            self.errors.close()
            self.records.forget(self.process.pid)

    def ending(self, code: int) -> str:
        """How it ended, as a clause."""
        if code < 0:
            number = -code
            name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
            more = ", perhaps for want of memory" if number == 9 else ""
            return f"its process was ended by {name}{more}"
        return f"its process ended with {code}{self.last_words()}"

    def last_words(self) -> str:
        """What llama.cpp said last of a model that it cannot load; its other words hold paths of this machine."""
        if self.errors.closed:
            return ""
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - _TAIL))
        said = _LOAD_ERROR.findall(self.errors.read().decode("utf-8", "replace"))
        return f" ({one_line(said[-1])})" if said else ""


@attrs.frozen
class ProcessStarter:
    """Starts children that serve what the file `script` says (see `engine_child.py`), each with a key of its own."""

    script: Path
    connect: Connect
    look: Callable[[], Capacity]
    """What the machine has to give now."""
    records: EngineRecords
    """Where it is written down which engines run."""
    needs: str = ""
    """What must be installed for it, as a sentence; empty: it is there."""
    environment: Mapping[str, str] = attrs.field(factory=dict)
    """Variables of the child, for those that are not set."""
    python: str = sys.executable
    """The Python that runs the child: it may be that of another environment, with other packages."""

    def capacity(self) -> Capacity:
        """As `EngineStarter.capacity`."""
        return self.look()

    async def start(self, plan: EnginePlan) -> Result[RunningEngine, ProviderError]:
        """As `EngineStarter.start`."""
        if self.needs:
            return Failure(ConfigurationError(detail=self.needs, problems=(self.needs,), local=True, remedy=""))
        key = Secret(secrets.token_urlsafe(32))
        try:
            child = await self._spawn()
        except OSError as problem:
            said = f"its engine cannot be started ({problem.strerror or problem})"
            return Failure(ModelUnavailable(detail=said, model=plan.model.name, local=True))
        engine: RunningEngine | None = None
        try:
            with anyio.move_on_after(_START_SECONDS):
                reply = await self._greet(child, plan, key)
                if isinstance(address := reply.get("address"), str):
                    client, close = self.connect(plan, address, key)
                    engine = _engine_of(reply, client, child, close)
                    self.records.write(_record_of(plan, child.process.pid))
                    return Success(engine)
                return Failure(await _start_fault(child, plan, reply))
            said = f"its engine was not ready within {_START_SECONDS:g} s"
            return Failure(ModelUnavailable(detail=said, model=plan.model.name, local=True))
        finally:
            if engine is None:
                await child.end()

    async def _spawn(self) -> _Child:
        # A pipe would have to be emptied all the time. It is closed where the child ends.
        errors = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        # Without the working folder and the script's own on the path, so that no file there stands in for a library.
        command = [self.python, "-P", str(_CHILD), str(self.script)]
        process = await anyio.open_process(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**self.environment, **_environment_without_keys()},
            start_new_session=True,  # Ctrl-C is for the parent, who may still finish answers
        )
        return _Child(process, errors, self.records)

    async def _greet(self, child: _Child, plan: EnginePlan, key: Secret) -> Mapping[str, object]:
        assert child.process.stdin is not None
        try:
            await child.process.stdin.send(_spec(plan, key, self.records.path_template))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return {}
        return await child.reply()


def _engine_of(reply: Mapping[str, object], client: Client, child: _Child, close: Close) -> ProcessEngine:
    """The child by what it says of itself."""
    said = reply.get("adapters")
    adapters: AdapterChoice = "by id" if said == "by id" else "by name" if said == "by name" else "none"
    has_tools, has_grammar = reply.get("has_tools") is True, reply.get("has_grammar") is not False
    return ProcessEngine(client, has_tools, has_grammar, adapters, child, close)


def _environment_without_keys() -> dict[str, str]:
    """What an engine needs not know, it is not told: it reads files of strangers."""
    return {name: value for name, value in os.environ.items() if not may_name_secret(name)}


def _record_of(plan: EnginePlan, pid: int) -> EngineRecord:
    return EngineRecord(
        pid=pid,
        parent=os.getpid(),
        model=plan.model.name,
        path=plan.model.path,
        memory=plan.memory,
        slots=plan.slots,
        context=plan.context,
        started_at=time.time(),
        for_embeddings=plan.for_embeddings,
    )


def _spec(plan: EnginePlan, key: Secret, record: str) -> bytes:
    """What the child is told, as a line; `record` is where its own is, by its number."""
    said = {
        "path": plan.model.path,
        "name": plan.model.name,
        "projector": plan.model.projector,
        "slots": plan.slots,
        "context": plan.context,
        "threads": plan.threads,
        "gpu_layers": plan.gpu_layers,
        "for_embeddings": plan.for_embeddings,
        "pooling": plan.pooling,
        "key": key.reveal(),
        "record": record,
        "adapters": [{"name": adapter.name, "path": adapter.path} for adapter in plan.adapters],
    }
    return dumps(said) + b"\n"


async def _start_fault(child: _Child, plan: EnginePlan, reply: Mapping[str, object]) -> ModelUnavailable:
    """Why it does not serve."""
    if isinstance(error := reply.get("error"), str):
        detail = f"its engine does not start: {one_line(error)}{child.last_words()}"
    else:
        with anyio.move_on_after(_END_SECONDS):
            await child.process.wait()
        code = child.process.returncode
        detail = f"its engine does not start: {'it said nothing' if code is None else child.ending(code)}"
    return ModelUnavailable(detail=detail, model=plan.model.name, local=True)
