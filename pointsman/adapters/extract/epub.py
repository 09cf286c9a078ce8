"""EPUB books: their chapters in the order in which they are read (the `spine`), as readable text."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.packed import Archive, parse_xml
from pointsman.adapters.extract.plain import too_long
from pointsman.core.documents.charset import decode_text
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.document_error import (
    DamagedDocument,
    DocumentError,
    DocumentTooLarge,
    EncryptedDocument,
)
from pointsman.core.documents.media_kind import EPUB
from pointsman.core.documents.readable import readable
from pointsman.services.ports.extractor import MOST_CHARACTERS, Extraction

_CONTAINER, _RIGHTS = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html"})
_HEADING = re.compile(r"<h[1-3][^>]{0,500}>(.{1,500}?)</h[1-3]>", re.IGNORECASE | re.DOTALL)
_HEAD = 64 * 1024
"""Characters of a chapter in which its heading stands, if it has one."""
_MOST_CHAPTERS = 20_000
_TAG = re.compile(r"<[^>]{0,500}>")


@attrs.frozen
class EpubExtractor:
    """Reads EPUB books."""

    media_types: frozenset[str] = frozenset({EPUB})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`. It is linear, and its memory bounded by what is unpacked."""
        return await anyio.to_thread.run_sync(read_epub, asked.raw)


@attrs.define
class _Package:
    """What the package document of a book says."""

    title: str = ""
    files: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    """Path and media type of each file, by its id."""
    spine: list[str] = attrs.field(factory=list)
    _in_title: bool = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "item":
            self.files[attributes.get("id", "")] = attributes.get("href", ""), attributes.get("media-type", "")
        elif tag == "itemref":
            self.spine.append(attributes.get("idref", ""))
        self._in_title = tag == "title" and not self.title

    def end(self, tag: str) -> None:
        self._in_title = False

    def text(self, said: str) -> None:
        if self._in_title:
            self.title = " ".join((self.title + said).split())[:500]


def read_epub(raw: RawDocument) -> Result[Document, DocumentError]:
    """The book in `raw`."""
    opened = Archive.of(raw)
    if isinstance(opened, Failure):
        return Failure(opened.failure())
    archive = opened.unwrap()
    found = _package(archive, raw.name)
    if isinstance(found, Failure):
        return Failure(found.failure())
    folder, package = found.unwrap()
    paths = [
        _path(folder, package.files[id][0]) for id in package.spine if package.files.get(id, ("", ""))[1] in _PAGES
    ]
    if not paths:
        return Failure(DamagedDocument(source=raw.name, detail="the book names no chapters"))
    if len(paths) > _MOST_CHAPTERS:
        said = f"the book names more than {_MOST_CHAPTERS:,} chapters"
        return Failure(DocumentTooLarge(source=raw.name, detail=said))
    if locked := _locked_paths(archive, raw.name) & set(paths):
        said = f"{len(locked)} of its chapters are encrypted, as copy protection does"
        return Failure(EncryptedDocument(source=raw.name, detail=said))
    passages: list[Passage] = []
    left = MOST_CHARACTERS
    for path in paths:
        chapter = archive.read(path).bind(lambda data: _chapter(data, raw.name))
        if isinstance(chapter, Failure):
            return Failure(chapter.failure())
        left -= len(chapter.unwrap().text)
        if left < 0:
            return Failure(too_long(raw.name))
        passages += [chapter.unwrap()] if chapter.unwrap().text else []
    return Success(Document(name=raw.name, media_type=EPUB, passages=tuple(passages), title=package.title))


def _package(archive: Archive, name: str) -> Result[tuple[str, _Package], DocumentError]:
    """The folder of the package document, and what it says."""
    places: list[str] = []

    def see_place(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "rootfile":
            places.append(attributes.get("full-path", ""))

    parsed = archive.read(_CONTAINER).bind(lambda data: parse_xml(name, data, see_place, _ignore, _ignore))
    if isinstance(parsed, Failure):
        return Failure(parsed.failure())
    if not places:
        return Failure(DamagedDocument(source=name, detail="the book does not say where its package is"))
    package = _Package()
    read = archive.read(places[0]).bind(lambda data: parse_xml(name, data, package.start, package.end, package.text))
    return read.map(lambda _: (posixpath.dirname(places[0]), package))


def _locked_paths(archive: Archive, name: str) -> set[str]:
    """The files that are encrypted: fonts often are, chapters where a book is protected."""
    locked: set[str] = set()

    def see(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "CipherReference":
            locked.add(unquote(attributes.get("URI", "")))

    if _RIGHTS in archive.names():
        parsed = archive.read(_RIGHTS).bind(lambda data: parse_xml(name, data, see, _ignore, _ignore))
        return locked if isinstance(parsed, Success) else set()
    return locked


def _chapter(data: bytes, name: str) -> Result[Passage, DocumentError]:
    decoded = decode_text(data)
    if isinstance(decoded, Failure):
        return Failure(DamagedDocument(source=name, detail=f"a chapter {decoded.failure()}"))
    source = decoded.unwrap().text
    if len(source) > MOST_CHARACTERS:
        return Failure(too_long(name))
    found = _HEADING.search(source, 0, _HEAD)
    heading = " ".join(html.unescape(_TAG.sub("", found[1])).split()) if found else ""
    return Success(Passage(text=readable(source), heading=heading[:200]))


def _path(folder: str, href: str) -> str:
    """The place of a file in the archive, as the package document names it."""
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _ignore(*told: object) -> None:
    """What the parser tells and nobody needs."""
