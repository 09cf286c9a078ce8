"""ZIP archives of strangers, unpacked in pieces within a bound, and the XML in them without entities.

A few kilobytes can hold gigabytes, and nine lines of XML billions of words: neither is ever made.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import TypeAlias
from xml.parsers import expat

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.documents.document import RawDocument
from pointsman.core.documents.document_error import (
    DamagedDocument,
    DocumentError,
    DocumentTooLarge,
    EncryptedDocument,
)

MOST_UNPACKED = 128 * 2**20
"""Bytes that all that is unpacked of an archive may have together."""
_MOST_ENTRIES = 20_000
MOST_ELEMENTS = 4_000_000
"""Elements of XML that are read of one file: each is told to Python, which takes a microsecond and holds the loop."""
_PIECE = 2**18
_ENCRYPTED = 0x1
_DEEPEST = 200
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)
"""What `zipfile` raises on archives that are not as its format has them."""
Start: TypeAlias = Callable[[str, Mapping[str, str]], None]
End: TypeAlias = Callable[[str], None]
Text: TypeAlias = Callable[[str], None]


class _ElementsOver(Exception):
    """The XML has more elements than are read."""


class _EntityRefused(Exception):
    """The XML defines entities, or is nested as no document is."""


@attrs.define
class Archive:
    """An open archive; `left` are the bytes that may still be unpacked of it."""

    name: str
    _zip: zipfile.ZipFile
    left: int = MOST_UNPACKED

    @classmethod
    def of(cls, raw: RawDocument) -> Result[Archive, DocumentError]:
        """The archive in `raw`."""
        try:
            opened = zipfile.ZipFile(io.BytesIO(raw.data))  # it holds memory and no file
        except _BROKEN:
            return Failure(DamagedDocument(source=raw.name, detail="its archive is cut or damaged"))
        if len(opened.infolist()) > _MOST_ENTRIES:
            said = f"its archive holds more than {_MOST_ENTRIES:,} files"
            return Failure(DocumentTooLarge(source=raw.name, detail=said))
        return Success(cls(raw.name, opened))

    def names(self) -> list[str]:
        """The files in it."""
        return self._zip.namelist()

    def read(self, path: str) -> Result[bytes, DocumentError]:
        """One file of it, whole."""
        pieces: list[bytes] = []
        try:
            if self._zip.getinfo(path).flag_bits & _ENCRYPTED:
                return Failure(EncryptedDocument(source=self.name, detail="its archive is encrypted"))
            with self._zip.open(path) as file:
                while piece := file.read(_PIECE):
                    pieces.append(piece)
                    self.left -= len(piece)
                    if self.left < 0:
                        return Failure(DocumentTooLarge(source=self.name, detail=_TOO_MUCH))
        except _BROKEN:
            return Failure(DamagedDocument(source=self.name, detail="a part of its archive is missing or damaged"))
        return Success(b"".join(pieces))


_TOO_MUCH = f"what is packed in it has more than {MOST_UNPACKED >> 20} MB"


def parse_xml(name: str, data: bytes, start: Start, end: End, text: Text) -> Result[None, DocumentError]:
    """Tell the elements and texts of the XML in `data`, names without their namespaces. No entity is defined in it."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = count = 0

    def began(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > _DEEPEST:
            raise _EntityRefused
        if count > MOST_ELEMENTS:
            raise _ElementsOver
        told = {_local(key): value for key, value in attributes.items()}
        if len(told) < len(attributes):  # `id` and `r:id` of a slide: the one of a namespace is meant
            told.update({_local(key): value for key, value in attributes.items() if "}" in key})
        start(_local(tag), told)

    def over(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(tag))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = began, over, text
    parser.EntityDeclHandler = _refuse_entity
    parser.ExternalEntityRefHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except _EntityRefused:
        said = "its XML defines entities or is nested as no document is, so it is not read"
        return Failure(DamagedDocument(source=name, detail=said))
    except _ElementsOver:
        return Failure(DocumentTooLarge(source=name, detail=f"its XML has more than {MOST_ELEMENTS:,} elements"))
    except (expat.ExpatError, ValueError, LookupError):
        return Failure(DamagedDocument(source=name, detail="its XML is cut or damaged"))
    return Success(None)


def _refuse_entity(*told: object) -> int:
    raise _EntityRefused


def _local(name: str) -> str:
    return name.rpartition("}")[2]
