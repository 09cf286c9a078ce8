"""Hexadecimal dumps: bytes as people read them, and back.

Topics: binary, text, encodings
"""

import re
from collections.abc import Iterable, Iterator

LINE = re.compile(r"([0-9a-f]{6})  ((?:[0-9a-f]{2} )+) *\|.*\|")


def lines(data: bytes, width: int = 16) -> Iterator[str]:
    """Place, bytes, and the signs of ASCII; equal lines in a row are shown once, then `*`."""
    last, hidden = b"", False
    for start in range(0, len(data), width):
        chunk = data[start : start + width]
        if chunk == last and start + width < len(data):
            if not hidden:
                yield "*"
            hidden = True
            continue
        last, hidden = chunk, False
        digits = "".join(f"{byte:02x} " for byte in chunk)
        signs = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
        yield f"{start:06x}  {digits:<{width * 3}} |{signs}|"


def dump(text: str, encoding: str = "utf-8") -> str:
    """The dump of a text in an encoding."""
    return "\n".join(lines(text.encode(encoding)))


def undump(shown: Iterable[str]) -> bytes:
    """The bytes of a dump; raises ValueError with the number of a line that is none, or in the wrong place."""
    data = bytearray()
    last = b""
    for number, line in enumerate(shown, start=1):
        if line == "*":
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number}")
        start = int(match[1], 16)
        while last and len(data) < start:
            data.extend(last)
        if start != len(data):
            raise ValueError(f"line {number}")
        last = bytes.fromhex(match[2])
        data.extend(last)
    return bytes(data)
