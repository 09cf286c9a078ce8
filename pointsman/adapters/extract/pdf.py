"""PDFs: the text of each page, and pages that hold none as pictures. They are read by a child (`pdf_child.py`).

The child has bounds of memory and time, and ends with its task: whatever a PDF does, this process goes on.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import attrs
from anyio.abc import ByteReceiveStream, Process
from anyio.lowlevel import RunVar
from returns.result import Failure, Result, Success

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
    UnreadableFile,
)
from pointsman.core.documents.media_kind import PDF
from pointsman.core.json import Json, as_object, as_text, dumps, loads
from pointsman.core.security.secret import may_name_secret
from pointsman.services.ports.extractor import MOST_CHARACTERS, Extraction

_CHILD = Path(__file__).with_name("pdf_child.py")
_AT_ONCE = 2
_MOST_REPLY = 256 * 2**20
"""Bytes that the child may write: all text that is allowed, escaped, and twenty pages as pictures."""
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
        async with _room():
            lines = await self._run(asked)
        return lines.bind(lambda read: _document(asked, read))

    async def _run(self, asked: Extraction) -> Result[Sequence[Mapping[str, Json]], DocumentError]:
        """What the child writes, line by line."""
        name = asked.raw.name
        try:
            process = await anyio.open_process(
                # Without the working folder on the path, so that no file there stands in for the library.
                [sys.executable, "-P", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={key: value for key, value in os.environ.items() if not may_name_secret(key)},
                start_new_session=True,
            )
        except OSError as problem:
            said = f"what reads PDFs cannot be started: {problem.strerror or problem}"
            return Failure(UnreadableFile(source=name, detail=said))
        try:
            with anyio.move_on_after(2 * self.seconds):
                written = await _exchange(process, self._order(asked), asked.raw.data)
                code = await process.wait()
                return _lines(name, written, code)
            return Failure(ExtractionOverrun(source=name, detail=f"it took more than {2 * self.seconds} s"))
        finally:
            await _end(process)

    def _order(self, asked: Extraction) -> bytes:
        order: Json = {
            "pages": None if asked.pages is None else [*sorted(asked.pages)],
            "pictures": asked.page_pictures,
            "most": MOST_CHARACTERS,
            "memory": self.memory_bytes,
            "seconds": self.seconds,
        }
        return dumps(order) + b"\n"


_ROOM: RunVar[anyio.CapacityLimiter] = RunVar("pointsman.pdf")


def _room() -> anyio.CapacityLimiter:
    """Two children at a time on this event loop."""
    limiter = _ROOM.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        _ROOM.set(limiter)
    return limiter


async def _exchange(process: Process, order: bytes, data: bytes) -> bytes:
    """Give the child its input, and take what it writes meanwhile."""
    written = bytearray()

    async def feed() -> None:
        assert process.stdin is not None
        try:
            await process.stdin.send(order)
            await process.stdin.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # it has ended; how says its exit code
        finally:
            with anyio.CancelScope(shield=True):
                await process.stdin.aclose()

    async with anyio.create_task_group() as group:
        group.start_soon(feed)
        assert process.stdout is not None
        await _read_within(process.stdout, written)
        group.cancel_scope.cancel()
    return bytes(written)


async def _read_within(stream: ByteReceiveStream, written: bytearray) -> None:
    try:
        async for piece in stream:
            written += piece
            if len(written) > _MOST_REPLY:
                return
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


async def _end(process: Process) -> None:
    """Whatever it is doing, it ends now."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            process.kill()
        await process.wait()
        await process.aclose()


def _lines(name: str, written: bytes, code: int) -> Result[Sequence[Mapping[str, Json]], DocumentError]:
    lines = [as_object(loads(line).value_or({})) for line in written.splitlines()]
    last = lines[-1] if lines else {}
    problem = as_text(last.get("problem"))
    if problem:
        return Failure(_problem(name, problem))
    if last.get("end") is True:
        return Success(lines)
    said = "reading it took more time or memory than one PDF may" if code < 0 else "what reads PDFs broke on it"
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
