"""How a photograph is to be turned, as its EXIF data say. Pure, and total on any bytes. Source: EXIF 2.32, TIFF 6.0."""

from __future__ import annotations

from typing import Literal

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
