"""Which engines run on this machine, whoever started them: a small file for each, as long as it lives.

The parent writes it and deletes it; if the parent is killed, the child deletes it; if both are, the next who looks.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import attrs

from pointsman.core.json import dumps, loads
from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, with_places


@attrs.frozen(kw_only=True)
class EngineRecord:
    """One engine: `pid` is its process, `parent` who started it; `memory` is what it was planned to need, in bytes."""

    pid: int
    parent: int
    model: str
    path: str
    memory: int = 0
    slots: int = 1
    context: int = 0
    started_at: float = 0.0
    for_embeddings: bool = False


@attrs.frozen
class EngineRecords:
    """The records in `folder`."""

    folder: Path

    def path_of(self, pid: int) -> Path:
        """Where the record of a process is."""
        return self.folder / f"{pid}.json"

    @property
    def path_template(self) -> str:
        """The same for a process that does not know its number yet, with PID in its place."""
        return str(self.folder / "PID.json")

    def write(self, record: EngineRecord) -> None:
        """Have it found; where that cannot be, it runs all the same."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path_of(record.pid).write_bytes(dumps(attrs.asdict(record)))

    def forget(self, pid: int) -> None:
        """Delete the record of a process that has ended."""
        with suppress(OSError):
            self.path_of(pid).unlink()

    def running(self, is_alive: Callable[[int], bool] = lambda pid: is_engine(pid)) -> tuple[EngineRecord, ...]:
        """All engines that live; what is left of others is cleared away."""
        found = []
        for file in sorted(self.folder.glob("*.json")):
            record = _read(file)
            if record is not None and is_alive(record.pid):
                found.append(record)
            else:
                with suppress(OSError):
                    file.unlink()
        return tuple(sorted(found, key=lambda record: record.started_at))

    def end(self, record: EngineRecord) -> bool:
        """Ask the process to end; says whether it was there. Whoever started it sees that it has died."""
        if not is_engine(record.pid):
            return False
        try:
            os.kill(record.pid, signal.SIGTERM)
        except OSError:
            return False
        return True


def _read(file: Path) -> EngineRecord | None:
    try:
        document = loads(file.read_bytes()).value_or(None)
    except OSError:
        return None
    return read_record(EngineRecord, with_places(document, str(file)), Problems())


def is_engine(pid: int) -> bool:
    """Whether a process of that number lives, and, where it can be seen, is an engine: numbers are given again."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        return _is_there(pid)
    except OSError:
        return _is_there(pid)
    return b"engine_child.py" in line


def _is_there(pid: int) -> bool:
    if os.name == "nt":
        return True  # signals cannot ask there without ending it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
