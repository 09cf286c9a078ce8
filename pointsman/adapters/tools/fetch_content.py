"""The content of a fetched page: which types are read, unpacked within a bound, decoded, made readable. Pure, total."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.documents.charset import codec_of_label, codec_of_mark, codec_of_page
from pointsman.core.documents.readable import readable

Kind: TypeAlias = Literal["html", "text"]

_HTML = ("text/html", "application/xhtml+xml")
_TEXT = ("", "application/json", "application/x-ndjson", "application/xml")
_PACKED = ("gzip", "x-gzip", "deflate")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE | re.ASCII)


def kind_of(content_type: str) -> Kind | None:
    """How content of that type is read; None if it is not."""
    name = content_type.partition(";")[0].strip().lower()
    if name in _HTML:
        return "html"
    if name in _TEXT or name.startswith("text/") or name.endswith(("+json", "+xml")):
        return "text"
    return None


def text_of(body: bytes, content_type: str, *, cut: bool) -> Result[str, str]:
    """The text in `body`; HTML is made readable. A character that was `cut` at the end is left out."""
    kind = kind_of(content_type)
    decoder = codecs.getincrementaldecoder(_codec(body, content_type, kind))("replace")
    text = decoder.decode(body, not cut)
    if "\0" in text:
        return Failure("The content says that it is text, but it is not.")
    return Success(readable(text) if kind == "html" else text)


def _codec(body: bytes, content_type: str, kind: Kind | None) -> str:
    """By the byte order mark, the header, the page's own word; else UTF-8. Only codecs that are text and fast."""
    if (marked := codec_of_mark(body)) is not None:
        return marked
    if (said := _CHARSET.search(content_type)) is not None:
        return codec_of_label(said[1])
    return (codec_of_page(body) if kind == "html" else None) or "utf-8"


@attrs.define
class Content:
    """Collects a body up to `limit` bytes, unpacked as it comes: no more is ever held, however much is packed in it."""

    limit: int
    _unpack: zlib._Decompress | None = None
    _kept: bytearray = attrs.field(factory=bytearray)
    _came: int = 0

    @classmethod
    def for_encoding(cls, encoding: str, limit: int) -> Content | None:
        """The collector for a Content-Encoding; None if it is not one of gzip, deflate and identity."""
        name = encoding.strip().lower()
        if name in ("", "identity"):
            return cls(limit)
        return cls(limit, zlib.decompressobj(wbits=47)) if name in _PACKED else None

    def feed(self, data: bytes) -> bool:
        """Take what came; False once there is enough. Raises zlib.error."""
        self._came += len(data)
        room = self.limit + 1 - len(self._kept)
        if self._unpack is None:
            self._kept += data[:room]
        elif not self._unpack.eof:
            self._kept += self._unpack.decompress(self._unpack.unconsumed_tail + data, room)
        return not self._is_over

    @property
    def _is_over(self) -> bool:
        return len(self._kept) > self.limit or self._came > self.limit + 1024

    @property
    def cut(self) -> bool:
        """Whether there was more than was kept, or what was packed has no end."""
        return self._is_over or (self._unpack is not None and not self._unpack.eof and self._came > 0)

    @property
    def body(self) -> bytes:
        """What was kept, at most `limit` bytes."""
        return bytes(self._kept[: self.limit])
