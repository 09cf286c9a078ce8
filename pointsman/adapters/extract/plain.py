"""Text and Markdown, web pages, and tables of commas or tabs: what is read by decoding it, in linear time."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.documents.charset import DecodedText, codec_of_page, decode_text
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.document_error import DamagedDocument, DocumentError, DocumentTooLarge
from pointsman.core.documents.media_kind import CSV, HTML, MARKDOWN, PLAIN, TSV
from pointsman.core.documents.readable import readable
from pointsman.services.ports.extractor import MOST_CHARACTERS, Extraction
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop

_TITLE = re.compile(r"<title[^>]{0,500}>([^<]{1,500})", re.IGNORECASE)
_HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)
_HEAD = 64 * 1024
"""Characters of a page in which its title stands, if it has one."""
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1_000_000


@attrs.frozen
class PlainExtractor:
    """Reads what is text as it lies there."""

    media_types: frozenset[str] = frozenset({PLAIN, MARKDOWN, HTML, CSV, TSV})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`."""
        return await run_off_loop(
            lambda: read_plain(asked.raw, asked.media_type), large=len(asked.raw.data) > LARGE_BODY
        )


def read_plain(raw: RawDocument, media_type: str) -> Result[Document, DocumentError]:
    """The document in the text `raw`."""
    declared = codec_of_page(raw.data) if media_type == HTML else None
    decoded = decode_text(raw.data, declared)
    if isinstance(decoded, Failure):
        return Failure(DamagedDocument(source=raw.name, detail=f"it {decoded.failure()}"))
    text = decoded.unwrap()
    if len(text.text) > MOST_CHARACTERS:
        return Failure(too_long(raw.name))
    made = Document(name=raw.name, media_type=media_type, passages=(Passage(text=text.text),))
    if media_type == HTML:
        made = _page(made, text.text)
    elif media_type in (CSV, TSV):
        return _table(made, text.text).map(lambda table: _warn(table, text))
    elif media_type == MARKDOWN and (heading := _HEADING.search(text.text)):
        made = attrs.evolve(made, title=heading[1].strip())
    return Success(_warn(made, text))


def too_long(name: str) -> DocumentError:
    """The failure of a document with more text than is read."""
    said = f"it has more than {MOST_CHARACTERS // 1_000_000} million characters, and that is the most that is read"
    return DocumentTooLarge(source=name, detail=said)


def _page(document: Document, source: str) -> Document:
    title = _TITLE.search(source, 0, _HEAD)
    named = " ".join(html.unescape(title[1]).split()) if title else ""
    return attrs.evolve(document, title=named, passages=(Passage(text=readable(source)),))


def _table(document: Document, source: str) -> Result[Document, DocumentError]:
    """A line for each row, its cells with ` | ` between them."""
    try:
        rows = "\n".join(_rows(source, "\t" if document.media_type == TSV else _delimiter(source)))
    except csv.Error as problem:
        return Failure(DamagedDocument(source=document.name, detail=f"it is no table: {problem}"))
    return Success(attrs.evolve(document, passages=(Passage(kind="table", text=rows),)))


def _rows(source: str, delimiter: str) -> Iterator[str]:
    csv.field_size_limit(_LONGEST_CELL)
    for row in csv.reader(io.StringIO(source, newline=""), delimiter=delimiter):
        cells = [" ".join(cell.split()) for cell in row]
        if any(cells):
            yield " | ".join(cells)


def _delimiter(source: str) -> str:
    """Of those in use the one that stands most often in the first line."""
    first = source.lstrip("\n").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _warn(document: Document, text: DecodedText) -> Document:
    return attrs.evolve(document, warnings=(*document.warnings, f"it {text.warning}")) if text.warning else document
