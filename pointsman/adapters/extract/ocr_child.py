"""Runs in a process of its own: finds the letters in pictures from its input, a line of JSON for each.

A script by itself, as `pdf_child.py` is, and for the same reasons. The first line of the input says what follows:
`{"sizes": [bytes of each picture], "memory": bytes, "seconds": s, "threads": n}`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def main() -> None:
    """Read, look, write, end."""
    told = json.loads(sys.stdin.buffer.readline())
    # Threads that spin while they wait would take the processor from everybody else: as few as will do.
    os.environ.setdefault("OMP_NUM_THREADS", str(told["threads"]))
    bound(told["memory"], told["seconds"])
    try:
        # By name: type checkers run where the extra is not installed.
        library: Any = importlib.import_module("rapidocr_onnxruntime")
        look = library.RapidOCR(intra_op_num_threads=told["threads"], inter_op_num_threads=1)
        for size in told["sizes"]:
            say({"text": letters(look, sys.stdin.buffer.read(size))})
        say({"end": True})
    except MemoryError:
        say({"problem": "memory"})


def letters(look: Any, picture: bytes) -> str:
    """What is written in `picture`, a line for each line; nothing where it cannot be looked at."""
    try:
        found, _ = look(picture)
    except MemoryError:
        raise
    except Exception:  # what it raises of pictures that it cannot decode is not said anywhere
        return ""
    return "\n".join(str(line[1]) for line in found or ())


def say(line: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def bound(memory: int, seconds: int) -> None:
    """No more memory and time than that, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(limit, (most, most))
        except (OSError, ValueError):
            continue


if __name__ == "__main__":
    main()
