"""Pictures: their size and kind, and the picture itself for a model that sees. It decodes nothing."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.part import Bytes
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import DamagedDocument, DocumentError
from pointsman.core.documents.media_kind import PICTURES
from pointsman.core.images.image_facts import image_facts
from pointsman.services.ports.extractor import Extraction


@attrs.frozen
class PictureExtractor:
    """Gives a picture as it is, with what its head tells as its text."""

    media_types: frozenset[str] = PICTURES

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`."""
        found = image_facts(asked.raw.data)
        if isinstance(found, Failure):
            return Failure(DamagedDocument(source=asked.raw.name, detail=f"it {found.failure()}"))
        facts = found.unwrap()
        kind = facts.media_type.removeprefix("image/").upper()
        said = f"{kind}{', moving' if facts.moves else ''}, {facts.width}×{facts.height} pixels"
        passage = Passage(kind="picture", text=said, picture=Bytes(asked.raw.data, facts.media_type))
        return Success(Document(name=asked.raw.name, media_type=facts.media_type, passages=(passage,)))
