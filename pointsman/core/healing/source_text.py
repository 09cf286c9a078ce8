"""A file's bytes as text and back, with its encoding, byte order mark and line ends as they were. Pure."""

from __future__ import annotations

import codecs
import difflib
import re
from collections import Counter

import attrs

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@attrs.frozen(kw_only=True)
class SourceText:
    """A text with `\\n` line ends, and what is needed to write it, or a changed one, as it was."""

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    raw: bytes = attrs.field(default=b"", repr=False)

    def write(self, text: str) -> bytes | None:
        """`text` as the bytes of this file; None where its encoding lacks a letter. Unchanged lines keep their ends."""
        if not self.text.endswith("\n") and self.text and text.endswith("\n"):
            text = text[:-1]
        try:
            return self.mark + _restore_ends(self.raw_text, text).encode(self.encoding)
        except UnicodeEncodeError:
            return None

    @property
    def raw_text(self) -> str:
        """The text with the line ends that it has in the file."""
        return self.raw[len(self.mark) :].decode(self.encoding)


def read_source(data: bytes) -> SourceText | None:
    """`data` as text; None where it is none."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", ""))
    encoding = encoding or _declared_encoding(data) or "utf-8"
    for name in dict.fromkeys((encoding, "cp1252", "latin-1")):
        try:
            text = data[len(mark) :].decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if _CONTROL.search(text) or text.encode(name) != data[len(mark) :]:
            return None
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        return SourceText(text=plain, encoding=name, mark=mark, raw=data)
    return None


def _declared_encoding(data: bytes) -> str | None:
    """What the first two lines of a Python file say (PEP 263)."""
    for line in data[:400].split(b"\n")[:2]:
        found = _COOKIE.match(line)
        if found:
            name = found[1].decode("ascii")
            try:
                return codecs.lookup(name).name if codecs.lookup(name)._is_text_encoding else None
            except LookupError:
                return None
    return None


def _restore_ends(raw: str, text: str) -> str:
    old = raw.splitlines(keepends=True) if not _only_newlines(raw) else []
    if not old:
        return text
    ends = [_end_of(line) for line in old]
    usual = Counter(end for end in ends if end).most_common(1)[0][0] if any(ends) else "\n"
    new = text.split("\n")
    wanted = [usual] * len(new)
    if len(set(filter(None, ends))) > 1:
        bare = [line[: len(line) - len(end)] for line, end in zip(old, ends, strict=True)]
        matcher = difflib.SequenceMatcher(None, bare, new, autojunk=False)
        for start, at, size in matcher.get_matching_blocks():
            for step in range(size):
                wanted[at + step] = ends[start + step] or usual
    return "".join(line + end for line, end in zip(new[:-1], wanted, strict=False)) + new[-1]


def _only_newlines(raw: str) -> bool:
    return "\r" not in raw


def _end_of(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else line[-1] if line.endswith(("\n", "\r")) else ""
