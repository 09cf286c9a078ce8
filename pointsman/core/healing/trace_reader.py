"""Finds the errors in a stream of lines, as they end. Pure: state in, lines in, errors out; bounded memory."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

import attrs

from pointsman.core.healing.error_trace import ErrorTrace, StackFrame
from pointsman.core.healing.trace_rules import GoTrace, OpenTrace, PythonTrace, RustTrace, ThrownTrace

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_PLACE = re.compile(r"^([^\s:][^:]*\.py):(\d+): ?(?:in (\S+)|([A-Za-z_][\w.]*))?$")
_REPORTED = re.compile(r"^E\s+([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)\w*)(?::\s*(.*))?$")
_CULPRIT = re.compile(r'^E\s+File "([^"]+)", line (\d+)')
_RULE = re.compile(r"^(?:_{4,} .+ _{4,}|={4,}.*={4,})$")
_MOST_PLACES = 100


def without_colours(text: str) -> str:
    """`text` without what only moves or colours a terminal."""
    return _COLOURS.sub("", text).replace("\r\n", "\n") if "\x1b" in text or "\r" in text else text


@attrs.define
class _PytestReport:
    """The error of one test as pytest shows it."""

    frames: deque[StackFrame] = attrs.field(factory=lambda: deque(maxlen=_MOST_PLACES))
    type: str = ""
    message: str = ""

    def take(self, line: str) -> ErrorTrace | None:
        """See what `line` adds; the error where it ends one."""
        place = _PLACE.match(line)
        if place:
            self.frames.append(StackFrame(place[1], int(place[2]), place[3] or ""))
            if place[4]:
                return self.finish(place[4])
        elif reported := _REPORTED.match(line):
            self.type, self.message = reported[1], reported[2] or ""
        elif culprit := _CULPRIT.match(line):
            self.frames.append(StackFrame(culprit[1], int(culprit[2])))
        elif line.startswith("E  ") and not self.message:
            self.message = line[1:].strip()
        elif _RULE.match(line):
            return self.finish(self.type)
        return None

    def finish(self, type: str) -> ErrorTrace | None:
        """The error of `type`, and a new beginning."""
        frames, message = tuple(self.frames), self.message
        self.frames.clear()
        self.type = self.message = ""
        if not frames or not type:
            return None
        return ErrorTrace(language="python", type=type, message=message[:500], frames=frames)


@attrs.define
class TraceReader:
    """Reads lines; `feed` gives the errors that a line has ended, `finish` the one that may be open."""

    _open: OpenTrace | None = None
    _before: deque[str] = attrs.field(factory=lambda: deque(maxlen=6))
    _pytest: _PytestReport = attrs.field(factory=_PytestReport)

    def feed(self, line: str) -> Iterator[ErrorTrace]:
        """Read one line, without its end."""
        line = without_colours(line)[:4000]
        if self._open is not None:
            if self._open.take(line):
                return
            yield from self._close()
        self._open = (
            PythonTrace.begin(line)
            or ThrownTrace.begin(tuple(self._before), line)
            or GoTrace.begin(line)
            or RustTrace.begin(line)
        )
        if self._open is not None:
            self._before.clear()
            return
        self._before.append(line)
        reported = self._pytest.take(line)
        if reported is not None:
            yield reported

    def finish(self) -> Iterator[ErrorTrace]:
        """What is open is whole: nothing more comes, for now or at all."""
        yield from self._close()
        reported = self._pytest.finish(self._pytest.type)
        if reported is not None:
            yield reported

    def _close(self) -> Iterator[ErrorTrace]:
        opened, self._open = self._open, None
        trace = opened.finish() if opened is not None else None
        if trace is not None:
            yield trace


def read_traces(lines: Iterable[str]) -> list[ErrorTrace]:
    """All errors in `lines`."""
    reader = TraceReader()
    found = [trace for line in lines for trace in reader.feed(line)]
    return [*found, *reader.finish()]
