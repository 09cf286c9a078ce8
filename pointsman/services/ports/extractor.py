"""Port: reads documents of some kinds, and says in one sentence what cannot be read. Knows nothing of models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.part import Bytes
from pointsman.core.documents.document import Document, RawDocument
from pointsman.core.documents.document_error import DocumentError
from pointsman.core.error import ChatError

ExtractionError: TypeAlias = DocumentError | ChatError
"""What reading can fail with: what is wrong with the document, or with the model that hears or sees it."""
MOST_BYTES = 64 * 2**20
"""Bytes that are read of a source."""
MOST_CHARACTERS = 16_000_000
"""Characters of text that a document may have: about four million tokens."""


@attrs.frozen(kw_only=True)
class Extraction:
    """What is to be read, and how. `media_type` is the document's by its content."""

    raw: RawDocument
    media_type: str
    pages: frozenset[int] | None = None
    """The pages to read, from 1; None for all. Kinds that have no pages read everything."""
    page_pictures: bool = False
    """Give pages that hold no text as pictures, for a model that sees."""
    language: str | None = None
    """What is spoken in a recording, as ISO 639-1 has it."""
    transcriber: str = ""
    """The model that hears a recording, as `provider/model`; empty for the provider's usual one."""
    options: CallOptions = PLAIN
    """How it is asked, and who pays."""


class Extractor(Protocol):
    """Reads documents of its `media_types`. Whatever the bytes are, it raises nothing and its memory is bounded."""

    @property
    def media_types(self) -> frozenset[str]:
        """The MIME types that it reads."""
        ...

    async def extract(self, asked: Extraction) -> Result[Document, ExtractionError]:
        """The document in `asked.raw`. Cancelling it ends what it started."""
        ...


class TextRecognizer(Protocol):
    """Finds the letters in pictures, on this machine. What it reads may be wrong by a letter or a space."""

    async def recognize(self, name: str, pictures: Sequence[Bytes]) -> Result[tuple[str, ...], DocumentError]:
        """What is written in each of the `pictures` of the document `name`, a line for each line; empty for nothing."""
        ...


ReadSource: TypeAlias = Callable[[str], Awaitable[Result[RawDocument, DocumentError]]]
"""Reads the bytes of the document at a path, at most `MOST_BYTES`."""
