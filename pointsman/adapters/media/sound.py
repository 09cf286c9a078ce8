"""Recorded sound, checked by its content."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.media.source import Source, invalid_source, name_of, read_source
from pointsman.core.chat.media_type import SOUNDS, sound_type
from pointsman.core.chat.part import Audio, Bytes, Url
from pointsman.core.effect import effect
from pointsman.core.error import InvalidRequest


@effect
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
