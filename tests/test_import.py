"""Importing pointsman is light: no heavy module, no socket, no thread."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "httpx",
    "httpcore",
    "cattrs",
    "cryptography",
    "rich",
    "pydantic",
    "ssl",
    "h11",
    "sqlite3",
    "openai",
)
PROGRAM = """
import socket, sys, threading
made = []
class Watched(socket.socket):
    def __init__(self, *a, **k):
        made.append(1)
        super().__init__(*a, **k)
socket.socket = Watched
before = set(sys.modules)
import pointsman
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(",".join(sorted(names)), len(made), threading.active_count())
"""


def test_importing_pointsman_is_light() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    names, sockets, threads = done.stdout.split()
    assert {"attr", "returns"} <= set(names.split(","))
    assert not set(HEAVY) & set(names.split(","))
    assert (sockets, threads) == ("0", "1")
