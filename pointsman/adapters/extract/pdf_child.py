"""Runs in a process of its own: reads one PDF from its input and writes what is in it, a line of JSON each.

A script by itself, with nothing of pointsman: it starts in a moment, and what a PDF made on purpose does to the
library (a crash, all memory, no end) ends here. The first line of the input says what to read:
`{"pages": [1, 2] | null, "pictures": false, "most": characters, "memory": bytes, "seconds": s}`; the PDF follows.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
import zlib
from collections.abc import Iterator
from typing import Any

_PASSWORD = 4
"""What the library calls an error by which a password is missing."""
_EDGE = 1100
"""Pixels of a page's longer edge as a picture: about what models look at."""
_MOST_SCALE = 4.0
_MOST_PICTURES = 20


def main() -> None:
    """Read, write, end."""
    told = json.loads(sys.stdin.buffer.readline())
    bound(told["memory"], told["seconds"])
    data = sys.stdin.buffer.read()
    try:
        for line in read_pdf(data, told):
            say(line)
    except MemoryError:
        say({"problem": "memory"})


def say(line: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def bound(memory: int, seconds: int) -> None:
    """No more memory and time than that, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(limit, (most, most))
        except (OSError, ValueError):
            continue


def read_pdf(data: bytes, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is in the PDF: first its page count and title, then its pages in order, then the end or the problem."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as problem:
        locked = getattr(problem, "err_code", None) == _PASSWORD or "password" in str(problem).lower()
        yield {"problem": "password" if locked else "damaged"}
        return
    yield {"count": count, "title": _title(document)}
    chosen = [page for page in told["pages"] if page <= count] if told["pages"] is not None else range(1, count + 1)
    left, pictures = told["most"], 0
    for number in chosen:
        try:
            page = document[number - 1]
            text = page.get_textpage().get_text_range()
        except pypdfium2.PdfiumError:
            yield {"page": number, "broken": True}
            continue
        left -= len(text)
        if left < 0:
            yield {"problem": "long"}
            return
        line: dict[str, Any] = {"page": number, "text": text}
        if told["pictures"] and not text.strip() and pictures < _MOST_PICTURES:
            line["picture"] = base64.b64encode(_picture(page)).decode()
            pictures += 1
        yield line
        page.close()
    yield {"end": True}


def _title(document: Any) -> str:
    try:
        return str(document.get_metadata_value("Title"))[:500]
    except Exception:  # a title that cannot be read is none
        return ""


def _picture(page: Any) -> bytes:
    """The page as a PNG."""
    longest = max(1.0, *page.get_size())
    bitmap = page.render(scale=min(_MOST_SCALE, _EDGE / longest), rev_byteorder=True, force_bitmap_format=_BGR)
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    rows = bytes(bitmap.buffer)
    lines = b"".join(b"\0" + rows[at : at + 3 * width] for at in range(0, stride * height, stride))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


_BGR = 2
"""Three bytes a pixel, by the library's name."""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    main()
