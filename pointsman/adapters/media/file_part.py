"""Documents and sound as parts of a message, checked by their content."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from returns.result import Failure, Result, Success

from pointsman.adapters.media.former_coroutine import former_coroutine
from pointsman.adapters.media.source import Source, invalid_source, name_of, read_source
from pointsman.core.chat.media_type import SOUNDS, is_pdf, sound_type
from pointsman.core.chat.part import Audio, Bytes, File, Url
from pointsman.core.error import InvalidRequest

PDF = "application/pdf"


@former_coroutine
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


@former_coroutine
async def audio_from(source: Source, *, formats: frozenset[str] | None = None) -> Result[Audio, InvalidRequest]:
    """The sound in a file, in bytes or in a `data:` URL; its type is told by its content.

    What is of none of the `formats` (MIME types; None: any) is an `InvalidRequest`, and so is an address on the web: no
    provider fetches sound.
    """
    read = await read_source(source, "audio")
    if isinstance(read, Failure):
        return Failure(read.failure())
    data = read.unwrap()
    name = name_of(source, "audio")
    if isinstance(data, Url):
        return invalid_source(f"{name} is an address, and no provider fetches sound; download it and name the file")
    kind = sound_type(data)
    if kind is None:
        return invalid_source(f"{name} is {'not ' + SOUNDS if data else 'empty'}")
    if formats is not None and kind not in formats:
        return invalid_source(f"{name} is {kind}, and {' and '.join(sorted(formats))} are taken; convert it")
    return Success(Audio(Bytes(data, kind)))
