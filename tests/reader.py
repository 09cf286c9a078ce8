"""A reader of the documentation: a HOME and a folder of their own, `pointsman` on the PATH, no settings."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import attrs

from tests.installed import install
from tests.patience import attempts


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int) -> None:
    """Until something listens there."""
    for _ in attempts():
        with closing(socket.socket()) as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(f"nothing listens on {port}")


def put_commands(folder: Path) -> Path:
    """A PATH on which `pointsman`, `python` and `pytest` are those of this test."""
    folder.mkdir()
    for name, line in (("pointsman", "-m pointsman"), ("python", ""), ("pytest", "-m pytest")):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {line} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


@attrs.frozen
class Reader:
    """Does what a page says, in `folder`. Ports in a text are replaced by free ones, and other words by `words`."""

    folder: Path
    environment: dict[str, str]
    words: dict[str, str]
    servers: list[subprocess.Popen[bytes]] = attrs.field(factory=list)

    def place(self, text: str) -> str:
        for word, own in self.words.items():
            text = text.replace(word, own)
        return text

    def start(self, command: str) -> None:
        """Start what does not end, which listens on the port after `--port`."""
        self.servers.append(
            subprocess.Popen(
                ["bash", "-c", f"exec env {command}"],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        wait_for(int(command.split("--port ")[1].split()[0]))

    def run(self, commands: str, code: int = 0, typed: str | None = None) -> str:
        """What commands print that end with `code`; `typed` is piped in."""
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=self.folder,
            env=self.environment,
            input=typed or "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{commands}\n{done.stdout}"
        return done.stdout

    def end(self) -> list[int]:
        """End the servers as Ctrl-C does, and give their exit codes."""
        for server in self.servers:
            os.killpg(server.pid, signal.SIGINT)
        codes = [server.wait() for server in self.servers]
        self.servers.clear()
        return codes


@contextmanager
def reading(folder: Path, ports: Sequence[str] = (), **environment: str) -> Iterator[Reader]:
    """A reader in an empty HOME."""
    inherited = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    site = install(folder / "site")
    path = f"{put_commands(folder / 'bin')}:{os.environ['PATH']}"
    (folder / "home").mkdir()
    (folder / "work").mkdir()
    told = inherited | {"PATH": path, "HOME": str(folder / "home"), "PYTHONPATH": str(site)} | environment
    reader = Reader(folder / "work", told, {port: str(free_port()) for port in ports})
    try:
        yield reader
    finally:
        for server in reader.servers:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
