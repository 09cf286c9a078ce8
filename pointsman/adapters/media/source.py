"""The bytes of a medium: of a file, of a `data:` URL, or as they are. An address on the web stays one."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

import anyio
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.media.resize import MOST_READ
from pointsman.core.chat.part import Url
from pointsman.core.error import InvalidRequest, invalid_request

Source: TypeAlias = str | Path | bytes
"""A path, an http(s) address or a `data:` URL as text, a path, or the bytes themselves."""


def invalid_source(problem: str) -> Failure[InvalidRequest]:
    """The failure of one problem."""
    return Failure(invalid_request(problem))


def name_of(source: Source, what: str) -> str:
    """How a problem names the source: its path, or what it is."""
    if isinstance(source, bytes) or (isinstance(source, str) and source.startswith("data:")):
        return f"the {what}"
    return f"the {what} {str(source)!r}"


async def read_source(source: Source, what: str) -> Result[bytes | Url, InvalidRequest]:
    """What `source` holds, at most `MOST_READ` bytes, or its address on the web, which is not fetched."""
    if isinstance(source, bytes):
        return Success(source)
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        return Success(Url(source))
    if isinstance(source, str) and source.startswith("data:"):
        data = _data_url(source)
        return invalid_source(f"the {what} is not a whole data: URL") if data is None else Success(data)
    return await _read_file(Path(source), name_of(source, what))


async def _read_file(path: Path, name: str) -> Result[bytes | Url, InvalidRequest]:
    try:
        async with await anyio.Path(expand_home(path)).open("rb") as file:
            data = await file.read(MOST_READ + 1)
    except OSError as problem:
        return invalid_source(f"{name} cannot be read: {(problem.strerror or 'error').lower()}")
    except (ValueError, RuntimeError):
        return invalid_source(f"{name} cannot be read: this is no path")
    if len(data) > MOST_READ:
        return invalid_source(f"{name} is larger than {MOST_READ >> 20} MB")
    return Success(data)


def _data_url(url: str) -> bytes | None:
    head, comma, payload = url[5:].partition(",")
    if not comma:
        return None
    if not head.endswith(";base64"):
        return unquote_to_bytes(payload)
    try:
        return base64.b64decode(unquote_to_bytes(payload), validate=True)
    except (binascii.Error, ValueError):
        return None
