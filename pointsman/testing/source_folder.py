"""A folder in memory, for tests of what shows files to a model and changes them."""

from __future__ import annotations

from collections.abc import Mapping

import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.healing.named_files import is_private, normal_path
from pointsman.core.healing.report import PatchNotApplied
from pointsman.core.healing.source_text import read_source
from pointsman.services.ports.source_folder import FileChange, SourceFile, Withheld


@attrs.define
class MemoryFolder:
    """A `SourceFolder` of `files`: bytes by relative path. `read_only` are those that cannot be changed."""

    files: dict[str, bytes] = attrs.field(factory=dict)
    read_only: set[str] = attrs.field(factory=set)
    root: str = "/project"

    async def read(self, path: str, most_bytes: int) -> SourceFile | Withheld | None:
        """As `SourceFolder.read`."""
        await anyio.lowlevel.checkpoint()
        normal = normal_path(path)
        data = self.files.get(normal or "")
        if normal is None or data is None:
            return None
        if is_private(normal):
            return Withheld(path, "it is private")
        if len(data) > most_bytes:
            return Withheld(path, f"it is larger than {most_bytes:,} bytes")
        source = read_source(data)
        return Withheld(path, "it is no text") if source is None else SourceFile(normal, source)

    async def read_all(self, most_bytes: int) -> Mapping[str, str]:
        """As `SourceFolder.read_all`."""
        texts: dict[str, str] = {}
        for path in sorted(self.files, key=lambda path: (path.count("/"), path)):
            found = await self.read(path, most_bytes)
            if isinstance(found, SourceFile):
                most_bytes -= len(found.source.raw)
                texts[path] = found.source.text
        return texts

    async def write(self, changes: Mapping[str, FileChange]) -> Result[None, PatchNotApplied]:
        """As `SourceFolder.write`."""
        await anyio.lowlevel.checkpoint()
        for path, change in changes.items():
            if path in self.read_only:
                return _refuse(path, "it is read-only")
            if path not in self.files:
                return _refuse(path, "it is not there any more")
            if self.files[path] != change.before:
                return _refuse(path, "it was changed meanwhile")
        self.files.update({path: change.after for path, change in changes.items()})
        return Success(None)


def _refuse(path: str, reason: str) -> Result[None, PatchNotApplied]:
    return Failure(PatchNotApplied(detail=f"{path} stays as it is: {reason}"))
