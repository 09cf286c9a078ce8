"""Whether a picture moves, told by its bytes. Pure, and total on any bytes; it decodes nothing.

Sources: the GIF89a specification (blocks), the PNG specification, third edition (`acTL`), RFC 9649 (WebP, `VP8X`).
"""

from __future__ import annotations

_GIF = (b"GIF87a", b"GIF89a")
_PNG = b"\x89PNG\r\n\x1a\n"
_ANIMATED = 0x02
"""The flag of WebP's extended header."""


def is_animated(data: bytes) -> bool:
    """Whether `data` is a GIF, PNG or WebP of more than one picture."""
    if data.startswith(_GIF):
        return _count_gif_pictures(data) > 1
    if data.startswith(_PNG):
        before = data[: data.find(b"IDAT")] if b"IDAT" in data else data
        return b"acTL" in before
    return data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X" and len(data) > 20 and bool(data[20] & _ANIMATED)


def _count_gif_pictures(data: bytes) -> int:
    """Pictures in a GIF, two at most: more need not be told apart."""
    at = 13 + _size_of_colours(data[10:11])
    pictures = 0
    while at < len(data) and pictures < 2:
        match data[at]:
            case 0x21:  # an extension: its label, then sub-blocks
                at = _after_blocks(data, at + 2)
            case 0x2C:  # a picture: nine bytes, perhaps colours, a code size, then sub-blocks
                pictures += 1
                at = _after_blocks(data, at + 11 + _size_of_colours(data[at + 9 : at + 10]))
            case _:
                break
    return pictures


def _size_of_colours(flags: bytes) -> int:
    """Bytes of the table of colours that `flags` announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
