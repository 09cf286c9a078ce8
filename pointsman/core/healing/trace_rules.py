"""How Python, pytest, Node, Java, Go and Rust print an error, line by line. Pure; simple rules, bounded memory.

An open trace takes lines until one is not its own. It never fails: what it does not know ends it.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Protocol

import attrs

from pointsman.core.healing.error_trace import ErrorTrace, Language, StackFrame

MOST_CHARACTERS = 16_000
"""Of an error's text that are kept."""
_MOST_FRAMES = 100

_PYTHON_HEAD = re.compile(r"(?:Exception Group )?Traceback \(most recent call last\):")
_PYTHON_FRAME = re.compile(r'^\s+(?:\| +)*File "([^"]+)", line (\d+)(?:, in (.+))?')
_PYTHON_ERROR = re.compile(r"^([A-Za-z_][\w.]*)(?:: ?(.*)|:?)$")
_PYTHON_CHAIN = ("During handling of the above exception", "The above exception was the direct cause")
_THROWN = re.compile(
    r"(?<![\w.$/])([A-Za-z_$][\w.$]*(?:Error|Exception|Throwable)|Error)(?: \[\w+\])?(?::\s*(.*))?$",
)
_AT = re.compile(r"^\s+at\s+\S")
_JAVA_FRAME = re.compile(r"^\s+at (?:[\w.@]+/)*([\w.$]+)\.[\w$<>]+\(([\w.]+):(\d+)\)")
_NODE_FRAME = re.compile(r"^\s+at (?:async )?(?:([^()]*?) \()?(?:file://)?([^()]+?):(\d+)(?::\d+)?\)?$")
_CAUSED = re.compile(r"^Caused by: ([\w.$]+)(?:: (.*))?$")
_GO_HEAD = re.compile(r"^(panic|fatal error): (.*)$")
_GO_FRAME = re.compile(r"^\t(\S.*?):(\d+)(?: \+0x[0-9a-f]+)?$")
_GO_OTHER = re.compile(r"^(?:goroutine \d+|\[signal |created by |exit status |runtime: |\s*$|[\w./*()\[\]{}-]+\(.*\)$)")
_RUST_HEAD = re.compile(r"^thread '.*?'(?: \(\d+\))? panicked at (?:'(.*)', )?(\S.*?):(\d+):\d+:?$")
_RUST_OTHER = re.compile(r"^(?:note: |stack backtrace:|\s+\d+: |\s+at )")


class OpenTrace(Protocol):
    """An error of which more may come."""

    def take(self, line: str) -> bool:
        """Take `line` in; False where it is not a part of the error, which then is whole."""
        ...

    def finish(self) -> ErrorTrace | None:
        """The error; None where it was none after all."""
        ...


@attrs.define
class _Open:
    """What all open traces keep."""

    type: str = ""
    message: str = ""
    frames: deque[StackFrame] = attrs.field(factory=lambda: deque(maxlen=_MOST_FRAMES))
    _lines: list[str] = attrs.field(factory=list)
    _size: int = 0

    def keep(self, line: str) -> bool:
        """Keep `line` as a part of the text, as long as there is room."""
        if self._size < MOST_CHARACTERS:
            self._lines.append(line[: MOST_CHARACTERS - self._size])
            self._size += len(line) + 1
        return True

    def say(self, type: str, message: str | None) -> None:
        """The error is of this type, and this is its message."""
        self.type, self.message = type, message or ""

    def trace(self, language: Language, frames: tuple[StackFrame, ...]) -> ErrorTrace | None:
        """The error as it stands."""
        if not self.type:
            return None
        text = "\n".join(self._lines).rstrip()
        return ErrorTrace(language=language, type=self.type, message=self.message[:500], frames=frames, text=text)


@attrs.define
class PythonTrace(_Open):
    """A traceback, with those of its causes; `column` is where it begins on lines that a logger has begun."""

    column: int = 0
    _has_ended: bool = False
    _is_chained: bool = False

    @classmethod
    def begin(cls, line: str) -> PythonTrace | None:
        """Opened by a head, or by the place of a syntax error."""
        head = _PYTHON_HEAD.search(line)
        if head:
            opened = cls(column=head.start())
        elif line.startswith('  File "') and (frame := _PYTHON_FRAME.match(line)) and frame[3] is None:
            opened = cls()
            opened.frames.append(StackFrame(frame[1], int(frame[2])))
        else:
            return None
        opened.keep(line)
        return opened

    def take(self, line: str) -> bool:
        """As `OpenTrace.take`."""
        if self.column and not self.frames and not _PYTHON_FRAME.match(line[self.column :]):
            self.column = 0
        text = line[self.column :]
        return self._take_end(text) if self._has_ended else self._take_frame(text)

    def _take_frame(self, text: str) -> bool:
        frame = _PYTHON_FRAME.match(text)
        if frame:
            self.frames.append(StackFrame(frame[1], int(frame[2]), frame[3] or ""))
            return self.keep(text)
        if text[:1].isspace() or not text:
            return bool(self.frames) and self.keep(text)
        error = _PYTHON_ERROR.match(text)
        if error is None or not self.frames:
            return False
        self.say(error[1], error[2])
        self._has_ended = True
        return self.keep(text)

    def _take_end(self, text: str) -> bool:
        if not text.strip():
            return self.keep("")
        if text.startswith(_PYTHON_CHAIN):
            self._is_chained = True
            return self.keep(text)
        if self._is_chained and _PYTHON_HEAD.match(text):
            self.frames.clear()
            self._has_ended = self._is_chained = False
            return self.keep(text)
        return False

    def finish(self) -> ErrorTrace | None:
        """As `OpenTrace.finish`."""
        return self.trace("python", tuple(self.frames))


