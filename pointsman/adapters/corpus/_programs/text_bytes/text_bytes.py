"""Bytes of unknown encoding to text: by byte order mark, by trying, and written back as they were.

Topics: encodings, files, text
"""

from pathlib import Path
from typing import NamedTuple

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class Text(NamedTuple):
    """A text, and how it was written."""

    value: str
    encoding: str
    marked: bool = False
    newline: str = "\n"


def decode(data: bytes) -> Text:
    """The text of the bytes: what the mark says, else UTF-8, else Latin-1; all ends of lines become `\\n`."""
    marked, encoding = False, "utf-8"
    for mark, name in MARKS:
        if data.startswith(mark):
            marked, encoding, data = True, name, data.removeprefix(mark)
            break
    try:
        value = data.decode(encoding)
    except UnicodeDecodeError:
        if marked:
            raise
        encoding = "latin-1"
        value = data.decode(encoding)
    newline = "\r\n" if "\r\n" in value else "\n"
    return Text(value.replace("\r\n", "\n").replace("\r", "\n"), encoding, marked, newline)


def encode(text: Text) -> bytes:
    """The bytes that `decode` reads as this text; letters that the encoding lacks become `?`."""
    mark = next((mark for mark, name in MARKS if name == text.encoding), b"") if text.marked else b""
    return mark + text.value.replace("\n", text.newline).encode(text.encoding, errors="replace")


def replace_in_file(path: Path, old: str, new: str) -> int:
    """Replace a word in a file that stays in its encoding; how often it stood there."""
    text = decode(path.read_bytes())
    count = text.value.count(old)
    if count:
        path.write_bytes(encode(text._replace(value=text.value.replace(old, new))))
    return count
