"""What `-f` and `/file` name, read and made into parts of a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.part import Image, Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.documents.document import Document, RawDocument
from pointsman.core.documents.document_error import DocumentError, NoTextLayer
from pointsman.core.documents.media_kind import PICTURES
from pointsman.core.documents.quote import quote_document
from pointsman.core.error import ChatError, InvalidRequest
from pointsman.services.documents.document_reader import DocumentReader, ReadingOptions
from pointsman.services.documents.picture_reading import describe_pictures
from pointsman.services.ports.extractor import ExtractionError

AttachmentError: TypeAlias = DocumentError | ChatError
_ADDRESSES = ("http://", "https://", "data:")


@attrs.frozen
class Attachments:
    """What was read, in the order in which it was named: documents, and pictures as they are shown."""

    documents: tuple[Document, ...] = ()
    pictures: tuple[Image, ...] = ()

    @property
    def parts(self) -> tuple[Text | Image, ...]:
        """All of it for a message, pictures first."""
        return (*self.pictures, *(part for document in self.documents for part in quote_document(document)))

    @property
    def tokens(self) -> int:
        """How long the documents are, by estimate."""
        return sum(estimate_text(document.text) for document in self.documents)


def reading_options(options: Options) -> ReadingOptions:
    """How the command line says that files are to be read."""
    return ReadingOptions(
        pages=getattr(options, "pages", None),  # `chat` has none of these
        page_pictures=bool(getattr(options, "describe", False)),
        language=getattr(options, "language", None),
        transcriber=getattr(options, "transcriber", ""),
    )


async def read_attachments(names: Sequence[str], context: AppContext) -> Result[Attachments, AttachmentError]:
    """What the files called `names` hold, or the first thing wrong with one; warnings are told."""
    read = Attachments()
    for name in names:
        one = await _read_one(name, context)
        if isinstance(one, Failure):
            return Failure(one.failure())
        found = one.unwrap()
        if isinstance(found, Image):
            read = attrs.evolve(read, pictures=(*read.pictures, found))
        else:
            tell_warnings(found, context.terminal)
            read = attrs.evolve(read, documents=(*read.documents, found))
    return Success(read)


def tell_warnings(document: Document, terminal: Terminal) -> None:
    """Say what of a document was not read, or not surely."""
    for warning in document.warnings:
        terminal.note(f"{document.name}: {warning}.")


async def _read_one(name: str, context: AppContext) -> Result[Document | Image, AttachmentError]:
    """A picture is made to fit the provider, unless it is to be described; else it is a document."""
    if name.lower().startswith(_ADDRESSES):
        return await _as_shown(name, context)
    reader, wanted = context.app.documents, reading_options(context.options)
    read = await read_pages(reader, name, wanted, context.terminal)
    if isinstance(read, Failure):
        return Failure(read.failure())
    document = read.unwrap()
    if wanted.page_pictures and document.pictures:
        request = ChatRequest(named_model(context), ())
        described = await describe_pictures(context.app.client, document, request.model)
        return described.map(lambda written: written)
    return await _as_shown(name, context) if document.media_type in PICTURES and name != "-" else Success(document)


async def _as_shown(name: str, context: AppContext) -> Result[Document | Image, AttachmentError]:
    image: Result[Image, InvalidRequest] = await context.read_image(name)
    if isinstance(image, Failure):
        return Failure(image.failure())
    return Success(image.unwrap())


async def read_pages(
    reader: DocumentReader, source: str | RawDocument, wanted: ReadingOptions, terminal: Terminal
) -> Result[Document, ExtractionError]:
    """As `DocumentReader.read`; a document of scanned pages is read as their pictures, and that is told."""
    read = await reader.read(source, wanted)
    if not isinstance(read, Failure) or not isinstance(read.failure(), NoTextLayer):
        return read
    pictured = await reader.read(source, attrs.evolve(wanted, page_pictures=True))
    if not isinstance(pictured, Failure):
        count = len(pictured.unwrap().pictures)
        what = "the page is" if count == 1 else f"{count} pages are"
        terminal.note(f"{pictured.unwrap().name}: it holds no text; {what} shown to the model as pictures.")
    return pictured


def named_model(context: AppContext) -> str:
    """The model that the command line names, by its provider; empty for the usual one."""
    options = context.options
    named = any(getattr(options, name, None) for name in ("provider", "model", "base_url"))
    return f"{context.app.settings.default_provider}/" if named else ""