@attrs.define
class ThrownTrace(_Open):
    """What Node and Java print: the error, then `at …`, the innermost first. A cause replaces what it caused."""

    language: Language = "node"

    @classmethod
    def begin(cls, before: tuple[str, ...], line: str) -> ThrownTrace | None:
        """Opened by the first `at …`, where one of the lines before says what was thrown."""
        if not _AT.match(line):
            return None
        for number in range(len(before) - 1, -1, -1):
            thrown = _THROWN.search(before[number])
            if thrown:
                opened = cls(thrown[1], thrown[2] or "")
                for one in before[number:]:
                    opened.keep(one)
                return opened if opened.take(line) else None
        return None

    def take(self, line: str) -> bool:
        """As `OpenTrace.take`."""
        caused = _CAUSED.match(line)
        if caused:
            self.say(caused[1], caused[2])
            self.frames.clear()
            return self.keep(line)
        if not _AT.match(line):
            return line.lstrip().startswith("... ") and self.keep(line)
        java, node = _JAVA_FRAME.match(line), _NODE_FRAME.match(line)
        if java:
            self.language = "java"
            package = java[1].rpartition(".")[0].replace(".", "/")
            self._add(StackFrame(f"{package}/{java[2]}".lstrip("/"), int(java[3]), java[1].rpartition(".")[2]))
        elif node:
            self._add(StackFrame(node[2], int(node[3]), node[1] or ""))
        return self.keep(line)

    def _add(self, frame: StackFrame) -> None:
        if len(self.frames) < _MOST_FRAMES:
            self.frames.append(frame)

    def finish(self) -> ErrorTrace | None:
        """As `OpenTrace.finish`."""
        return self.trace(self.language, tuple(reversed(self.frames)))


@attrs.define
class GoTrace(_Open):
    """A panic of Go, of which the first goroutine counts."""

    _function: str = ""
    _goroutines: int = 0

    @classmethod
    def begin(cls, line: str) -> GoTrace | None:
        """Opened by `panic:` or `fatal error:`."""
        head = _GO_HEAD.match(line)
        if head is None:
            return None
        opened = cls(head[1], head[2])
        opened.keep(line)
        return opened

    def take(self, line: str) -> bool:
        """As `OpenTrace.take`."""
        frame = _GO_FRAME.match(line)
        if frame:
            if self._goroutines == 1 and len(self.frames) < _MOST_FRAMES:
                self.frames.append(StackFrame(frame[1], int(frame[2]), self._function))
            return self.keep(line)
        if not _GO_OTHER.match(line):
            return False
        if line.startswith("goroutine "):
            self._goroutines += 1
        self._function = line.partition("(")[0]
        return self.keep(line)

    def finish(self) -> ErrorTrace | None:
        """As `OpenTrace.finish`."""
        return self.trace("go", tuple(reversed(self.frames)))


@attrs.define
class RustTrace(_Open):
    """A panic of Rust: its own place counts, the backtrace is kept as text."""

    has_message: bool = False

    @classmethod
    def begin(cls, line: str) -> RustTrace | None:
        """Opened by `thread '…' panicked at`."""
        head = _RUST_HEAD.match(line)
        if head is None:
            return None
        opened = cls("panic", head[1] or "", has_message=head[1] is not None)
        opened.frames.append(StackFrame(head[2], int(head[3])))
        opened.keep(line)
        return opened

    def take(self, line: str) -> bool:
        """As `OpenTrace.take`."""
        if not self.has_message:
            self.has_message = True
            self.say(self.type, line.strip())
            return self.keep(line)
        return bool(_RUST_OTHER.match(line)) and self.keep(line)

    def finish(self) -> ErrorTrace | None:
        """As `OpenTrace.finish`."""
        return self.trace("rust", tuple(self.frames))
