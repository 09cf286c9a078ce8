"""Ten things that people do from a command line, here and by simonw/llm: how many commands, and how much CPU.

    python benchmarks/llm_tasks.py LLM    # the path of `llm`, installed in an environment of its own

Both ask `pointsman simulate`. A task's CPU is user and system time of its processes, the least of the rounds; what a
task needs to be set up once is not measured.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs

from tests.adapters.media.test_image import picture
from tests.command_line import simulator

ROUNDS = 5
ROOT = Path(__file__).parent.parent


@attrs.frozen
class Task:
    """The commands of both; `once` is what both need before."""

    name: str
    here: tuple[str, ...]
    there: tuple[str, ...]


TASKS = (
    Task("ask", ('pointsman generate "hi"',), ('llm "hi"',)),
    Task(
        "pipe and question", ('cat notes.txt | pointsman generate "Summarise:"',), ('cat notes.txt | llm "Summarise:"',)
    ),
    Task("a follow-up", ('pointsman generate -c "and then?"',), ('llm -c "and then?"',)),
    Task("save a key", ("echo k-1 | pointsman settings set openai api_key=-",), ("llm keys set openai --value k-1",)),
    Task("a default model", ("pointsman aliases default openai/gpt-4o",), ("llm models default gpt-4o",)),
    Task("an alias", ("pointsman aliases set mini openai/gpt-4o-mini",), ("llm aliases set mini gpt-4o-mini",)),
    Task(
        "an own template, with a pipe",
        ('pointsman generate --save brief --system "Be brief."', "cat notes.txt | pointsman generate --template brief"),
        ('llm -s "Be brief." --save brief', "cat notes.txt | llm -t brief"),
    ),
    Task(
        "a short schema",
        ('pointsman generate --schema "name, age int" "Invent a dog"',),
        ('llm -m gpt-4o-mini --schema "name, age int" "Invent a dog"',),
    ),
    Task(
        "a picture from a pipe",
        ('cat a.png | pointsman generate --image - "What is it?"',),
        ('cat a.png | llm -m gpt-4o-mini "What is it?" -a -',),
    ),
    Task("options", ("pointsman generate -o seed 42 hi",), ("llm -m gpt-4o-mini -o seed 42 hi",)),
    Task(
        "a function as a tool",
        ('pointsman generate --functions f.py "2 and 3?"',),
        ('llm --functions f.py "2 and 3?"',),
    ),
    Task("the code alone", ('pointsman generate -x "a line of Python"',), ('llm -x "a line of Python"',)),
    Task("what was asked", ("pointsman logs -n 3",), ("llm logs -n 3",)),
    Task("what was asked, by a word", ("pointsman logs dog",), ("llm logs -q dog",)),
    Task("the help", ("pointsman --help",), ("llm --help",)),
)


def cpu_of(commands: tuple[str, ...], environment: dict[str, str], folder: Path) -> float:
    """Seconds of CPU that `commands` took, one after the other; each has to end with 0."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"{command}\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def environment_in(folder: Path, address: str, llm: str) -> dict[str, str]:
    """A HOME of its own, both programs on the PATH, and OpenAI's address and key."""
    (folder / "bin").mkdir()
    for name, command in (("pointsman", f'"{sys.executable}" -m pointsman'), ("llm", f'"{llm}"')):
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / "bin" / name).chmod(0o755)
    return {
        "HOME": str(folder),
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "OPENAI_BASE_URL": f"{address}/v1",
        "OPENAI_API_KEY": "k-simulated-123456",
    }


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notes.txt").write_text("Points are set by a pointsman.\n")
        (folder / "a.png").write_bytes(picture())
        (folder / "f.py").write_text('def add(a: int, b: int) -> int:\n    """Add."""\n    return a + b\n')
        with simulator(folder) as address:
            environment = environment_in(folder, address, sys.argv[1])
            print("| task | commands | CPU s | llm: commands | CPU s | pointsman / llm |\n|---|---|---|---|---|---|")
            for task in TASKS:
                here, there = (
                    min(cpu_of(commands, environment, folder) for _ in range(ROUNDS))
                    for commands in (task.here, task.there)
                )
                counts = len(task.here), len(task.there)
                print(f"| {task.name} | {counts[0]} | {here:.2f} | {counts[1]} | {there:.2f} | {here / there:.2f} |")


if __name__ == "__main__":
    main()
