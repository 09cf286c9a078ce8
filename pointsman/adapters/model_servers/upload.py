"""A file sent to a server of models: hashed, then sent in pieces, with progress. It never holds more than a piece."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from errno import EIO
from pathlib import Path

import anyio
from returns.result import Failure, Result, Success

from pointsman.adapters.model_servers.questions import ServerQuestions
from pointsman.core.error import ConfigurationError, ProviderError, configuration_error
from pointsman.core.models.served_model import DownloadProgress
from pointsman.services.ports.model_server import TellProgress

_BLOCK = 2**20


def digest_and_size(file: Path) -> Result[tuple[str, int], ProviderError]:
    """The file's `sha256:…` and its bytes. Blocks."""
    hashed, size = hashlib.sha256(), 0
    try:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                hashed.update(block)
                size += len(block)
    except OSError as problem:
        return Failure(_file_fault(file, problem))
    return Success((f"sha256:{hashed.hexdigest()}", size))


async def send_file(
    questions: ServerQuestions, path: str, file: Path, size: int, tell: TellProgress, *, model: str
) -> ProviderError | None:
    """Send the file of `size` bytes to `path`; gives why it did not arrive, or None."""
    try:
        return await questions.send(path, _pieces(file, size, tell), size, model=model)
    except OSError as problem:  # of the file: those of the network are the driver's
        return _file_fault(file, problem)


async def _pieces(file: Path, size: int, tell: TellProgress) -> AsyncIterator[bytes]:
    """What the file holds, `size` bytes and no more. Raises OSError, also where it has become shorter."""
    status, sent = f"uploading {file.name}", 0
    async with await anyio.open_file(file, "rb") as opened:
        while sent < size:
            block = await opened.read(min(_BLOCK, size - sent))
            if not block:
                raise OSError(EIO, "it became shorter while it was sent")
            yield block
            sent += len(block)
            tell(DownloadProgress(status=status, completed=sent, total=size))


def _file_fault(file: Path, problem: OSError) -> ConfigurationError:
    detail = f"{file} cannot be read ({(problem.strerror or str(problem)).lower()})"
    remedy = "Check the path and its permissions."
    return configuration_error(detail, local=True, remedy=remedy)
