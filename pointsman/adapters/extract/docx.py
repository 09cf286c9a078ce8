"""Word documents: paragraphs, headings, tables and notes, as the standard (ECMA-376) has them. Nothing but text.

Pictures, comments and the heads and feet of pages are left out; of pictures a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.open_packaging import read_title, warn_of_pictures
from pointsman.adapters.extract.packed import Archive, parse_xml
from pointsman.adapters.extract.plain import too_long
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.document_error import DamagedDocument, DocumentError
from pointsman.core.documents.media_kind import DOCX
from pointsman.services.ports.extractor import MOST_CHARACTERS, Extraction

_BODY = "word/document.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_HEADING = re.compile(r"(?i)heading\s?([1-6])$")
_COST_OF_PIECE = 8
"""Characters that a piece of text counts beside its own, for what it takes in memory."""
_SKIPPED = frozenset({"del", "instrText", "delText", "Fallback"})
"""What was deleted under revision, what computes a field, and what stands a second time for older programs."""


@attrs.frozen
class DocxExtractor:
    """Reads Word documents."""

    media_types: frozenset[str] = frozenset({DOCX})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`. It is linear, and its memory bounded by what is unpacked."""
        return await anyio.to_thread.run_sync(read_docx, asked.raw)


def read_docx(raw: RawDocument) -> Result[Document, DocumentError]:
    """The document in `raw`."""
    opened = Archive.of(raw)
    if isinstance(opened, Failure):
        return Failure(opened.failure())
    archive = opened.unwrap()
    names = archive.names()
    if _BODY not in names:
        return Failure(DamagedDocument(source=raw.name, detail="it has no text in the place where Word puts it"))
    passages: list[Passage] = []
    for part in (_BODY, *(note for note in _NOTES if note in names)):
        body = _Body()
        parsed = archive.read(part).bind(partial(_parse_body, raw.name, body))
        if isinstance(parsed, Failure):
            return Failure(parsed.failure())
        if body.is_over:
            return Failure(too_long(raw.name))
        passages += body.passages(heading="" if part == _BODY else "Notes")
    warnings = warn_of_pictures(archive, "word/media/")
    title = read_title(archive)
    return Success(Document(name=raw.name, media_type=DOCX, passages=tuple(passages), title=title, warnings=warnings))


def _parse_body(name: str, body: _Body, data: bytes) -> Result[None, DocumentError]:
    return parse_xml(name, data, body.start, body.end, body.text)


class _Body:
    """Collects paragraphs and the rows of tables, in the order of the document; a table within one is text of it."""

    def __init__(self) -> None:
        self._sections: list[Passage] = []
        self._paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._rows: list[str] = []
        self._cells: list[str] = []
        self._cell: list[str] = []
        self._depth, self._skipped, self._in_text = 0, 0, False
        self._mark = ""
        self._taken = 0

    @property
    def is_over(self) -> bool:
        """Whether there is more text than is read; what came after that was not collected."""
        return self._taken > MOST_CHARACTERS

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SKIPPED:
            self._skipped += 1
        elif tag == "tbl":
            self._depth += 1
            if self._depth == 1:
                self._close_text()
        elif tag == "t":
            self._in_text = True
        elif tag in ("tab", "br", "cr"):
            self._pieces.append("\t" if tag == "tab" else "\n")
        elif tag == "pStyle" and (found := _HEADING.search(attributes.get("val", ""))):
            self._mark = "#" * int(found[1]) + " "

    def end(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped -= 1
        elif tag == "t":
            self._in_text = False
        elif tag == "p":
            self._close_paragraph()
        elif tag == "tc" and self._depth == 1:
            self._cells.append(" ".join(" ".join(self._cell).split()))
            self._cell = []
        elif tag == "tr" and self._depth == 1:
            self._rows.append(" | ".join(self._cells))
            self._cells = []
        elif tag == "tbl":
            self._depth -= 1
            if self._depth == 0:
                self._close_table()

    def text(self, said: str) -> None:
        if self._in_text and not self._skipped and not self.is_over:
            self._pieces.append(said)
            self._taken += len(said) + _COST_OF_PIECE

    def passages(self, heading: str) -> list[Passage]:
        """What was collected."""
        self._close_text()
        return [attrs.evolve(passage, heading=heading) for passage in self._sections]

    def _close_paragraph(self) -> None:
        said = "".join(self._pieces).strip()
        if said:
            (self._cell if self._depth else self._paragraphs).append(said if self._depth else self._mark + said)
        self._pieces, self._mark = [], ""

    def _close_text(self) -> None:
        if self._paragraphs:
            self._sections.append(Passage(text="\n\n".join(self._paragraphs)))
        self._paragraphs = []

    def _close_table(self) -> None:
        rows = "\n".join(row for row in self._rows if row.strip(" |"))
        if rows:
            self._sections.append(Passage(kind="table", text=rows))
        self._rows = []
