"""The file of a process: what it has promised, and is not yet in the database. It knows no tables.

A line is written with one call before the promise is made, so that it survives the process (not the machine: there is
no `fsync`). Lines are numbered; the database remembers up to which it has them, so none counts twice. Two files take
turns, so that one can be emptied while the other is written. The lock on the first says that the process lives.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

import attrs

from pointsman.adapters.sql.file_lock import forget_in_children, lock_file
from pointsman.core.json import Json, dumps, loads

_FIRST, _SECOND = ".calls", ".more"
_ASIDE = "-unread"
_UNREAD = b"~\n"
"""Ends what was written before so that nobody reads it as a line."""
_PROBE = b" " * 4094 + _UNREAD
"""More than what is left of a block that the file has already."""
_TRIES = 20
_MODE = os.O_RDWR | os.O_APPEND | os.O_CREAT


@attrs.define(eq=False)
class Journal:
    """Of the process `id`; the files are in `folder`, readable by their owner only, and locked."""

    folder: Path
    id: str = attrs.field(factory=lambda: token_hex(8))
    number: int = 0
    """Of the last line."""
    _files: list[int] = attrs.field(factory=list, repr=False)
    _sizes: list[int] = attrs.field(factory=lambda: [0, 0], repr=False)
    _is_torn: list[bool] = attrs.field(factory=lambda: [False, False], repr=False)
    """Whether a file ends in half a line, or in one whose writer was told that it failed."""
    _active: int = 0

    def append(self, line: list[Json]) -> None:
        """Write `line` under the next number. Raises OSError where not all of it was written; then nothing is."""
        self.begin()
        self.number += 1
        data = dumps([self.number, *line]) + b"\n"
        if self._is_torn[self._active]:
            data = _UNREAD + data
        try:
            written = os.write(self._files[self._active], data)
        except OSError:
            self._take_back()
            raise
        if written < len(data):
            self._take_back()
            raise OSError("the disk is full")
        self._sizes[self._active] += written
        self._is_torn[self._active] = False

    def probe(self) -> None:
        """Write something that is nobody's, and take it back. Raises OSError where a line could not be written."""
        self.begin()
        try:
            if os.write(self._files[self._active], _PROBE) < len(_PROBE):
                raise OSError("the disk is full")
        finally:
            self._take_back()

    def _take_back(self) -> None:
        """Cut off what was written by half; where even that fails, the next line ends it."""
        self._is_torn[self._active] = True
        with suppress(OSError):
            os.ftruncate(self._files[self._active], self._sizes[self._active])
            self._is_torn[self._active] = False

    def turn(self) -> None:
        """Go on in the other file, if that is empty."""
        if not self._sizes[1 - self._active]:
            self._active = 1 - self._active

    def drop_others(self) -> None:
        """Empty the file that is not written: the database has all its lines."""
        other = 1 - self._active
        if self._sizes[other]:
            with suppress(OSError):
                os.ftruncate(self._files[other], 0)
                self._sizes[other], self._is_torn[other] = 0, False

    def close(self, *, keep: bool = False) -> None:
        """Let go of the files; delete them, unless somebody is to read them."""
        for descriptor in self._files:
            os.close(descriptor)
        if self._files and not keep:
            _delete(self.folder, self.id)
        self._files = []

    def forget(self) -> None:
        """After a fork: the files are the other process's."""
        for descriptor in self._files:
            os.close(descriptor)
        self._files = []

    def begin(self) -> None:
        """Make the files and lock them, if it was not done. Raises OSError."""
        if self._files:
            return
        for _ in range(_TRIES):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if self.folder.stat().st_mode & 0o077:  # it was there before
                self.folder.chmod(0o700)
            path = self.folder / f"{self.id}{_FIRST}"
            with suppress(FileNotFoundError):  # who went last has deleted the folder
                first = os.open(path, _MODE, 0o600)
                try:
                    if lock_file(first) and _is_at(first, path):
                        self._files = [first, os.open(self.folder / f"{self.id}{_SECOND}", _MODE, 0o600)]
                        forget_in_children(self)
                        return
                finally:
                    if not self._files:
                        os.close(first)
            self.id = token_hex(8)  # before it was locked, somebody has taken it for that of a dead process
        raise OSError("others delete the files of this process")


@attrs.define(eq=False)
class LeftJournal:
    """That of a process that has died; it is locked here, so that nobody else takes it over at the same time."""

    folder: Path
    id: str
    _first: int = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        forget_in_children(self)

    def lines(self) -> list[Json]:
        """All lines, an empty text for one that is no JSON. What was written by half is left out. Raises OSError."""
        lines: list[bytes] = []
        for ending in (_FIRST, _SECOND):
            with suppress(FileNotFoundError):
                lines += (self.folder / f"{self.id}{ending}").read_bytes().split(b"\n")[:-1]
        return [loads(line).value_or("") for line in lines if not line.endswith(_UNREAD[:-1])]

    def discard(self) -> None:
        """Delete it: the database has all its lines."""
        _delete(self.folder, self.id)

    def set_aside(self) -> Path:
        """Rename it, so that nobody takes it over, and say where it is: it holds what this version cannot read."""
        for ending in (_SECOND, _FIRST):
            with suppress(OSError):
                os.replace(self.folder / f"{self.id}{ending}", self.folder / f"{self.id}{ending}{_ASIDE}")
        return self.folder / f"{self.id}{_FIRST}{_ASIDE}"

    def close(self) -> None:
        """Let go of it."""
        if self._first >= 0:
            os.close(self._first)
            self._first = -1

    def forget(self) -> None:
        """After a fork: the file is the other process's."""
        self.close()


def journals_of(database: Path) -> Path:
    """The folder of all that use `database`: one, whatever name they know it by."""
    path = database.resolve()
    return path.with_name(f"{path.name}-calls")


def left_journals(folder: Path, own: str) -> Iterator[LeftJournal]:
    """Those in `folder` whose processes have died. Whoever takes one closes it before the next."""
    for id in sorted(list_journals(folder) or ()):
        if id == own:
            continue
        path = folder / f"{id}{_FIRST}"
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR)
            if lock_file(descriptor) and _is_at(descriptor, path):
                yield LeftJournal(folder, id, descriptor)
            else:
                os.close(descriptor)


def list_journals(folder: Path) -> frozenset[str] | None:
    """The ids of all processes that have a file in `folder`; None where that cannot be known now.

    Not with `glob`, which before Python 3.13 gives nothing where the folder cannot be read: all would seem dead.
    """
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name.removesuffix(_FIRST) for entry in entries if entry.name.endswith(_FIRST))
    except FileNotFoundError:
        return frozenset()  # who has something in the database has a file, and so there would be a folder
    except OSError:
        return None


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that `path` names, and was not deleted meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _delete(folder: Path, id: str) -> None:
    for ending in (_SECOND, _FIRST):  # the first, which says that there is one, last
        with suppress(OSError):
            os.unlink(folder / f"{id}{ending}")
    with suppress(OSError):
        folder.rmdir()
