"""An error as a program reports it: language, type, message and frames, and what makes two errors the same. Pure."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import attrs

Language: TypeAlias = Literal["python", "node", "java", "go", "rust"]

_FOREIGN = re.compile(
    r"site-packages|dist-packages|[/\\]lib(?:64)?[/\\]python\d|[/\\]Python\d+[/\\]Lib[/\\]|^<|node_modules|^node:|^internal/"
    r"|/rustc/|\.cargo/registry|/(?:usr/local|usr/lib|opt)/go[\w.-]*/src/|/go/pkg/mod/|libexec/src/"
    r"|^(?:java|javax|jdk|sun|com/sun|kotlin|scala|org/junit|org/gradle|org/apache/maven)/"
)


@attrs.frozen
class StackFrame:
    """A place in a call stack; `path` as the error names it, `line` from 1."""

    path: str
    line: int
    function: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is not a library's, as far as the path tells."""
        return _FOREIGN.search(self.path) is None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f" in {self.function}" if self.function else "")


@attrs.frozen(kw_only=True)
class ErrorTrace:
    """One error; `frames` begin with the outermost, `text` is as much of what was printed as is kept."""

    language: Language
    type: str
    message: str = ""
    frames: tuple[StackFrame, ...] = ()
    text: str = attrs.field(default="", repr=False)

    @property
    def place(self) -> StackFrame | None:
        """The last own frame; the last of all where none is own."""
        own = [frame for frame in self.frames if frame.is_own]
        return (own or self.frames or (None,))[-1]

    @property
    def group(self) -> ErrorGroup:
        """What it has in common with others of its kind."""
        place = self.place
        return ErrorGroup(self.type, place.path if place else "", place.line if place else 0)

    @property
    def title(self) -> str:
        """`ValueError at app.py:3 in read`."""
        return f"{self.type} at {self.place}" if self.place else self.type


@attrs.frozen
class ErrorGroup:
    """Errors of one type from one place are one error."""

    type: str
    path: str
    line: int
