"""The tutorial is followed to the letter: its files, commands and programs, in their order, in an empty HOME."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from tests.installed import install

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCK = re.compile(r"(?:<!-- (\w+)(?:: (\S+))? -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
PORTS = ("8399", "8787")


@attrs.frozen
class Block:
    """A block of code; `what` is to be done with it (`run`, `file`, `add`, `background`), or nothing."""

    what: str
    word: str
    language: str
    text: str


BLOCKS = [Block(*found) for found in BLOCK.findall(PAGE)]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def put_commands(folder: Path) -> Path:
    """A PATH on which `pointsman` and `python` are those of this test."""
    folder.mkdir()
    for name, line in (("pointsman", f'"{sys.executable}" -m pointsman'), ("python", f'"{sys.executable}"')):
        (folder / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def is_shown(expected: str, output: str) -> bool:
    """Whether a line of `output` is `expected`, in which an ellipsis stands for anything."""
    pattern = ".*".join(re.escape(part.strip()) for part in expected.split("…"))
    return re.search(rf"^\s*{pattern}\s*$", output, re.MULTILINE) is not None


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


@attrs.frozen
class Reader:
    """Does what the page says, in `folder`."""

    folder: Path
    environment: dict[str, str]
    ports: dict[str, str]
    servers: list[subprocess.Popen[bytes]] = attrs.field(factory=list)

    def place(self, text: str) -> str:
        for port, own in self.ports.items():
            text = text.replace(port, own)
        return text

    def follow(self, block: Block) -> str:
        """What a block prints, where it is run."""
        text = self.place(block.text)
        match block.what:
            case "file":
                (self.folder / block.word).write_text(text, "utf-8")
            case "add":
                with (self.folder / block.word).open("a", encoding="utf-8") as file:
                    file.write("\n" + text)
            case "background":
                self.start(text.rstrip().removesuffix("&"))
            case "run":
                return self.run(text, int(block.word or 0))
            case _:
                raise AssertionError(f"nobody knows how to {block.what}")
        return ""

    def start(self, command: str) -> None:
        self.servers.append(
            subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        wait_for(int(command.split("--port ")[1].split()[0]))

    def run(self, commands: str, code: int) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{commands}\n{done.stdout}"
        return done.stdout


@contextmanager
def reading(folder: Path) -> Iterator[Reader]:
    inherited = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    site = install(folder / "site")
    path = f"{put_commands(folder / 'bin')}:{os.environ['PATH']}"
    (folder / "home").mkdir()
    (folder / "work").mkdir()
    environment = inherited | {"PATH": path, "HOME": str(folder / "home"), "PYTHONPATH": str(site)}
    reader = Reader(folder / "work", environment, {port: str(free_port()) for port in PORTS})
    try:
        yield reader
    finally:
        for server in reader.servers:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.mark.long
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    printed = ""
    with reading(tmp_path) as reader:
        for block in BLOCKS:
            if block.language == "text":
                missing = [line for line in block.text.splitlines() if not is_shown(reader.place(line), printed)]
                assert missing == [], printed
            elif block.what:
                printed = reader.follow(block)


def test_every_block_of_the_tutorial_is_followed_but_the_first() -> None:
    skipped = [block.text for block in BLOCKS if not block.what and block.language != "text"]
    assert len(skipped) == 1
    assert skipped[0].startswith("python3 -m venv .venv")
    assert sum(block.what == "run" for block in BLOCKS) >= 10


@pytest.mark.parametrize(
    ("expected", "output", "shown"),
    [("a … c", "x\na b c\n", True), ("a … c", "a b d", False), ("2 passed…", "2 passed in 1 s", True)],
)
def test_a_line_is_looked_for_as_it_stands(expected: str, output: str, shown: bool) -> None:
    assert is_shown(expected, output) is shown
