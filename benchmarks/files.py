"""Through how many files of ours a plain chat goes.

    python benchmarks/files.py          # how many, of each part
    python benchmarks/files.py --list   # and which, in the order in which the chat comes to them

Counted is the second chat of an App with default settings (what is loaded or connected once is not seen again), asked
of the simulator over a socket of this machine: every file of `pointsman/` in which a frame was entered between the call
and its answer, be it of a function, a lambda or a generator. How often does not matter; the simulator has a process of
its own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

import pointsman
from pointsman import ask, open_app, settle
from pointsman.layers.live import live
from pointsman.layers.simulation import simulated_settings

_ROOT = Path(pointsman.__file__).parent


async def files_of_a_chat(address: str) -> list[str]:
    """The files, as paths in `pointsman/`, in their order."""
    found: dict[str, None] = {}

    def see(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(_ROOT):
            found.setdefault(str(path.relative_to(_ROOT)))

    async with open_app(live, simulated_settings(address)) as opened:
        client = opened.unwrap().client
        (await settle(client.chat(ask("openai/sim", "Hello")))).unwrap()
        await asyncio.sleep(0.1)  # what the first one has left to do
        second = ask("openai/sim", "Which way to the station?")
        sys.setprofile(see)
        try:
            answer = await settle(client.chat(second))
        finally:
            sys.setprofile(None)
    answer.unwrap()
    return list(found)


def main() -> None:
    """Print what was asked for."""
    command = [sys.executable, "-m", "pointsman", "simulate", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        try:
            found = asyncio.run(files_of_a_chat(simulator.stdout.readline().split()[3]))
        finally:
            simulator.kill()
    print(f"{len(found)} files")
    for part, count in Counter("/".join(path.split("/")[:2]) for path in found).most_common():
        print(f"{count:4} {part}")
    if "--list" in sys.argv:
        print(*found, sep="\n")


if __name__ == "__main__":
    main()
