"""No result is dropped: `tools/check_results.py` finds each way of doing it, and none in the package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long  # mypy without its cache

ROOT = Path(__file__).parent.parent
DROPS = """
from anyio.abc import TaskGroup
from returns.result import Failure, Result, Success
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError


@effect
async def keep(text: str) -> Result[int, StorageError]:
    return Success(len(text))


async def parse(text: str) -> Result[int, str]:
    return Success(len(text))


async def work() -> Result[None, StorageError]:
    return Success(None)


async def nothing() -> None:
    read = await settle(keep("read"))
    value = (await parse("a clause that is no error of ours")).value_or(0)
    seen = await settle(keep("seen"))
    if isinstance(seen, Failure):
        print(seen.failure())
    first, second = await parse("a"), await parse("b")
    print(read, value, seen.value_or(0), first, second)


async def drops(group: TaskGroup) -> None:
    await settle(keep("statement"))  # dropped
    _ = await settle(keep("underscore"))  # dropped
    unread = await settle(keep("unread"))  # dropped
    print((await settle(keep("replaced"))).value_or(0))  # dropped
    print((await settle(keep("replaced"))).map(str).value_or(""))  # dropped
    replaced = await settle(keep("by name"))
    print(replaced.value_or(0), replaced.map(str).value_or(""))  # dropped
    (await parse("mapped")).map(print)  # dropped
    first, second = await parse("a"), await parse("b")  # dropped
    print(first)
    group.start_soon(work)  # dropped
    group.start_soon(nothing)

    async def inner() -> None:
        inside = await settle(keep("inside"))  # dropped

    await inner()
"""


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What the tool says."""
    return subprocess.run(
        [sys.executable, "tools/check_results.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the tool says of the package, and of a file that drops results; once, for it takes a while."""
    file = tmp_path_factory.mktemp("drops") / "planted.py"
    file.write_text(DROPS, "utf-8")
    done = check(str(file), "pointsman")
    assert done.returncode == 1, done.stderr
    return done.stdout.splitlines()


def test_every_way_to_drop_a_result_is_found_and_nothing_else(report: list[str]) -> None:
    lines = {int(number) for number in re.findall(r"planted\.py:(\d+): ", "\n".join(report))}
    assert lines == {number for number, line in enumerate(DROPS.splitlines(), 1) if line.endswith("# dropped")}


def test_types_that_are_wrong_prove_nothing(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("number: int = 'text'", "utf-8")
    done = check(str(tmp_path / "wrong.py"))
    assert done.returncode != 0
    assert "Incompatible types" in done.stderr


def test_the_package_drops_none(report: list[str]) -> None:
    assert [line for line in report if "planted.py" not in line] == []
