"""OpenDocument texts, tables and presentations (ISO/IEC 26300), as LibreOffice writes them. Nothing but text.

Tables are told as they are seen: a cell holds its number or date as it is shown. Comments and deletions are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.open_packaging import read_title, warn_of_pictures
from pointsman.adapters.extract.packed import Archive, parse_xml
from pointsman.adapters.extract.passage_builder import PassageBuilder
from pointsman.adapters.extract.plain import too_long
from pointsman.adapters.extract.sheets import HIDDEN_SHEET
from pointsman.adapters.extract.slides import no_such_pages
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import DamagedDocument, DocumentError, EncryptedDocument
from pointsman.core.documents.media_kind import ODP, ODS, ODT
from pointsman.services.ports.extractor import Extraction

_BODY, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_SKIPPED = frozenset({"tracked-changes", "annotation", "note-citation", "forms"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_PARAGRAPHS = frozenset({"p", "h"})
_MOST_SPACES = 1000


@attrs.frozen
class OpenDocumentExtractor:
    """Reads OpenDocument files."""

    media_types: frozenset[str] = frozenset({ODT, ODS, ODP})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`. It is linear, and its memory bounded by what is unpacked."""
        return await anyio.to_thread.run_sync(read_opendocument, asked)


def read_opendocument(asked: Extraction) -> Result[Document, DocumentError]:
    """The document in `asked.raw`."""
    return Archive.of(asked.raw).bind(_refuse_locked).bind(lambda archive: _read(archive, asked))


def _refuse_locked(archive: Archive) -> Result[Archive, DocumentError]:
    """A document with a password says so in its manifest, and its parts are noise."""
    locked = [False]

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        locked[0] = locked[0] or tag == "encryption-data"

    if _MANIFEST in archive.names():
        parsed = archive.read(_MANIFEST).bind(lambda data: parse_xml(archive.name, data, start, _ignore, _ignore))
        if isinstance(parsed, Failure):
            return Failure(parsed.failure())
    if locked[0]:
        return Failure(EncryptedDocument(source=archive.name, detail="it opens with a password"))
    return Success(archive)


def _read(archive: Archive, asked: Extraction) -> Result[Document, DocumentError]:
    if _BODY not in archive.names():
        return Failure(DamagedDocument(source=archive.name, detail="it has no content in the place for it"))
    body = _Content(wanted=asked.pages if asked.media_type == ODP else None)
    parsed = archive.read(_BODY).bind(
        lambda data: parse_xml(archive.name, data, body.start, body.end, body.text),
    )
    if isinstance(parsed, Failure):
        return Failure(parsed.failure())
    if body.built.is_over:
        return Failure(too_long(archive.name))
    if asked.pages is not None and body.page and not any(page <= body.page for page in asked.pages):
        return Failure(no_such_pages(archive.name, body.page))
    return Success(
        Document(
            name=archive.name,
            media_type=asked.media_type,
            passages=(*body.passages, *body.built.take()),
            title=read_title(archive, "meta.xml"),
            page_count=body.page or None,
            warnings=warn_of_pictures(archive, "Pictures/"),
        )
    )


@attrs.define
class _Content:
    """Tells a builder what stands in the content. `page` is the number of the slide, 0 where there are none."""

    wanted: frozenset[int] | None = None
    built: PassageBuilder = attrs.field(factory=PassageBuilder)
    passages: list[Passage] = attrs.field(factory=list)
    page: int = 0
    _depth: int = 0
    """Of paragraphs: a footnote's stand within one."""
    _skipped: int = 0
    _in_notes: bool = False
    _tables: list[str] = attrs.field(factory=list)
    _times: list[int] = attrs.field(factory=list)
    """How many times each open row and cell stands there."""
    _level: int = 0
    _style: str = ""
    _hidden_styles: set[str] = attrs.field(factory=set)
    """Of tables that are not shown."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SKIPPED:
            self._skipped += 1
        elif tag in _PARAGRAPHS:
            if self._depth:
                self.text(" ")  # a note or a text box within a paragraph
            self._depth += 1
            self._level = _number(attributes, "outline-level") if tag == "h" else 0
        elif tag == "table":
            mark = HIDDEN_SHEET if attributes.get("style-name") in self._hidden_styles else ""
            self._open_table(attributes.get("name", "") + mark)
        elif tag == "style":
            self._style = attributes.get("name", "")
        elif tag == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)
        elif tag == "table-row":
            self._times.append(_number(attributes, "number-rows-repeated"))
        elif tag in _CELLS:
            self._times.append(_number(attributes, "number-columns-repeated"))
        elif tag == "page":
            self.page += 1
        elif tag == "notes":
            self._in_notes = bool(self.page)
        else:
            self._add_space(tag, attributes)

    def end(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped -= 1
        elif tag in _PARAGRAPHS:
            self._close_paragraph()
        elif tag == "table":
            self._close_table()
        elif tag == "table-row":
            self.built.close_row(self._times.pop())
        elif tag in _CELLS:
            self.built.close_cell(self._times.pop())
        elif tag == "page":
            self.passages += self.built.take(page=self.page)
        elif tag == "notes":
            self._in_notes = False
        elif tag == "note" and self._depth:
            self.text(")")

    def text(self, said: str) -> None:
        if self._depth and not self._skipped and (self.wanted is None or self.page in self.wanted):
            self.built.add(said)

    def _add_space(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "s":
            self.text(" " * min(_number(attributes, "c"), _MOST_SPACES))
        elif tag == "tab":
            self.text("\t")
        elif tag == "line-break":
            self.text("\n")
        elif tag == "note" and self._depth:
            self.text(" (Note:")

    def _close_paragraph(self) -> None:
        self._depth -= 1
        if self._depth == 0 and not self._skipped:
            heading = "#" * min(self._level, 6) + " " if self._level else ""
            self.built.close_paragraph("Notes: " if self._in_notes else heading)

    def _open_table(self, name: str) -> None:
        if not self._tables and not self.page:
            self.passages += self.built.take()
        self._tables.append(name)
        self.built.open_table()

    def _close_table(self) -> None:
        name = self._tables.pop()
        self.built.close_table()
        if not self._tables and not self.page:
            self.passages += self.built.take(heading=name)


def _number(attributes: Mapping[str, str], name: str) -> int:
    """A count as the format writes it: 1 where it is missing or none."""
    said = attributes.get(name, "")
    return max(1, int(said)) if said.isascii() and said.isdecimal() and len(said) < 10 else 1


def _ignore(*told: object) -> None:
    """What the parser tells and nobody needs."""
