"""Whether a change has helped a command that still fails: by counted tests, else by what error is left. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from pointsman.core.healing.error_trace import ErrorTrace
from pointsman.core.healing.patch import Patch

_NUMBER = r"(?<!\d)(\d{1,9})"
"""Bounded, and begun nowhere within a number: a line of nothing but digits is read once."""
_COUNTS = re.compile(rf"{_NUMBER} (passed|failed|errors?|failures?)\b", re.I)
_BEGINS = re.compile(r"\d{1,9} (?:passed|failed|errors?)\b")
_TOOK = re.compile(r" in [\d.:]+ ?s")
_MOCHA = re.compile(rf"^[ \t]+{_NUMBER} (passing|failing)\b", re.M)
_RAN = re.compile(r"^Ran (\d{1,9}) tests? in ", re.M)
_UNITTEST = re.compile(r"^FAILED \((.*)\)$", re.M)
_GO_TESTS = re.compile(r"^[ \t]*--- (PASS|FAIL): ", re.M)
_BROKEN = ("SyntaxError", "IndentationError", "TabError")


@attrs.frozen
class SuiteTally:
    """How many tests passed and failed. `errors` are those of the failed that may be no tests: a file that broke."""

    passed: int
    failed: int
    errors: int = 0


@attrs.frozen(kw_only=True)
class FailedRun:
    """A run that failed: what it printed, and the errors in that."""

    output: str = attrs.field(repr=False)
    traces: tuple[ErrorTrace, ...]
    tally: SuiteTally | None

    @property
    def last(self) -> ErrorTrace | None:
        """The error that counts."""
        return self.traces[-1] if self.traces else None


def failed_run(output: str, traces: Sequence[ErrorTrace]) -> FailedRun:
    """`output`, without colours, with what can be counted in it."""
    return FailedRun(output=output, traces=tuple(traces), tally=count_tests(output))


def count_tests(output: str) -> SuiteTally | None:
    """What the last summary says: of pytest, unittest, Jest, Mocha, cargo; or the marks of `go test -v`."""
    ran, failed = _RAN.findall(output), _UNITTEST.findall(output)
    if ran:
        wrong = sum(int(number) for number in re.findall(r"(?:failures|errors)=(\d{1,9})", failed[-1])) if failed else 0
        return SuiteTally(int(ran[-1]) - wrong, wrong)
    summaries = [line for line in map(str.rstrip, output.split("\n")) if _is_summary(line)]
    if summaries:
        crates = [one for one in summaries if one.startswith("test result: ")]  # cargo: one for each crate
        counted = _COUNTS.findall("\n".join(crates) or summaries[-1])
        counts = {"p": 0, "f": 0, "e": 0}
        for number, word in (*counted, *_MOCHA.findall("\n".join(summaries))):
            counts[word[0].lower()] += int(number)
        return SuiteTally(counts["p"], counts["f"] + counts["e"], counts["e"])
    marks = _GO_TESTS.findall(output)
    return SuiteTally(marks.count("PASS"), marks.count("FAIL")) if marks else None


def _is_summary(line: str) -> bool:
    if line.startswith(("Tests: ", "test result: ")) or _MOCHA.match(line):
        return True
    if line.startswith("=") and line.endswith("="):
        return " " in line and _COUNTS.search(line) is not None
    return _BEGINS.match(line) is not None and _TOOK.search(line) is not None


def has_helped(before: FailedRun, after: FailedRun, patch: Patch) -> bool:
    """Whether `after`, which still failed, came further than `before`.

    Where tests are counted, more must pass, or fewer fail while no fewer pass. Else the error must be another one, and
    not one that the change has brought in: a file that it broke, or a line that it wrote.
    """
    if before.tally is not None and after.tally is not None:
        more = after.tally.passed - before.tally.passed
        return more > 0 or (more == 0 and after.tally.failed < before.tally.failed)
    if before.last is None or after.last is None:
        return before.last is not None and after.tally is not None
    return not _is_same(before.last, after.last) and not _is_brought_in(before.last, after.last, patch)


def _is_same(before: ErrorTrace, after: ErrorTrace) -> bool:
    """Whether it is the same error, perhaps moved by lines that were written above it."""
    if before.group == after.group:
        return True
    here, there = before.place, after.place
    same_words = (before.type, before.message) == (after.type, after.message)
    return same_words and here is not None and there is not None and here.function == there.function


def _is_brought_in(before: ErrorTrace, after: ErrorTrace, patch: Patch) -> bool:
    """Whether the change itself has made the error `after`."""
    place = after.place
    path = next((path for path in patch.paths if place and f"/{place.path}".endswith(f"/{path}")), None)
    if place is None or path is None:
        return False
    if place.line in patch.new_lines(path):
        return True
    went_on = before.type in _BROKEN and before.place is not None and before.place.line < place.line
    return after.type in _BROKEN and not went_on
