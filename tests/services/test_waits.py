"""All waits and time limits of services go through the Clock, so that a test with a virtual one never sleeps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pointsman

SERVICES = Path(pointsman.__file__).parent / "services"
REAL = {"sleep", "sleep_until", "move_on_after", "move_on_at", "fail_after", "fail_at", "wait_for", "timeout"}


def waits_for_real(source: str) -> Iterator[str]:
    """The calls in `source` that wait, or limit a wait, by the machine's own time."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in ("anyio", "asyncio", "time", "trio") and node.attr in REAL:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in ("anyio", "asyncio", "time", "trio"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name in REAL)


def test_no_service_waits_by_the_machines_own_time() -> None:
    files = sorted(SERVICES.rglob("*.py"))
    assert len(files) > 50
    assert {file.name: found for file in files if (found := list(waits_for_real(file.read_text("utf-8"))))} == {}


@pytest.mark.parametrize(
    "source", ["import anyio\nanyio.sleep(1)", "from anyio import move_on_after", "with anyio.fail_after(1): ..."]
)
def test_one_that_does_is_found(source: str) -> None:
    assert len(list(waits_for_real(source))) == 1
