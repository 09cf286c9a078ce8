"""A real Redis or Valkey server on a free port, which keeps nothing; where there is none, tests are skipped."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
import pytest

from tests.patience import attempts

PROGRAM = next((found for found in map(shutil.which, ("redis-server", "valkey-server")) if found), None)


def is_missing() -> str | None:
    """Why no server can be had; None where one can."""
    if PROGRAM is None:
        return "needs redis-server or valkey-server"
    try:
        import coredis  # noqa: F401
    except ImportError:
        return "needs coredis: pip install 'pointsman[redis]'"
    return None


needs_redis = pytest.mark.skipif(is_missing() is not None, reason=is_missing() or "")


@attrs.define(eq=False)
class RedisProcess:
    """A server that can be killed, stopped, and started again at its port."""

    port: int
    folder: Path
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        assert PROGRAM is not None
        self.process = subprocess.Popen(
            [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *self.arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        for _ in attempts():
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it, which it is told by nobody."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server(folder: Path, *arguments: str) -> Iterator[RedisProcess]:
    """One that runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = RedisProcess(free.getsockname()[1], folder, arguments)
    server.start()
    try:
        yield server
    finally:
        server.kill()
