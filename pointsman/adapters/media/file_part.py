"""A document, checked by its content."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from returns.result import Failure, Result, Success

from pointsman.adapters.media.source import Source, invalid_source, name_of, read_source
from pointsman.core.chat.media_type import is_pdf
from pointsman.core.chat.part import Bytes, File, Url
from pointsman.core.effect import effect
from pointsman.core.error import InvalidRequest

PDF = "application/pdf"


@effect
async def file_from(source: Source, *, name: str | None = None) -> Result[File, InvalidRequest]:
    """The document in a file, in bytes or in a `data:` URL; one on the web stays an address and is not fetched.

    A PDF is told by its content, as is plain text (UTF-8); anything else is an `InvalidRequest`. `name` is what the
    model is told; without it, the file's own name, never its folder.
    """
    read = await read_source(source, "file")
    if isinstance(read, Failure):
        return Failure(read.failure())
    data = read.unwrap()
    called = name or _own_name(source)
    if isinstance(data, Url):
        return Success(File(data, called))
    if is_pdf(data):
        return Success(File(Bytes(data, PDF), called))
    if data and _is_text(data):
        return Success(File(Bytes(data, "text/plain"), called))
    return invalid_source(f"{name_of(source, 'file')} is {'neither a PDF nor text in UTF-8' if data else 'empty'}")


def _own_name(source: Source) -> str | None:
    if isinstance(source, bytes) or (isinstance(source, str) and source.startswith("data:")):
        return None
    text = str(source)
    return Path(urlsplit(text).path if text.startswith(("http://", "https://")) else text).name or None


def _is_text(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode()
    except UnicodeDecodeError:
        return False
