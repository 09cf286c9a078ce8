"""What media are by their bytes: vendors refuse a picture whose label is wrong. Pure."""

from __future__ import annotations

import base64
import binascii

from pointsman.core.chat.part import Bytes

_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


def picture_type(source: Bytes) -> str:
    """The MIME type of a picture: what its first bytes say, else its label in the usual spelling."""
    data = source.data
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _PICTURES if data.startswith(start)), plain_type(source.media_type))


def plain_type(media_type: str) -> str:
    """A label in the usual spelling, without parameters."""
    bare = media_type.partition(";")[0].strip().lower()
    return _ALIASES.get(bare, bare)


def read_base64(text: str) -> bytes | None:
    """The bytes of base64 in either alphabet, padded or not (RFC 4648 §4 and §5); None where it is not that."""
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def write_base64(data: bytes) -> str:
    """Base64 in the standard alphabet."""
    return base64.b64encode(data).decode()
