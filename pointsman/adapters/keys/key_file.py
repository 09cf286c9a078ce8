"""The keys in a file of their own, which only its owner can read. The newest comes first, a line each."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret

Keys = tuple[Secret, ...]


@attrs.frozen
class KeyFile:
    """The file `path`, of mode 600 in a folder of mode 700; written whole or not at all."""

    path: Path

    @property
    def place(self) -> str:
        """Where the keys are, for messages."""
        return f"the key file {str(self.path)!r}"

    def version(self) -> object:
        """Something that changes when the keys do."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ino, found.st_size)

    def read(self) -> Result[Keys, StorageError]:
        """The keys; none where there is no file."""
        try:
            lines = self.path.read_bytes().decode("ascii").split()
            self._close_to_others()
        except FileNotFoundError:
            return Success(())
        except (OSError, UnicodeDecodeError) as problem:
            return Failure(StorageError(detail=f"{self.place} cannot be read: {problem}"))
        return Success(tuple(Secret(line) for line in lines))

    def write(self, keys: Keys, *, new: bool = False) -> Result[Keys, StorageError]:
        """Keep `keys`; with `new` only where there are none yet. Gives those that are there then."""
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._close_to_others()
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write("".join(f"{key.reveal()}\n" for key in keys).encode())
                file.flush()
                os.fsync(file.fileno())
            if new:
                with suppress(FileExistsError):  # another process was faster: its key counts
                    os.link(draft, self.path)
            else:
                os.replace(draft, self.path)
            self._keep_for_good()
        except OSError as problem:
            return Failure(StorageError(detail=f"{self.place} cannot be written: {problem.strerror or problem}"))
        finally:
            with suppress(OSError):
                os.unlink(draft)
        return self.read()

    def _keep_for_good(self) -> None:
        """Bring the new name to the disk too: what is sealed with a key must not be there without it."""
        with suppress(OSError):  # not everywhere can a folder be opened
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _close_to_others(self) -> None:
        """Take away what others were allowed: of the folder only where it is for keys alone."""
        with suppress(OSError):
            if self.path.parent.name == "keys":
                os.chmod(self.path.parent, 0o700)
            if self.path.is_file():  # a device belongs to all
                os.chmod(self.path, 0o600)
