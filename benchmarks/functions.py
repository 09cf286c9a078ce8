"""How many functions a gateway call goes through, at one process and at two workers: what no busy machine changes.

python benchmarks/functions.py [--calls 3000] [--database URL]

Counted are Python's functions and C's, in the threads of the event loops of all processes, with 64 clients; those of
as long a time without calls are taken off. The upstream is `upstream.py`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.gateway import HERE, load, pointsman, process, warmed

_COUNTING = """
import atexit, cProfile, os
profile = cProfile.Profile()
def tell():
    profile.disable()
    with open(f"{os.environ['COUNTED']}/{os.getpid()}", "w") as file:
        file.write(str(sum(entry.callcount for entry in profile.getstats())))
atexit.register(tell)
profile.enable()
"""
"""What each process of the server does before anything else, as `sitecustomize`."""


def counted(upstream: int, workers: int, calls: int, database: str | None) -> int:
    """The functions called from the beginning of a server to its end, with so many calls."""
    place = database and f"{database}{'&' if '?' in database else '?'}schema=counted{workers}_{calls}_{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COUNTED"] = folder
        with pointsman(upstream, place, workers) as server:
            asyncio.run(warmed(server))
            if calls:
                asyncio.run(load(server, 64, calls))
            else:
                time.sleep(5)
            os.kill(server.pid, signal.SIGTERM)
            os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)  # whoever started it asks again
        found = [int(file.read_text()) for file in Path(folder).iterdir()]
    if len(found) != (1 if workers == 1 else workers + 1):
        raise RuntimeError("not every process has told what it counted")
    return sum(found)


def main() -> None:
    """Print the table."""
    words = sys.argv[1:]
    calls = int(words[words.index("--calls") + 1]) if "--calls" in words else 3000
    database = words[words.index("--database") + 1] if "--database" in words else None
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(_COUNTING)
        with process([sys.executable, str(HERE / "upstream.py")]) as upstream:
            assert upstream.stdout is not None
            port = int(upstream.stdout.readline())
            os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
            for workers in (1, 2):
                more = counted(port, workers, calls, database) - counted(port, workers, 0, database)
                print(f"workers {workers}: {more / calls:.0f} functions a call")


if __name__ == "__main__":
    main()
