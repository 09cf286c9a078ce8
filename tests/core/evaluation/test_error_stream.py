"""Reports of runs are read whatever they say, and become the text that a developer would see."""

from __future__ import annotations

import pytest

from pointsman.core.evaluation.case_lines import read_cases, write_cases
from pointsman.core.evaluation.error_stream import (
    Frame,
    ReportedError,
    guess_kind,
    last_exception,
    name_exception,
    render_errors,
)
from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.core.evaluation.harness import read_check_report, read_failures
from pointsman.core.evaluation.harness_pytest import needs_pytest

FILES = {"p.py": "def f(x):\n    return x[0]\n", "test_p.py": "from p import f\n\ndef test_f():\n    f([])\n"}


def test_an_error_has_the_lines_of_the_files_and_no_others() -> None:
    error = ReportedError(
        test="test_f",
        exception="IndexError",
        message="list index out of range",
        frames=(Frame(file="test_p.py", line=4, function="test_f"), Frame(file="p.py", line=2, function="f")),
    )
    assert render_errors([error], FILES) == (
        "FAILED test_f\n"
        "Traceback (most recent call last):\n"
        '  File "test_p.py", line 4, in test_f\n'
        "    f([])\n"
        '  File "p.py", line 2, in f\n'
        "    return x[0]\n"
        "IndexError: list index out of range"
    )


def test_causes_warnings_threads_and_what_never_ends_are_told() -> None:
    cause = ReportedError(exception="KeyError", message="'a'")
    errors = [
        ReportedError(test="test_a", exception="ValueError", before=cause, is_cause=True),
        ReportedError(exception="ResourceWarning", message="unclosed file", kind="warning", frames=(_frame(1),)),
        ReportedError(exception="TypeError", kind="thread"),
        ReportedError(test="test_b", exception="Timeout", kind="timeout"),
        ReportedError(test="test_c", exception="SystemExit", kind="exit"),
    ]
    text = render_errors(errors, FILES)
    assert "KeyError: 'a'\n\nThe above exception was the direct cause" in text
    assert "p.py:1: ResourceWarning: unclosed file\n  def f(x):" in text
    assert "FAILED in a thread\nTypeError" in text
    assert "FAILED test_b: it did not end within its time limit" in text
    assert "FAILED test_c: it left the interpreter" in text
    assert [name_exception(some) for some in (errors, errors[1:2], [])] == ["ValueError", "ResourceWarning", ""]


def _frame(line: int) -> Frame:
    return Frame(file="p.py", line=line, function="f")


@pytest.mark.parametrize(
    "report",
    [
        "",
        "\0",
        "{",
        "[]\nnull\n3",
        '{"check":3}',
        '{"check":"a","value":{}}',
        '{"begun":[]}',
        '{"test":1,"exception":{}}',
        '{"test":"a","exception":"E","frames":[1,[],["a",true,null],{}],"before":[]}',
        '{"warning":{},"line":"x"}',
    ],
)
def test_no_report_breaks_a_reader(report: str) -> None:
    assert read_check_report(report).import_error in ("", "Exception")
    assert isinstance(read_failures(report, is_cut=True), tuple)


def test_a_check_that_is_reported_twice_counts_as_tampered_with() -> None:
    report = '{"check":"check_a","value":"1"}\n{"check":"check_a","value":"2"}\n{"check":"check_b","value":"3"}\n'
    outcomes = read_check_report(report).outcomes
    assert outcomes == {"check_a": Outcome(error="tampered"), "check_b": Outcome(value="3")}


def test_a_test_that_began_and_did_not_end_is_told_of() -> None:
    report = '{"begun":"test_a"}\n{"test":"test_a"}\n{"begun":"test_b"}\n'
    assert [(one.test, one.kind) for one in read_failures(report, is_cut=True)] == [("test_b", "timeout")]
    assert [(one.test, one.kind) for one in read_failures(report, is_cut=False)] == [("test_b", "exit")]
    assert [one.kind for one in read_failures(report + '{"stuck":true}\n', is_cut=False)] == ["timeout"]


@pytest.mark.parametrize(
    ("text", "kind", "exception"),
    [
        ("Traceback (most recent call last):\nKeyError: 'a'", FaultKind.INDEX_KEY, "KeyError"),
        ("E   app.errors.PaymentError: no\n", FaultKind.EXCEPTION, "PaymentError"),
        ("ImportError: x\n\nDuring …\nNameError: y", FaultKind.NAME, "NameError"),
        ("p.py:1: RuntimeWarning: coroutine 'f' was never awaited", FaultKind.ASYNC_AWAIT, ""),
        ("nothing of the kind", FaultKind.EXCEPTION, ""),
    ],
)
def test_an_error_text_is_of_a_kind(text: str, kind: FaultKind, exception: str) -> None:
    assert (guess_kind(text), last_exception(text)) == (kind, exception)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("def test_a():\n    pass", False),
        ("def test_a(tmp_path):\n    pass", True),
        ("import pytest", True),
        ("from pytest import raises", True),
        ("class TestA:\n    pass", True),
        ("class Helper:\n    pass", False),
        ("def helper(a):\n    pass", False),
        ("not a program", False),
    ],
)
def test_whether_tests_need_pytest(text: str, needed: bool) -> None:
    assert needs_pytest(text) is needed


CASE = Case(
    id="abc",
    program="p",
    kind=FaultKind.NAME,
    kinds=(FaultKind.NAME, FaultKind.TYPE),
    level=2,
    files={"p.py": "x = 'ü'\n"},
    original={"p.py": "y = 1\n"},
    visible="v",
    hidden="h",
    expected={"check_a": Outcome(value="1"), "check_b": Outcome(error="KeyError")},
    error="NameError: 'x'",
    exception="NameError",
    edits=("p.py: `y` became `x`",),
)


def test_cases_are_read_as_they_were_written() -> None:
    assert read_cases(write_cases([CASE, CASE])).unwrap() == (CASE, CASE)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{}", "is no kind of fault"),
        ("[1]", "is no kind of fault"),
        ("{", "not JSON"),
        ('{"kind":"name","kinds":[],"level":4}', "no level"),
        ('{"kind":"name","kinds":["name"],"level":1,"files":{}}', "no files"),
    ],
)
def test_a_line_that_is_no_case_is_told_of(line: str, why: str) -> None:
    problem = read_cases(f"{write_cases([CASE])}{line}\n").failure()
    assert problem.startswith("line 2 is no case: ")
    assert why in problem
