"""Bytes as text: by the byte order mark, by what is declared, by how they look. Pure, and total on any bytes."""

from __future__ import annotations

import codecs
import re

import attrs
from returns.result import Failure, Result, Success

_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODECS = {
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-125{page}": f"cp125{page}" for page in range(9)},
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    "utf-16": "utf-16le",
    **{name: name for name in ("utf-16le", "utf-16be", "koi8-r", "koi8-u", "big5", "euc-jp", "euc-kr")},
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "windows-31j"), "cp932"),
}
"""Only codecs that are text, and fast."""
_CONTROLS = bytes((*range(9), *range(14, 27), *range(28, 32), 127))
"""Bytes that stand in no text; escape does, in what terminals print."""
_HEAD = 4096


@attrs.frozen
class DecodedText:
    """The text, with `\n` at the ends of lines, and what is not sure of it, as a clause; empty where all is."""

    text: str
    warning: str = ""


def codec_of_mark(data: bytes) -> str | None:
    """The codec that the byte order mark at the beginning names."""
    return next((name for mark, name in _MARKS if data.startswith(mark)), None)


def codec_of_label(label: str) -> str:
    """The codec that a declared charset stands for; UTF-8 where it is not known."""
    return _CODECS.get(label.strip().lower(), "utf-8")


def codec_of_page(page: bytes) -> str | None:
    """The codec that the head of an HTML page declares."""
    found = _META.search(page[:2048])
    return codec_of_label(found[1].decode("ascii", "replace")) if found else None


def decode_text(data: bytes, declared: str | None = None) -> Result[DecodedText, str]:
    """The text in `data`, or a clause that says why it is none. `declared` is a codec that the text itself names.

    Without a mark it is UTF-8 if it can be; then what it declares, UTF-16 by its look, and last Windows-1252.
    """
    marked = codec_of_mark(data)
    if marked is not None:
        return _plain(data, marked)
    if b"\0" in data:
        guessed = _guess_utf_16(data)
        return Failure("holds NUL bytes, as no text does") if guessed is None else _plain(data, guessed)
    if len(data) - len(data.translate(None, _CONTROLS)) > len(data) // 100:
        return Failure("holds control characters, as no text does")
    try:
        return Success(DecodedText(_lines(data.decode("utf-8"))))
    except UnicodeDecodeError:
        codec = declared if declared not in (None, "utf-8") else "cp1252"
    named = "Windows-1252" if codec == "cp1252" else codec
    sure = declared is not None and declared != "utf-8"
    warning = "" if sure else f"is not UTF-8; it is read as {named}, so letters with accents may be wrong"
    return Success(DecodedText(_lines(data.decode(codec or "cp1252", "replace")), warning))


def _plain(data: bytes, codec: str) -> Result[DecodedText, str]:
    text = data.decode(codec, "replace").removeprefix("\ufeff")
    if "\0" in text:
        return Failure("holds NUL characters, as no text does")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    warning = f"holds {lost} characters that cannot be read" if lost else ""
    return Success(DecodedText(_lines(text), warning))


def _guess_utf_16(data: bytes) -> str | None:
    """UTF-16 without a mark has a NUL in nearly every second place, where it is Latin."""
    head = data[:_HEAD]
    half = max(1, len(head) // 2)
    if head[1::2].count(0) > half * 0.7 and head[0::2].count(0) < half * 0.1:
        return "utf-16le"
    return "utf-16be" if head[0::2].count(0) > half * 0.7 and head[1::2].count(0) < half * 0.1 else None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
