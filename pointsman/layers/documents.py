"""Which extractors there are, and the reader that an App has. Their code is loaded when a document is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from returns.result import Result

from pointsman.core.error import ConfigurationError
from pointsman.services.ports.client import Client

if TYPE_CHECKING:
    from pointsman.core.documents.document import RawDocument
    from pointsman.core.documents.document_error import DocumentError
    from pointsman.services.documents.document_reader import DocumentReader
    from pointsman.services.ports.extractor import Extractor, TextRecognizer

OpenExtractors: TypeAlias = "Callable[[Client], Iterable[Extractor]]"
"""The extractors, in the order in which they are asked; `client` is for those that have a model hear or see."""


def own_extractors() -> Iterator[Extractor]:
    """Those that ask no model. Each is loaded when it is its turn: a picture, or a text, waits for no other."""
    from pointsman.adapters.extract.picture import PictureExtractor

    yield PictureExtractor()
    from pointsman.adapters.extract.plain import PlainExtractor

    yield PlainExtractor()
    from pointsman.adapters.extract.pdf import PdfExtractor

    yield PdfExtractor()
    yield from _of_packages()


def _of_packages() -> Iterator[Extractor]:
    """What is a zip archive of XML: they have most of their code in common."""
    from pointsman.adapters.extract.docx import DocxExtractor
    from pointsman.adapters.extract.epub import EpubExtractor
    from pointsman.adapters.extract.opendocument import OpenDocumentExtractor
    from pointsman.adapters.extract.sheets import XlsxExtractor
    from pointsman.adapters.extract.slides import PptxExtractor

    yield from (DocxExtractor(), XlsxExtractor(), PptxExtractor(), OpenDocumentExtractor(), EpubExtractor())


def all_extractors(client: Client) -> Iterator[Extractor]:
    """All that come with pointsman."""
    yield from own_extractors()
    from pointsman.services.documents.recordings import RecordingExtractor

    yield RecordingExtractor(client)


def own_recognizer() -> TextRecognizer:
    """What finds letters in pictures, by an extra."""
    from pointsman.adapters.extract.letters import OcrRecognizer

    return OcrRecognizer()


async def open_document(path: str) -> Result[RawDocument, DocumentError]:
    """The document at `path`; `-` is standard input."""
    from pointsman.adapters.extract.document_source import read_document_file

    return await read_document_file(path)


def document_reader(
    client: Client | None = None, extractors: OpenExtractors = all_extractors, disabled: tuple[str, ...] = ()
) -> DocumentReader:
    """A reader of documents on this machine. Without a `client` no recording is heard; plug-ins may be `disabled`."""
    from pointsman.services.documents.document_reader import DocumentReader

    own = own_extractors if client is None else lambda: extractors(client)
    return DocumentReader(open_document, own, partial(_of_plugin, disabled), own_recognizer)


def _of_plugin(disabled: tuple[str, ...], ending: str) -> Result[Extractor, ConfigurationError] | None:
    from pointsman.adapters.plugins.discovery import plugins_called

    if not plugins_called("extractors", ending):
        return None
    from pointsman.layers.plugins import plugin_extractor

    return plugin_extractor(ending, disabled)
