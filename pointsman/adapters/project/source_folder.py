"""A folder on disk. Whatever a path says, nothing outside the folder is read or written, and nothing private.

A change is written beside the file and put in its place in one step, so that a file is never half of anything.
"""

from __future__ import annotations

import os
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType

import anyio
import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.healing.named_files import is_private, normal_path
from pointsman.core.healing.report import PatchNotApplied
from pointsman.core.healing.source_text import read_source
from pointsman.services.ports.source_folder import FileChange, SourceFile, Withheld

_MOST_FILES = 2_000
"""That `read_all` looks at."""


def _real_path(path: Path) -> Path:
    return Path(os.path.realpath(path))


@attrs.frozen
class DiskFolder:
    """A `SourceFolder`: `folder` and what is below it."""

    folder: Path = attrs.field(converter=_real_path)

    @property
    def root(self) -> str:
        """The folder's real path."""
        return str(self.folder)

    async def read(self, path: str, most_bytes: int) -> SourceFile | Withheld | None:
        """As `SourceFolder.read`."""
        return await anyio.to_thread.run_sync(self._read, path, most_bytes)

    async def read_all(self, most_bytes: int) -> Mapping[str, str]:
        """As `SourceFolder.read_all`."""
        return await anyio.to_thread.run_sync(self._read_all, most_bytes)

    async def write(self, changes: Mapping[str, FileChange]) -> Result[None, PatchNotApplied]:
        """As `SourceFolder.write`. An interrupt waits until all files are in place."""
        drafts: dict[Path, Path] = {}
        refused: Result[None, PatchNotApplied] | None = None
        try:
            with anyio.CancelScope(shield=True):
                refused = await anyio.to_thread.run_sync(partial(self._prepare, changes, drafts))
            return refused or _put_in_place(drafts, changes, self.folder)
        finally:
            for draft in drafts.values():
                with suppress(OSError):
                    draft.unlink()

    def _place(self, path: str) -> Path | Withheld | None:
        """Where the file really is."""
        normal = normal_path(path)
        if normal is None or "\0" in path:
            return None
        try:
            place = Path(os.path.realpath(self.folder / normal))
            if not place.is_file():
                return None
        except OSError:
            return None
        if not place.is_relative_to(self.folder):
            return Withheld(path, "it leads out of the folder")
        if is_private(normal) or is_private(place.relative_to(self.folder).as_posix()):
            return Withheld(path, "it is private")
        return place

    def _read(self, path: str, most_bytes: int) -> SourceFile | Withheld | None:
        place = self._place(path)
        if not isinstance(place, Path):
            return place
        try:
            with place.open("rb") as file:
                data = file.read(most_bytes + 1)
        except OSError as problem:
            return Withheld(path, problem.strerror or "it cannot be read")
        if len(data) > most_bytes:
            return Withheld(path, f"it is larger than {most_bytes:,} bytes")
        source = read_source(data)
        if source is None:
            return Withheld(path, "it is no text")
        return SourceFile(place.relative_to(self.folder).as_posix(), source)

    def _read_all(self, most_bytes: int) -> dict[str, str]:
        texts: dict[str, str] = {}
        room = most_bytes
        for path in self._paths():
            found = self._read(path, room)
            if isinstance(found, SourceFile):
                room -= len(found.source.raw)
                texts[path] = found.source.text
        return texts

    def _paths(self) -> Iterator[str]:
        seen, folders = 0, [self.folder]
        for folder in folders:
            with suppress(OSError):
                for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                    path = Path(entry.path).relative_to(self.folder).as_posix()
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith(".") and not is_private(f"{path}/x.py"):
                            folders.append(Path(entry.path))
                    elif seen < _MOST_FILES and not is_private(path):
                        seen += 1
                        yield path

    def _prepare(
        self, changes: Mapping[str, FileChange], drafts: dict[Path, Path]
    ) -> Result[None, PatchNotApplied] | None:
        """Write every new text beside its file; None where all went well."""
        for path, change in changes.items():
            place = self._place(path)
            if not isinstance(place, Path):
                return _refuse(path, place.reason if place else "it is not there any more")
            if place in drafts:
                return _refuse(path, "it is named twice")
            try:
                mode = place.stat().st_mode
                if place.read_bytes() != change.before:
                    return _refuse(path, "it was changed meanwhile")
                if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(place, os.W_OK):
                    return _refuse(path, "it is read-only")
                drafts[place] = _write_draft(place, change.after, stat.S_IMODE(mode))
            except OSError as problem:
                return _refuse(path, problem.strerror or "it cannot be written")
        return None


def _write_draft(place: Path, data: bytes, mode: int) -> Path:
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        owner, ours = place.stat(), draft.stat()
        # Python keeps compiled files by whole seconds and size: a change within a second would not be seen
        later = max(ours.st_mtime, int(owner.st_mtime) + 1)
        os.utime(draft, (later, later))
        if (owner.st_uid, owner.st_gid) != (ours.st_uid, ours.st_gid) and hasattr(os, "chown"):
            with suppress(OSError):
                os.chown(draft, owner.st_uid, owner.st_gid)
    except BaseException:
        draft.unlink()
        raise
    return draft


def _put_in_place(
    drafts: dict[Path, Path], changes: Mapping[str, FileChange], folder: Path
) -> Result[None, PatchNotApplied]:
    """Put all drafts in place, or none: it takes no time, so the event loop waits, and an interrupt with it."""
    done: dict[Path, FileChange] = {}
    by_place = dict(zip(drafts, changes.values(), strict=True))
    with _interrupts_held():
        for place, draft in drafts.items():
            try:
                os.replace(draft, place)
            except OSError as problem:
                for earlier, change in done.items():
                    with suppress(OSError):
                        os.replace(_write_draft(earlier, change.before, stat.S_IMODE(earlier.stat().st_mode)), earlier)
                return _refuse(place.relative_to(folder).as_posix(), problem.strerror or "it cannot be written")
            done[place] = by_place[place]
    drafts.clear()
    return Success(None)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C inside takes effect at the end. Elsewhere than in the main thread there is nothing to hold."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[FrameType | None] = []
    before = signal.signal(signal.SIGINT, lambda _, frame: came.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(signal.SIGINT, came[0])


def _refuse(path: str, reason: str) -> Result[None, PatchNotApplied]:
    return Failure(PatchNotApplied(detail=f"{path} stays as it is: {reason}"))
