"""What pictures are by their first bytes, and what stands in a data URL. Pure; a model of vendors, not of ours."""

from __future__ import annotations

import re

import attrs

from pointsman.adapters.simulator.vendors.body_schema import decode_base64

_SIGNS = (
    ("image/png", rb"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", rb"\xff\xd8\xff"),
    ("image/gif", rb"GIF8[79]a"),
    ("image/webp", rb"RIFF.{4}WEBP"),
    ("image/bmp", rb"BM"),
    ("image/heic", rb".{4}ftyp(?:heic|heix|mif1|hevc)"),
    ("image/tiff", rb"II\*\x00|MM\x00\*"),
    ("application/pdf", rb"%PDF-"),
)


def picture_type(data: bytes) -> str | None:
    """The media type that the first bytes of `data` show, or None where they show none."""
    head = data[:32]
    return next((kind for kind, sign in _SIGNS if re.match(sign, head, re.DOTALL)), None)


@attrs.frozen
class DataUrl:
    """A `data:` URL: the type it claims and its bytes, None where they are no base64."""

    media_type: str
    data: bytes | None


def data_url(text: str) -> DataUrl | None:
    """What stands in `text`, or None where it is no `data:` URL."""
    if not text.startswith("data:"):
        return None
    head, _, data = text[5:].partition(",")
    media_type, _, encoding = head.partition(";")
    return DataUrl(media_type, decode_base64(data) if encoding.endswith("base64") else None)
