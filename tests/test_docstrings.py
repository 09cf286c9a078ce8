"""What docstrings have to say is said, and where it is not, the check finds it."""

from __future__ import annotations

import pytest

from tools.check_docstrings import faults_in, find_faults


def test_public_docstrings_say_units_errors_and_sources() -> None:
    assert find_faults() == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def f() -> None: ...", "f: has no docstring"),
        ("class F: ...", "f: has no docstring"),
        ("class F:\n    'A thing.'\n    def go(self) -> None: ...", "f.go: has no docstring"),
        ("def f(limit: int = 3) -> None:\n    'Does it.'", "f: of what is `limit` so many?"),
        ("class F:\n    'A thing.'\n    most: float | None = None", "f: of what is `most` so many?"),
        (
            "def f() -> None:\n    'Does it.'\n    raise OSError()",
            "f: raises, and its docstring does not say what",
        ),
    ],
)
def test_what_is_missing_is_found(source: str, fault: str) -> None:
    assert list(faults_in("f", source)) == [fault]


@pytest.mark.parametrize(
    "source",
    [
        "def f(limit: int = 3) -> None:\n    'Does it, for `limit` seconds.'",
        "def f(timeout_ms: int) -> None:\n    'Does it.'",
        "class F:\n    'A thing.'\n    most: int\n    'Tokens.'",
        "class F:\n    'A thing.'\n    most: int  # bytes",
        "class F(Base):\n    'A thing.'\n    def go(self, most: int) -> None: ...",
        "def f() -> None:\n    'Does it. Raises OSError.'\n    raise OSError()",
    ],
)
def test_what_is_said_is_enough(source: str) -> None:
    assert list(faults_in("f", source)) == []
