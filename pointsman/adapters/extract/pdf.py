"""PDFs: the text of each page, and pages that hold none as pictures. They are read by a child (`pdf_child.py`).

The child has bounds of memory and time, and ends with its task: whatever a PDF does, this process goes on.
"""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.child_process import EndedChild, run_child
from pointsman.adapters.extract.plain import too_long
from pointsman.core.chat.part import Bytes
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import (
    DamagedDocument,
    DocumentError,
    EncryptedDocument,
    ExtractionOverrun,
    ExtractorMissing,
    NoSuchPages,
    NoTextLayer,
)
from pointsman.core.documents.media_kind import PDF
from pointsman.core.json import Json, as_text, dumps
from pointsman.services.ports.extractor import MOST_CHARACTERS, Extraction

_CHILD = Path(__file__).with_name("pdf_child.py")
_MOST_NAMED = 10


@attrs.frozen
class PdfExtractor:
    """Reads PDFs, where pypdfium2 is installed (`pip install 'pointsman[documents]'`)."""

    media_types: frozenset[str] = frozenset({PDF})
    memory_bytes: int = 1024 * 2**20
    """Of the child's address space."""
    seconds: int = 60
    """Of the child's processor time, and twice that by the clock."""
    library: str = "pypdfium2"

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`."""
        if importlib.util.find_spec(self.library) is None:
            said = "PDFs are read by an extra: pip install 'pointsman[documents]'"
            return Failure(ExtractorMissing(source=asked.raw.name, detail=said))
        lines = await self._run(asked)
        return lines.bind(lambda read: _document(asked, read))

    async def _run(self, asked: Extraction) -> Result[Sequence[Mapping[str, Json]], DocumentError]:
        """What the child writes, line by line."""
        name = asked.raw.name
        ended = await run_child(name, _CHILD, self._order(asked) + asked.raw.data, 2 * self.seconds)
        return ended.bind(lambda child: _check_lines(name, child))

    def _order(self, asked: Extraction) -> bytes:
        order: Json = {
            "pages": None if asked.pages is None else [*sorted(asked.pages)],
            "pictures": asked.page_pictures,
            "most": MOST_CHARACTERS,
            "memory": self.memory_bytes,
            "seconds": self.seconds,
        }
        return dumps(order) + b"\n"


def _check_lines(name: str, child: EndedChild) -> Result[Sequence[Mapping[str, Json]], DocumentError]:
    lines = child.lines
    last = lines[-1] if lines else {}
    problem = as_text(last.get("problem"))
    if problem:
        return Failure(_problem(name, problem))
    if last.get("end") is True:
        return Success(lines)
    said = "reading it took more time or memory than one PDF may" if child.code < 0 else "what reads PDFs broke on it"
    return Failure(ExtractionOverrun(source=name, detail=said))


def _problem(name: str, problem: str) -> DocumentError:
    """What the child says is wrong."""
    if problem == "password":
        return EncryptedDocument(source=name, detail="it opens with a password")
    if problem == "memory":
        return ExtractionOverrun(source=name, detail="reading it takes more memory than one PDF may")
    if problem == "long":
        return too_long(name)
    return DamagedDocument(source=name, detail="it is a PDF that is cut or damaged")


def _document(asked: Extraction, lines: Sequence[Mapping[str, Json]]) -> Result[Document, DocumentError]:
    name, count = asked.raw.name, lines[0].get("count")
    pages = [line for line in lines if isinstance(line.get("page"), int)]
    if not pages:
        said = f"it has {count} page{'' if count == 1 else 's'}, and none of those that are asked for"
        return Failure(NoSuchPages(source=name, detail=said))
    passages = tuple(passage for line in pages if (passage := _passage(line)) is not None)
    bare = [_number(line) for line in pages if not as_text(line.get("text")).strip() and "picture" not in line]
    if not passages:
        what = "its page is a picture" if len(pages) == 1 else f"its {len(pages)} pages are pictures"
        return Failure(NoTextLayer(source=name, detail=f"it holds no text: {what}"))
    return Success(
        Document(
            name=name,
            media_type=PDF,
            passages=passages,
            title=" ".join(as_text(lines[0].get("title")).split()),
            page_count=count if isinstance(count, int) else None,
            warnings=(f"{_pages(bare)} no text",) if bare else (),
        )
    )


def _passage(line: Mapping[str, Json]) -> Passage | None:
    text = as_text(line.get("text")).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    picture = as_text(line.get("picture"))
    if picture:
        data = Bytes(base64.b64decode(picture), "image/png")
        return Passage(kind="picture", page=_number(line), picture=data)
    return Passage(text=text, page=_number(line)) if text else None


def _number(line: Mapping[str, Json]) -> int:
    number = line.get("page")
    return number if isinstance(number, int) else 0


def _pages(numbers: list[int]) -> str:
    """`page 3 holds`, or `pages 3, 5 and 7 more hold`."""
    if len(numbers) == 1:
        return f"page {numbers[0]} holds"
    more = len(numbers) - _MOST_NAMED
    named = ", ".join(map(str, numbers[:_MOST_NAMED]))
    return f"pages {named}{f' and {more} more' if more > 0 else ''} hold"
