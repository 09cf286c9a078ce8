"""What can be wrong with a document, each a frozen value beside the errors of models (`core/error.py`).

None of them is cured by trying again, and none quotes what stands in the document.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

import attrs

from pointsman.core.error import Fault


@attrs.frozen(kw_only=True)
class DocumentFault(Fault):
    """What these errors share: `source` is the name of the document."""

    source: str

    @property
    def where(self) -> str:
        """The name of the document."""
        return self.source


@attrs.frozen(kw_only=True)
class UnreadableFile(DocumentFault):
    """There is no such file, or it may not be read, or it is no file: a folder, a device."""

    hint: ClassVar[str] = "Check the path and its permissions."


@attrs.frozen(kw_only=True)
class EmptyDocument(DocumentFault):
    """There is nothing in it."""

    hint: ClassVar[str] = "Check that it was saved, and that it is the one that you mean."


@attrs.frozen(kw_only=True)
class DocumentTooLarge(DocumentFault):
    """It is larger than is read, or what is packed in it is."""

    hint: ClassVar[str] = "Split it, or save the part that matters as a file of its own."


@attrs.frozen(kw_only=True)
class EncryptedDocument(DocumentFault):
    """It opens with a password or a right that we have not got."""

    hint: ClassVar[str] = "Save it without a password first."


@attrs.frozen(kw_only=True)
class DamagedDocument(DocumentFault):
    """It begins as its kind does, but cannot be read on."""

    hint: ClassVar[str] = "Get it again, or save it anew with the program that made it."


@attrs.frozen(kw_only=True)
class MislabelledDocument(DocumentFault):
    """Its name says a kind that its content is not, and its content is of no kind that is read."""

    hint: ClassVar[str] = "Check that it was got whole, and rename it by what it is."


@attrs.frozen(kw_only=True)
class NoTextLayer(DocumentFault):
    """Its pages are pictures: it was scanned, and nobody has put the text into it."""

    hint: ClassVar[str] = (
        "Have its letters found with --ocr (`ocr`), or a model that sees read it with --describe (`page_pictures`)."
    )


@attrs.frozen(kw_only=True)
class NoSuchPages(DocumentFault):
    """It has none of the pages that are asked for."""

    hint: ClassVar[str] = "Name pages that it has."


@attrs.frozen(kw_only=True)
class UnsupportedDocument(DocumentFault):
    """It is of a kind that is not read."""

    hint: ClassVar[str] = "Save it as PDF, DOCX, XLSX, PPTX, EPUB, HTML, CSV or text."


@attrs.frozen(kw_only=True)
class ExtractorMissing(DocumentFault):
    """What reads this kind is not installed or not set up; `detail` says how to have it."""

    hint: ClassVar[str] = "Install it and try again."


@attrs.frozen(kw_only=True)
class ExtractionOverrun(DocumentFault):
    """Reading it took more time or memory than one document may."""

    hint: ClassVar[str] = "Read some of its pages alone, or save it anew with the program that made it."


DocumentError: TypeAlias = (
    UnreadableFile
    | EmptyDocument
    | DocumentTooLarge
    | EncryptedDocument
    | DamagedDocument
    | MislabelledDocument
    | NoTextLayer
    | NoSuchPages
    | UnsupportedDocument
    | ExtractorMissing
    | ExtractionOverrun
)
"""What reading a document can fail with, where no model is asked."""
