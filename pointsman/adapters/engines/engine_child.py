"""The child's half of an engine: a handshake, and an end that nobody asks for. `python engine_child.py SERVES.py`.

It imports nothing of pointsman, which would cost more time than many a model takes to load. `SERVES.py` is a file with
a function `serve`: given what to run, it begins to serve that, and gives the `address` at which it listens, without
waiting for requests. What it cannot do it raises as a `RuntimeError` with one clause.

The parent writes one line of JSON, which says what to run and with which key, so that the key stands in no list of
processes. The child answers by one line: where it listens, or what is wrong. It ends when its standard input ends,
which happens however the parent dies; and, should somebody else have inherited that pipe, when it has another parent.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

_LOOK_SECONDS = 1.0
_FAILED = 3


def run_child(serve: Callable[[Mapping[str, object]], Mapping[str, object]]) -> NoReturn:
    """Have `serve` begin to serve what the parent's line says, tell the parent, and stay until that is gone."""
    parent = os.getppid()
    out = _own_output()
    spec = json.loads(_first_line())
    record = str(spec.get("record") or "")
    for watch in (lambda: _exit_at_end_of_input(record), lambda: _exit_without(parent, record)):
        threading.Thread(target=watch, daemon=True).start()
    _die_by_signal(True)
    try:
        reply = serve(spec)
    except RuntimeError as problem:
        reply = {"error": str(problem)}
    _die_by_signal(False)
    os.write(out, json.dumps(dict(reply)).encode() + b"\n")
    if "error" in reply:
        os._exit(_FAILED)
    os.close(out)
    threading.Event().wait()
    os._exit(0)


def _own_output() -> int:
    """A way to the parent of its own: what a library prints goes to the other stream."""
    out = os.dup(1)
    os.dup2(2, 1)
    return out


def _first_line() -> bytes:
    """Byte by byte: what follows is for the one who watches for the end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)  # the parent is gone already
        line += byte
    return line


def _die_by_signal(wanted: bool) -> None:
    """Whether the system is to end this process when its input ends; by SIGIO, whose default that is on Linux.

    While a library loads a model no thread of ours may run for minutes, so none could see that the parent is gone.
    """
    if sys.platform != "linux":
        return
    import fcntl

    flags = fcntl.fcntl(0, fcntl.F_GETFL)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, flags | os.O_ASYNC if wanted else flags & ~os.O_ASYNC)


def _exit_at_end_of_input(record: str) -> None:
    while os.read(0, 4096):
        pass
    _exit(record)


def _exit(record: str) -> NoReturn:
    """End, and leave no word behind of being there."""
    with suppress(OSError):
        os.unlink(record.replace("PID", str(os.getpid())))
    os._exit(0)


def _exit_without(parent: int, record: str) -> None:
    if sys.platform == "win32":
        return  # the number stays that of a parent that is gone
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    _exit(record)


if __name__ == "__main__":
    run_child(runpy.run_path(sys.argv[1])["serve"])
