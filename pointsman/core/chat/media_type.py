"""What the first bytes of recorded sound and of documents tell of their type. Pure, and total on any bytes."""

from __future__ import annotations

_BEGINNINGS = (
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
)
_MP4 = frozenset((b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"iso6", b"dash", b"3gp4", b"3gp5"))
"""Brands of MP4 files that hold sound; others of that family are photographs (HEIC, AVIF)."""
_EXTENSIONS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
}
SOUNDS = "WAV, MP3, FLAC, Ogg, M4A or WebM"
_PDF_WITHIN = 1024
"""Bytes before which a PDF's mark must stand; readers allow some rubbish in front of it."""


def sound_type(data: bytes) -> str | None:
    """The MIME type of recorded sound by its content; None if it is none of `SOUNDS`."""
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[4:8] == b"ftyp" and data[8:12] in _MP4:
        return "audio/mp4"
    found = next((kind for start, kind in _BEGINNINGS if data.startswith(start)), None)
    return found or ("audio/mpeg" if _is_mpeg_frame(data) else None)


def _is_mpeg_frame(data: bytes) -> bool:
    """Whether `data` begins with the header of an MPEG audio frame of layer III, none of its fields being reserved."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    rate, frequency = data[2] >> 4, data[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and frequency != 3


def sound_extension(media_type: str) -> str:
    """The usual ending of a file's name, without its dot; `wav` for a type that is not known."""
    return _EXTENSIONS.get(media_type.partition(";")[0].strip().lower(), "wav")


def is_pdf(data: bytes) -> bool:
    """Whether `data` begins as a PDF does."""
    return b"%PDF-" in data[:_PDF_WITHIN]
