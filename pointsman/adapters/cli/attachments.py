"""What `-f` and `/file` name, read and made into parts of a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.part import Image, Text
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.documents.document import Document
from pointsman.core.documents.document_error import DocumentError
from pointsman.core.documents.media_kind import PICTURES
from pointsman.core.documents.quote import quote_document
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, InvalidRequest
from pointsman.services.documents.document_reader import ReadingOptions

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

    def joined_with(self, more: Attachments) -> Attachments:
        """These, and then `more`."""
        return Attachments((*self.documents, *more.documents), (*self.pictures, *more.pictures))

    @property
    def has_words(self) -> bool:
        """Whether a document is in it that is no picture."""
        return any(document.media_type not in PICTURES for document in self.documents)

    @property
    def tokens(self) -> int:
        """How long the documents are, by estimate."""
        return sum(estimate_text(document.text) for document in self.documents)


def reading_options(options: Options) -> ReadingOptions:
    """How the command line says that files are to be read."""
    return ReadingOptions(
        pages=getattr(options, "pages", None),  # `chat` has none of these
        page_pictures=bool(getattr(options, "describe", False) or getattr(options, "ocr", False)),
        ocr=bool(getattr(options, "ocr", False)),
        language=getattr(options, "language", None),
        transcriber=getattr(options, "transcriber", ""),
        options=CallOptions(tags=tuple(getattr(options, "tag", ())), tenant=getattr(options, "tenant", "")),
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
    wanted = reading_options(context.options)
    read = await settle(context.app.documents.read_for_model(name, wanted))
    if isinstance(read, Failure):
        return Failure(read.failure())
    document = read.unwrap()
    if getattr(context.options, "describe", False) and document.pictures:
        from pointsman.services.documents.picture_reading import describe_pictures

        described = await describe_pictures(context.app.client, document, named_model(context), wanted.options)
        return described.map(_without_pictures)
    if wanted.ocr:
        return Success(_without_pictures(document))
    return await _as_shown(name, context) if document.media_type in PICTURES and name != "-" else Success(document)


def _without_pictures(document: Document) -> Document:
    """`document` with what its pictures say in their place: the model that is asked need not see."""
    passages = tuple(attrs.evolve(one, picture=None) for one in document.passages if one.text.strip())
    return attrs.evolve(document, passages=passages)


async def _as_shown(name: str, context: AppContext) -> Result[Document | Image, AttachmentError]:
    image: Result[Image, InvalidRequest] = await context.read_image(name)
    if isinstance(image, Failure):
        return Failure(image.failure())
    return Success(image.unwrap())


def named_model(context: AppContext) -> str:
    """The model that the command line names, by its provider; empty for the usual one."""
    options = context.options
    named = any(getattr(options, name, None) for name in ("provider", "model", "base_url"))
    return f"{context.app.settings.default_provider}/" if named else ""
