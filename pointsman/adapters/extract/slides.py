"""PowerPoint presentations (ECMA-376): each slide a page, its text, its tables and the speaker's notes."""

from __future__ import annotations

from collections.abc import Mapping

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.open_packaging import read_relations, read_title, warn_of_pictures
from pointsman.adapters.extract.packed import Archive, parse_xml
from pointsman.adapters.extract.passage_builder import PassageBuilder
from pointsman.adapters.extract.plain import too_long
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import DamagedDocument, DocumentError, NoSuchPages
from pointsman.core.documents.media_kind import PPTX
from pointsman.services.ports.extractor import Extraction

_MAIN = "ppt/presentation.xml"
_HIDDEN = "Hidden slide"
_SKIPPED = frozenset({"fld", "Fallback"})
"""Numbers and dates that are the same on every slide, and what stands a second time for older programs."""


@attrs.frozen
class PptxExtractor:
    """Reads PowerPoint presentations."""

    media_types: frozenset[str] = frozenset({PPTX})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`. It is linear, and its memory bounded by what is unpacked."""
        return await anyio.to_thread.run_sync(read_pptx, asked)


def read_pptx(asked: Extraction) -> Result[Document, DocumentError]:
    """The presentation in `asked.raw`."""
    return Archive.of(asked.raw).bind(lambda archive: _read(archive, asked))


def _read(archive: Archive, asked: Extraction) -> Result[Document, DocumentError]:
    listed = _slides(archive)
    if isinstance(listed, Failure):
        return Failure(listed.failure())
    paths, built = listed.unwrap(), PassageBuilder()
    passages: list[Passage] = []
    chosen = [number for number in range(1, len(paths) + 1) if asked.pages is None or number in asked.pages]
    if paths and not chosen:
        return Failure(no_such_pages(archive.name, len(paths)))
    for number in chosen:
        read = _read_slide(archive, paths[number - 1], built)
        if isinstance(read, Failure):
            return Failure(read.failure())
        if built.is_over:
            return Failure(too_long(archive.name))
        passages += built.take(page=number, heading=_HIDDEN if read.unwrap() else "")
    return Success(
        Document(
            name=archive.name,
            media_type=PPTX,
            passages=tuple(passages),
            title=read_title(archive),
            page_count=len(paths),
            warnings=warn_of_pictures(archive, "ppt/media/"),
        )
    )


def no_such_pages(name: str, count: int) -> DocumentError:
    """The failure of a presentation that has none of the slides that are asked for."""
    said = f"it has {count} slide{'' if count == 1 else 's'}, and none of those that are asked for"
    return NoSuchPages(source=name, detail=said)


def _slides(archive: Archive) -> Result[list[str], DocumentError]:
    """The paths of the slides, in the order in which they are shown."""
    ids: list[str] = []
    extensions = [0]  # sections name the slides again, by other ids

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        extensions[0] += tag == "extLst"
        if tag == "sldId" and not extensions[0]:
            ids.append(attributes.get("id", ""))

    def end(tag: str) -> None:
        extensions[0] -= tag == "extLst"

    parsed = archive.read(_MAIN).bind(lambda data: parse_xml(archive.name, data, start, end, _ignore))
    if isinstance(parsed, Failure):
        return Failure(parsed.failure())
    related = read_relations(archive, _MAIN)
    if isinstance(related, Failure):
        return Failure(related.failure())
    parts = related.unwrap()
    if any(id not in parts for id in ids):
        return Failure(DamagedDocument(source=archive.name, detail="it names slides that are not in it"))
    return Success([parts[id].path for id in dict.fromkeys(ids)])


def _read_slide(archive: Archive, path: str, built: PassageBuilder) -> Result[bool, DocumentError]:
    """A slide, and then its notes; says whether it is hidden when the slides are shown."""
    related = read_relations(archive, path)
    read = _read_part(archive, path, _Slide(built))
    if isinstance(read, Failure) or isinstance(related, Failure):
        return read.bind(lambda is_hidden: related.map(lambda _: is_hidden))
    for relation in related.unwrap().values():
        if relation.kind == "notesSlide":
            return _read_part(archive, relation.path, _Slide(built, "Notes: ")).bind(lambda _: read)
    return read


def _read_part(archive: Archive, path: str, slide: _Slide) -> Result[bool, DocumentError]:
    return (
        archive.read(path)
        .bind(lambda data: parse_xml(archive.name, data, slide.start, slide.end, slide.text))
        .map(lambda _: slide.is_hidden)
    )


@attrs.define
class _Slide:
    """Tells a builder what stands on a slide."""

    _built: PassageBuilder
    _mark: str = ""
    _skipped: int = 0
    _in_text: bool = False
    is_hidden: bool = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SKIPPED:
            self._skipped += 1
        elif tag == "sld":
            self.is_hidden = attributes.get("show") in ("0", "false")
        elif tag == "tbl":
            self._built.open_table()
        elif tag == "br":
            self._built.add("\n")
        self._in_text = tag == "t"

    def end(self, tag: str) -> None:
        self._in_text = False
        if tag in _SKIPPED:
            self._skipped -= 1
        elif tag == "p":
            self._built.close_paragraph(self._mark)
        elif tag == "tc":
            self._built.close_cell()
        elif tag == "tr":
            self._built.close_row()
        elif tag == "tbl":
            self._built.close_table()

    def text(self, said: str) -> None:
        if self._in_text and not self._skipped:
            self._built.add(said)


def _ignore(*told: object) -> None:
    """What the parser tells and nobody needs."""
