"""What the bytes of a picture tell: its real type, its size, its turn, whether it moves. Pure, total on any bytes.

Sources: the PNG specification (IHDR, acTL, eXIf), ITU T.81 (JPEG markers), the GIF89a specification, RFC 9649 (WebP).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

UPRIGHT = 1
_ORIENTATION = 0x0112
_SHORT = 3


def orientation(tiff: bytes) -> int:
    """The orientation in EXIF data that begin with a TIFF header: 1 to 8, and 1 (upright) where they tell none."""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    if tiff[:2] not in (b"II", b"MM") or int.from_bytes(tiff[2:4], order) != 42:
        return UPRIGHT
    first = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[first : first + 2], order)
    for at in range(first + 2, min(first + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind = (int.from_bytes(tiff[place : place + 2], order) for place in (at, at + 2))
        if tag == _ORIENTATION and kind == _SHORT:
            found = int.from_bytes(tiff[at + 8 : at + 10], order)
            return found if 1 <= found <= 8 else UPRIGHT
    return UPRIGHT


ImageType: TypeAlias = Literal["image/png", "image/jpeg", "image/webp", "image/gif"]

_PNG = b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\x00\x00"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame and tell its size."""
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
"""JPEG markers without a segment."""
_END = frozenset((0xD9, 0xDA))


@attrs.frozen
class ImageFacts:
    """A picture's type, and its size in pixels as it is stored.

    `orientation` is EXIF's, 1 for upright to 8: a reader that heeds it turns the picture. `moves`: it is an animation.
    """

    media_type: ImageType
    width: int
    height: int
    orientation: int = UPRIGHT
    moves: bool = False

    @property
    def longest_edge(self) -> int:
        """The longer of width and height, in pixels."""
        return max(self.width, self.height)

    @property
    def pixels(self) -> int:
        """How many pixels it has when it is decoded."""
        return self.width * self.height


def image_facts(data: bytes) -> Result[ImageFacts, str]:
    """The facts of the picture that `data` begins with, or a clause that says why it is none that models take."""
    facts = _facts(data)
    if isinstance(facts, ImageFacts) and facts.pixels == 0:
        return Failure("is damaged: it has no size")
    return Success(facts) if isinstance(facts, ImageFacts) else Failure(facts)


def _facts(data: bytes) -> ImageFacts | str:
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return "is not a PNG, JPEG, WebP or GIF" if data else "is empty"


def _cut(kind: str) -> str:
    return f"is damaged: the {kind} ends before it tells its size"


def _png(data: bytes) -> ImageFacts | str:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return _cut("PNG")
    chunks = dict(_png_chunks(data))
    turn = orientation(chunks.get(b"eXIf", b""))
    return ImageFacts("image/png", _big(data, 16, 4), _big(data, 20, 4), turn, b"acTL" in chunks)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks that matter here, with their types."""
    at = 8
    for _ in range(_MOST_BLOCKS):
        size, kind = _big(data, at, 4), data[at + 4 : at + 8]
        if at + 12 > len(data) or kind == b"IDAT":  # what is said of the whole picture stands before its pixels
            return
        if kind in (b"acTL", b"eXIf"):
            yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size


def _gif(data: bytes) -> ImageFacts | str:
    if len(data) < 10:
        return _cut("GIF")
    return ImageFacts("image/gif", _little(data, 6, 2), _little(data, 8, 2), moves=_has_more_pictures(data))


def _has_more_pictures(gif: bytes) -> bool:
    """Go from block to block until a second picture begins."""
    at, pictures, within = 13 + (_palette(gif[10]) if len(gif) > 10 else 0), 0, False
    for _ in range(_MOST_BLOCKS):
        if at >= len(gif):
            return False
        if within:  # a piece of a block, until an empty one
            within, at = gif[at] > 0, at + 1 + gif[at]
        elif gif[at] == _EXTENSION:
            within, at = True, at + 2
        elif gif[at] == _PICTURE and pictures == 0:
            within, pictures = True, 1
            at += 11 + (_palette(gif[at + 9]) if len(gif) > at + 9 else 0)
        else:
            return gif[at] == _PICTURE
    return False


_EXTENSION, _PICTURE = 0x21, 0x2C
_MOST_BLOCKS = 100_000
"""How many blocks are looked at: 25 MB of a GIF's usual ones, and no more time than that on empty ones."""


def _palette(flags: int) -> int:
    """Bytes of the palette that a GIF's flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> ImageFacts | str:
    kind = data[12:16]
    if kind == b"VP8 " and len(data) >= 30 and data[23:26] == b"\x9d\x01\x2a":
        return ImageFacts("image/webp", _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
    if kind == b"VP8L" and len(data) >= 25 and data[20] == 0x2F:
        bits = _little(data, 21, 4)
        return ImageFacts("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X" and len(data) >= 30:
        size = _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
        return ImageFacts("image/webp", *size, _webp_turn(data) if data[20] & 0x08 else UPRIGHT, bool(data[20] & 0x02))
    return _cut("WebP")


def _webp_turn(data: bytes) -> int:
    """Go from chunk to chunk, each of an even size, until one holds EXIF data."""
    at = 12
    for _ in range(_MOST_BLOCKS):
        size = _little(data, at + 4, 4)
        if at + 8 > len(data):
            break
        if data[at : at + 4] == b"EXIF":
            return orientation(data[at + 8 : at + 8 + size].removeprefix(_EXIF))
        at += 8 + size + size % 2
    return UPRIGHT


def _jpeg(data: bytes) -> ImageFacts | str:
    """Go from segment to segment until one tells the size; the turn stands in one before it."""
    at, turn = 2, UPRIGHT
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _END:
            break
        elif marker in _SIZES and at + 9 <= len(data):
            return ImageFacts("image/jpeg", _big(data, at + 7, 2), _big(data, at + 5, 2), turn)
        else:
            if marker == 0xE1 and data[at + 4 : at + 10] == _EXIF:
                turn = orientation(data[at + 10 : at + 2 + _big(data, at + 2, 2)])
            at += 2 + max(2, _big(data, at + 2, 2))
    return _cut("JPEG")


def _big(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count], "big")


def _little(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count], "little")
