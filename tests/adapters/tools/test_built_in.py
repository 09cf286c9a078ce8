"""The tools that come with pointsman."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from pointsman.adapters.tools.calculator import calculator
from pointsman.adapters.tools.current_time import current_time
from pointsman.core.settings import FetchSettings, ReadFileSettings, ToolSettings
from pointsman.layers.tools import NAMES, built_in


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4 / 8", "2.5"),
        ("-7 // 2", "-4"),
        ("2 ** 10 % 1000", "24"),
        ("sqrt(16) + max(1, 2)", "6.0"),
        ("round(pi * 1000)", "3142"),
    ],
)
def test_arithmetic(expression: str, result: str) -> None:
    assert calculator(expression) == Success(result)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "open('x')",
        "(1).__class__",
        "[1][0]",
        "lambda: 1",
        "9 ** 9 ** 9",
        "round(5, -9999999999)",
        "round(0.5, 10 ** 12)",
        "10 ** 100000",
        "1 / 0",
        "(-8) ** 0.5",
        "'a' * 1000",
        "True + 1",
        "1 +",
        "1 if 1 else 2",
        "x = 1",
        "(" * 300 + "1" + ")" * 300,
        "1" * 600,
        "sqrt(-1)",
        "f'{1}'",
    ],
)
def test_what_is_not_arithmetic_is_refused(expression: str) -> None:
    assert isinstance(calculator(expression), Failure)


@given(st.text("0123456789+-*/%(). episqrtax,", max_size=60))
def test_no_text_can_make_it_fail(expression: str) -> None:
    assert isinstance(calculator(expression), Result)


def test_the_time_is_told_by_zone() -> None:
    assert current_time().unwrap().endswith("UTC")
    assert "CE" in current_time("Europe/Zurich").unwrap()
    assert "no time zone" in current_time("Nowhere/At_all").failure()
    assert "no time zone" in current_time("../etc/passwd").failure()


def test_tools_are_given_by_name() -> None:
    found = built_in(NAMES).unwrap()
    assert [tool.spec.name for tool in found] == ["calculator", "current_time", "fetch", "read_file"]
    assert [tool.approval for tool in found] == ["always", "always", "ask", "ask"]
    bounded = ToolSettings(fetch=FetchSettings(allowed_hosts=("example.org",)), read_file=ReadFileSettings(root="/"))
    assert {tool.approval for tool in built_in(NAMES, bounded).unwrap()} == {"always"}
    assert "did you mean calculator?" in str(built_in(["calculater"]).failure())
