"""Tapes in a directory, one JSON file each, named by what the request asks. Secrets are taken out before writing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.tape_json import read_tape, tape_key, write_tape
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.services.ports.recording_store import RecordedExchange, RecordedRequest


@attrs.frozen
class RecordingDirectory:
    """A `RecordingStore` of files `<hash>.json` in `folder`, made when it is first needed."""

    folder: Path
    secrets: tuple[Secret, ...] = ()

    @effect
    async def find(self, request: RecordedRequest) -> Result[RecordedExchange | None, StorageError]:
        """The tape of an equal request; an unreadable file is an error that names it."""
        return await anyio.to_thread.run_sync(self._find, self._path(request))

    @effect
    async def keep(self, tape: RecordedExchange) -> Result[None, StorageError]:
        """Write `tape`, whole or not at all."""
        text = write_tape(tape, self.secrets)
        return await anyio.to_thread.run_sync(self._keep, self._path(tape.request), text)

    def _path(self, request: RecordedRequest) -> Path:
        return self.folder / f"{tape_key(request, self.secrets)[:32]}.json"

    def _find(self, path: Path) -> Result[RecordedExchange | None, StorageError]:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return Success(None)
        except OSError as problem:
            return Failure(_unreadable(path, problem.strerror or "cannot be read"))
        return read_tape(data).alt(lambda why: _unreadable(path, why))

    def _keep(self, path: Path, text: bytes) -> Result[None, StorageError]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text)
                os.replace(draft, path)
            except OSError:
                os.unlink(draft)
                raise
        except OSError as problem:
            return Failure(_unreadable(path.parent, problem.strerror or "cannot be written"))
        return Success(None)


def _unreadable(path: Path, why: str) -> StorageError:
    return StorageError(detail=f"{path}: {why}")
