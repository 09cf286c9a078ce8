"""Letters in pictures, found on this machine by RapidOCR, whose models come in its wheel. A child does the work."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.child_process import EndedChild, run_child
from pointsman.core.chat.part import Bytes
from pointsman.core.documents.document_error import DocumentError, ExtractionOverrun, ExtractorMissing
from pointsman.core.json import Json, as_text, dumps

_CHILD = Path(__file__).with_name("ocr_child.py")


@attrs.frozen
class OcrRecognizer:
    """Reads print in Latin and Chinese letters well, handwriting badly; needs `pip install 'pointsman[ocr]'`."""

    memory_bytes: int = 8 * 2**30
    """Of the child's address space, of which it uses about half a gigabyte."""
    seconds: int = 600
    """Of the child's processor time, and as many by the clock."""
    threads: int = 2
    library: str = "rapidocr_onnxruntime"

    async def recognize(self, name: str, pictures: Sequence[Bytes]) -> Result[tuple[str, ...], DocumentError]:
        """As `TextRecognizer.recognize`."""
        if importlib.util.find_spec(self.library) is None:
            said = "letters in pictures are found by an extra: pip install 'pointsman[ocr]'"
            return Failure(ExtractorMissing(source=name, detail=said))
        order: Json = {
            "sizes": [len(picture.data) for picture in pictures],
            "memory": self.memory_bytes,
            "seconds": self.seconds,
            "threads": self.threads,
        }
        given = b"".join((dumps(order), b"\n", *(picture.data for picture in pictures)))
        ended = await run_child(name, _CHILD, given, self.seconds)
        return ended.bind(lambda child: _texts(name, child, len(pictures)))


def _texts(name: str, child: EndedChild, count: int) -> Result[tuple[str, ...], DocumentError]:
    texts = tuple(as_text(line.get("text")) for line in child.lines if "text" in line)
    if len(texts) == count and child.lines[-1].get("end") is True:
        return Success(texts)
    said = "looking for letters in it took more time or memory than one document may"
    return Failure(ExtractionOverrun(source=name, detail=said))
