"""Port: the files of one folder, to be shown to a model and changed by one. It gives nothing that lies outside.

Knows text, and nothing of errors or models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs
from returns.result import Result

from pointsman.core.healing.report import PatchNotApplied
from pointsman.core.healing.source_text import SourceText


@attrs.frozen
class SourceFile:
    """A file as it was read: `path` is relative, with `/`."""

    path: str
    source: SourceText = attrs.field(repr=False)


@attrs.frozen
class Withheld:
    """A file that is there and is not given: private, binary, too large, or outside; `reason` ends a sentence."""

    path: str
    reason: str


@attrs.frozen
class FileChange:
    """Bytes of a file: what it must hold `before`, so that nobody's change is lost, and what it shall hold `after`."""

    before: bytes = attrs.field(repr=False)
    after: bytes = attrs.field(repr=False)

    @property
    def reverse(self) -> FileChange:
        """What takes it back."""
        return FileChange(self.after, self.before)


class SourceFolder(Protocol):
    """A folder. Cancelling a write leaves every file whole: as it was, or as it shall be."""

    @property
    def root(self) -> str:
        """Its absolute path."""
        ...

    async def read(self, path: str, most_bytes: int) -> SourceFile | Withheld | None:
        """The text file at `path`; None where there is none."""
        ...

    async def read_all(self, most_bytes: int) -> Mapping[str, str]:
        """All text files that are not private, as far as `most_bytes` go, the shallowest first."""
        ...

    async def write(self, changes: Mapping[str, FileChange]) -> Result[None, PatchNotApplied]:
        """Change all these files or none, each in one step; their modes stay. Files that are read-only stay, too."""
        ...
