"""An extractor that reads what it is told to read, for tests of what stands on documents."""

from __future__ import annotations

from collections.abc import Mapping

import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import DamagedDocument, DocumentError
from pointsman.services.ports.extractor import Extraction


@attrs.define
class FakeExtractor:
    """An `Extractor` for documents whose pages stand in `pages`, by their names; others are damaged."""

    pages: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    media_types: frozenset[str] = frozenset({"text/plain"})
    asked: list[Extraction] = attrs.field(factory=list)
    """What it was asked for, in order."""

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`."""
        await anyio.lowlevel.checkpoint()
        self.asked.append(asked)
        pages = self.pages.get(asked.raw.name)
        if pages is None:
            return Failure(DamagedDocument(source=asked.raw.name, detail="it is not among the pages of the fake"))
        passages = tuple(
            Passage(text=text, page=number)
            for number, text in enumerate(pages, 1)
            if asked.pages is None or number in asked.pages
        )
        return Success(
            Document(name=asked.raw.name, media_type=asked.media_type, passages=passages, page_count=len(pages))
        )
