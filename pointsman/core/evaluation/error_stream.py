"""The errors that a run of tests reported, as data, and as the text that a developer would see. Pure.

The text is made here, not by the process that ran: it is the same wherever it ran, and names neither its folders nor
the hidden checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import attrs

from pointsman.core.evaluation.fault import FaultKind, Files

ErrorSource: TypeAlias = Literal["error", "warning", "thread", "timeout", "exit"]
"""A test raised; Python warned; a thread raised beside the test; a limit ended it; it left the interpreter."""


@attrs.frozen(kw_only=True)
class Frame:
    """One call of a traceback: file, line (from 1), function. No file: `line` is how many calls are left out."""

    file: str
    line: int
    function: str


@attrs.frozen(kw_only=True)
class ReportedError:
    """One error of a run. `test` is empty where it came before any test, or beside them.

    `before` is the exception that was being handled, or, where `is_cause`, the one that it was raised from.
    """

    test: str = ""
    exception: str
    message: str = ""
    frames: tuple[Frame, ...] = ()
    kind: ErrorSource = "error"
    before: ReportedError | None = None
    is_cause: bool = False


_KINDS_BY_EXCEPTION: dict[str, FaultKind] = {
    "SyntaxError": FaultKind.SYNTAX,
    "IndentationError": FaultKind.SYNTAX,
    "TabError": FaultKind.SYNTAX,
    "NameError": FaultKind.NAME,
    "UnboundLocalError": FaultKind.NAME,
    "TypeError": FaultKind.TYPE,
    "AttributeError": FaultKind.ATTRIBUTE,
    "IndexError": FaultKind.INDEX_KEY,
    "KeyError": FaultKind.INDEX_KEY,
    "UnicodeDecodeError": FaultKind.ENCODING,
    "UnicodeEncodeError": FaultKind.ENCODING,
    "ImportError": FaultKind.IMPORT,
    "ModuleNotFoundError": FaultKind.IMPORT,
    "ResourceWarning": FaultKind.RESOURCE_LEAK,
    "Timeout": FaultKind.PERFORMANCE,
    "RecursionError": FaultKind.BOUNDARY,
    "AssertionError": FaultKind.WRONG_OPERATOR,
}
"""What an exception most often is the sign of; a fault of any kind may raise any of them."""


def guess_kind(text: str) -> FaultKind:
    """The kind of fault that an error's text speaks of, by its last exception; `exception` where none is known."""
    if "was never awaited" in text:
        return FaultKind.ASYNC_AWAIT
    return _KINDS_BY_EXCEPTION.get(last_exception(text), FaultKind.EXCEPTION)


def last_exception(text: str) -> str:
    """The name of the last exception in a traceback's text; empty where there is none."""
    names = _EXCEPTION.findall(text)
    return names[-1].rpartition(".")[2] if names else ""


_EXCEPTION = re.compile(
    r"^(?:E +)?((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Timeout))\b", re.MULTILINE
)
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n"


def render_errors(errors: Sequence[ReportedError], files: Files) -> str:
    """The text of `errors`; `files`, tests included, are where the lines of its tracebacks are taken from."""
    return "\n\n".join("\n".join(_paragraph(error, files)) for error in errors)


def name_exception(errors: Sequence[ReportedError]) -> str:
    """The exception that stands for all of them: of the first test that failed, else of the first warning."""
    failed = [error for error in errors if error.kind != "warning"]
    return next((error.exception for error in (*failed, *errors)), "")


def _paragraph(error: ReportedError, files: Files) -> Iterator[str]:
    match error.kind:
        case "warning":
            yield from _warning(error, files)
        case "timeout":
            yield f"FAILED {error.test or 'import'}: it did not end within its time limit"
        case "exit":
            yield f"FAILED {error.test}: it left the interpreter"
        case "thread" | "error":
            yield "FAILED in a thread" if error.kind == "thread" else f"FAILED {error.test or 'to import the tests'}"
            yield from _traceback(error, files)


def _warning(error: ReportedError, files: Files) -> Iterator[str]:
    frame = error.frames[0] if error.frames else Frame(file="", line=0, function="")
    where = f"{frame.file}:{frame.line}: " if frame.file else ""
    yield f"{where}{error.exception}: {error.message}"
    line = _source_line(frame, files)
    if line:
        yield f"  {line}"


def _traceback(error: ReportedError, files: Files) -> Iterator[str]:
    if error.before is not None:
        yield from _traceback(error.before, files)
        yield _CAUSE if error.is_cause else _CONTEXT
    if error.frames:
        yield "Traceback (most recent call last):"
    for frame in error.frames:
        if not frame.file:
            yield f"  [{frame.line} more calls]"
            continue
        called = f", in {frame.function}" if frame.function else ""
        yield f'  File "{frame.file}", line {frame.line}{called}'
        line = _source_line(frame, files)
        if line:
            yield f"    {line}"
    yield f"{error.exception}: {error.message}" if error.message else error.exception


def _source_line(frame: Frame, files: Files) -> str:
    lines = files.get(frame.file, "").split("\n")
    return lines[frame.line - 1].strip() if 0 < frame.line <= len(lines) else ""
