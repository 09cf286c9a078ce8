"""Reads documents: tells what each is, and has the extractor for it read it. Knows extractors by their port alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.document_error import (
    DocumentTooLarge,
    EmptyDocument,
    ExtractorMissing,
    NoTextLayer,
)
from pointsman.core.documents.media_kind import OWN_ENDINGS, SOUNDS, MediaKind, tell_media_kind
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError
from pointsman.services.ports.extractor import (
    MOST_BYTES,
    Extraction,
    ExtractionError,
    Extractor,
    ReadSource,
    TextRecognizer,
)
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop
from pointsman.services.tasks.user_code import call_user_code, run_user_code


@attrs.frozen(kw_only=True)
class ReadingOptions:
    """How a document is to be read; the fields are those of `Extraction`, and whether pictures are looked at.

    With `ocr` the letters in pictures and on scanned pages are found on this machine, by no model that is asked.
    """

    pages: frozenset[int] | None = None
    page_pictures: bool = False
    language: str | None = None
    transcriber: str = ""
    options: CallOptions = PLAIN
    ocr: bool = False


PLAIN_READING = ReadingOptions()


FindByEnding: TypeAlias = Callable[[str], Result[Extractor, ConfigurationError] | None]
"""Who reads files whose names end so (small letters, without the dot); None where nobody is known to."""


@attrs.frozen
class DocumentReader:
    """Reads a document from a path or from bytes. `extractors` gives who reads what, the first that knows a kind."""

    open_source: ReadSource = attrs.field(repr=False)
    extractors: Callable[[], Iterable[Extractor]] = attrs.field(repr=False)
    by_ending: FindByEnding = attrs.field(default=lambda ending: None, repr=False)
    """Who reads files of an ending that none of ours is for, as plug-ins may."""
    recognizer: Callable[[], TextRecognizer] | None = attrs.field(default=None, repr=False)
    """What finds the letters in pictures, where there is one."""

    @effect
    async def read(
        self, source: str | RawDocument, options: ReadingOptions = PLAIN_READING
    ) -> Result[Document, ExtractionError]:
        """The document at a path, or in bytes; what is not sure of it stands in its `warnings`."""
        raw = await self.open_source(source) if isinstance(source, str) else Success(source)
        if isinstance(raw, Failure):
            return Failure(raw.failure())
        document = await self._extract(raw.unwrap(), options)
        if not options.ocr or isinstance(document, Failure) or not document.unwrap().pictures:
            return document
        return await self._recognize(document.unwrap())

    async def _recognize(self, document: Document) -> Result[Document, ExtractionError]:
        """`document` with the letters in its pictures; a scanned page becomes a page of text."""
        if self.recognizer is None:
            said = "there is nothing here that finds letters in pictures"
            return Failure(ExtractorMissing(source=document.name, detail=said))
        found = await self.recognizer().recognize(document.name, document.pictures)
        if isinstance(found, Failure):
            return Failure(found.failure())
        texts = iter(found.unwrap())
        passages = tuple(
            one if one.picture is None else _with_letters(one, next(texts, "")) for one in document.passages
        )
        said = "what is written in its pictures was read by OCR, so letters may be wrong"
        return Success(attrs.evolve(document, passages=passages, warnings=(*document.warnings, said)))

    @effect
    async def read_for_model(
        self, source: str | RawDocument, options: ReadingOptions = PLAIN_READING
    ) -> Result[Document, ExtractionError]:
        """As `read`, but scanned pages are given as pictures, for a model that sees; a warning says so."""
        read = await settle(self.read(source, options))
        if not isinstance(read, Failure) or not isinstance(read.failure(), NoTextLayer):
            return read
        pictured = await settle(self.read(source, attrs.evolve(options, page_pictures=True)))
        return pictured.map(_warn_of_pictures)

    async def _extract(self, raw: RawDocument, options: ReadingOptions) -> Result[Document, ExtractionError]:
        if len(raw.data) > MOST_BYTES:
            said = f"it has more than {MOST_BYTES >> 20} MB, and that is the most that is read"
            return Failure(DocumentTooLarge(source=raw.name, detail=said))
        named = self._named_by_ending(raw)
        if isinstance(named, Failure):
            return Failure(ExtractorMissing(source=raw.name, detail=named.failure().detail))
        if named is not None:
            return await self._extract_by(named.unwrap(), raw, options)
        told = await run_off_loop(lambda: tell_media_kind(raw), large=len(raw.data) > LARGE_BODY)
        if isinstance(told, Failure):
            return Failure(told.failure())
        kind = told.unwrap()
        extractor = next((one for one in self.extractors() if kind.media_type in one.media_types), None)
        if extractor is None:
            return Failure(ExtractorMissing(source=raw.name, detail=_missing(kind.media_type)))
        return await self._run(extractor, kind, raw, options)

    def _named_by_ending(self, raw: RawDocument) -> Result[Extractor, ConfigurationError] | None:
        ending = raw.name.rpartition(".")[2].lower() if "." in raw.name else ""
        return self.by_ending(ending) if ending and ending not in OWN_ENDINGS else None

    async def _extract_by(
        self, extractor: Extractor, raw: RawDocument, options: ReadingOptions
    ) -> Result[Document, ExtractionError]:
        kinds = call_user_code(lambda: sorted(extractor.media_types))
        if isinstance(kinds, Failure) or not kinds.unwrap():
            return Failure(ExtractorMissing(source=raw.name, detail="what reads its kind names no media type"))
        return await self._run(extractor, MediaKind(kinds.unwrap()[0]), raw, options)

    async def _run(
        self, extractor: Extractor, kind: MediaKind, raw: RawDocument, options: ReadingOptions
    ) -> Result[Document, ExtractionError]:
        asked = Extraction(
            raw=raw, media_type=kind.media_type, **attrs.asdict(options, recurse=False, filter=_is_of_extraction)
        )
        document = await _run(extractor, asked)
        return document.bind(_with_content).map(lambda read: _warn(read, kind.warning, options))


async def _run(extractor: Extractor, asked: Extraction) -> Result[Document, ExtractionError]:
    """What `extractor` gives; one that raises, as a plug-in may, has failed."""
    ran = await run_user_code(lambda: extractor.extract(asked))
    if isinstance(ran, Failure):
        said = f"what reads {asked.media_type} has raised {ran.failure()}"
        return Failure(ExtractorMissing(source=asked.raw.name, detail=said))
    return ran.unwrap()


def _warn_of_pictures(document: Document) -> Document:
    count = len(document.pictures)
    said = f"it holds no text; {'its page is' if count == 1 else f'{count} of its pages are'} shown as pictures"
    return attrs.evolve(document, warnings=(said, *document.warnings))


def _is_of_extraction(field: attrs.Attribute[object], value: object) -> bool:
    return field.name != "ocr"


def _with_letters(passage: Passage, text: str) -> Passage:
    """A page that has text is text; a photo stays one, with its text."""
    if not text.strip():
        return passage
    if passage.page is not None:
        return attrs.evolve(passage, kind="text", text=text, picture=None)
    return attrs.evolve(passage, text=f"{passage.text}\n{text}".strip())


def _missing(media_type: str) -> str:
    if media_type in SOUNDS:
        return "it is a recording, and there is no model to hear it; name one that transcribes by `transcriber`"
    return f"nothing that is installed reads {media_type}"


def _with_content(document: Document) -> Result[Document, ExtractionError]:
    if any(passage.text.strip() or passage.picture is not None for passage in document.passages):
        return Success(document)
    return Failure(EmptyDocument(source=document.name, detail="it holds no text"))


def _warn(document: Document, mislabel: str, options: ReadingOptions) -> Document:
    pageless = options.pages is not None and document.page_count is None
    more = (mislabel, "it has no pages, so all of it is read" if pageless else "")
    return attrs.evolve(document, warnings=(*(one for one in more if one), *document.warnings))
