"""What a verdict costs in each sandbox: `python benchmarks/sandbox.py [--verdicts N] [NAME …]`.

A verdict is `judge_files` on a small answer: a job with its files, a harness, four hidden checks, and the comparison
outside. One after another, and eight at once; CPU of this process, of the sandbox and of the jobs, its start left out.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox.choice import choose_sandbox
from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.ports.sandbox import Execution, Sandbox, SandboxError
from pointsman.testing import FakeSandbox

ORIGINAL = """
import re
from collections import Counter


def words(text, least=1):
    found = Counter(re.findall(r"[a-z]+", text.lower()))
    return sorted((word, count) for word, count in found.items() if count >= least)


def longest(text):
    return max((word for word, _ in words(text)), key=len)
"""
HIDDEN = """
from counting import longest, words


def check_words():
    return words("the cat and the hat and the bat " * 20)


def check_least():
    return words("a b a c a b", 2)


def check_longest():
    return longest("one three fifteen")


def check_nothing():
    return words("")
"""
CASE = Case(
    id="bench",
    program="counting",
    kind=FaultKind.BOUNDARY,
    kinds=(FaultKind.BOUNDARY,),
    level=1,
    files={"counting.py": ORIGINAL.replace(">= least", "> least")},
    original={"counting.py": ORIGINAL},
    visible="",
    hidden=HIDDEN,
    expected={
        "check_words": Outcome(value="[('and', 40), ('bat', 20), ('cat', 20), ('hat', 20), ('the', 60)]"),
        "check_least": Outcome(value="[('a', 3), ('b', 2)]"),
        "check_longest": Outcome(value="'fifteen'"),
        "check_nothing": Outcome(value="[]"),
    },
)
REPORT = "".join(
    f'{{"begun": "{name}"}}\n{{"check": "{name}", "value": "{outcome.value}"}}\n'
    for name, outcome in CASE.expected.items()
)


def cpu() -> float:
    """CPU seconds of this process and of all its children that ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


async def judge(sandbox: Sandbox) -> None:
    """One verdict, which must be right."""
    verdict = await judge_files(sandbox, CASE, CASE.original)
    assert isinstance(verdict, Success), verdict
    assert verdict.unwrap().repair == "healed", verdict


async def side_by_side(sandbox: Sandbox, count: int) -> None:
    """`count` verdicts, eight at a time."""

    async def some() -> None:
        for _ in range(count // 8):
            await judge(sandbox)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(some)


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Result[Sandbox, SandboxError]]:
    """A sandbox by its name, or the fake."""
    if name == "fake":
        yield Success(FakeSandbox(lambda job: Execution(ending="exited", report=REPORT)))
        return
    async with choose_sandbox(name) as sandbox:
        yield sandbox


async def measure(name: str, count: int) -> str:
    """A row of the table."""
    before = cpu()
    async with opened(name):
        pass
    start = cpu() - before
    before = cpu()
    async with opened(name) as sandbox:
        if isinstance(sandbox, Failure):
            return f"| {name} | {sandbox.failure()} |"
        await judge(sandbox.unwrap())
        times = []
        began = time.perf_counter()
        for _ in range(count):
            at = time.perf_counter()
            await judge(sandbox.unwrap())
            times.append(time.perf_counter() - at)
        one = time.perf_counter() - began
        began = time.perf_counter()
        await side_by_side(sandbox.unwrap(), count)
        eight = time.perf_counter() - began
    each = (cpu() - before - start) / (2 * count + 1)
    median = sorted(times)[count // 2]
    rates = f"{count / one:.0f} | {count / eight:.0f}"
    return f"| {name} | {each * 1e3:.2f} | {median * 1e3:.2f} | {rates} | {start * 1e3:.0f} |"


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=["fake", "caged", "bubblewrap", "process"])
    parser.add_argument("--verdicts", type=int, default=400)
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {'root' if os.getuid() == 0 else 'ordinary user'}")
    print("| sandbox | CPU ms a verdict | median ms | a second | a second, 8 at once | CPU ms to open |")
    print("|---|---|---|---|---|---|")
    for name in arguments.names:
        print(await measure(name, arguments.verdicts if name in ("fake", "caged") else arguments.verdicts // 4))


if __name__ == "__main__":
    anyio.run(main)
