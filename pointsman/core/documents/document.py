"""A document that was read: its passages, each with the page or the time where it stands. Pure data.

Knows no format and no file: what makes documents are extractors (`services/ports/extractor.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.part import Bytes
from pointsman.core.one_line import one_line

LONGEST_PLACE = 80
"""Characters of a heading that name a place: each piece of a document is shown after its place."""
PassageKind: TypeAlias = Literal["text", "table", "picture", "segment"]


@attrs.frozen(kw_only=True)
class Passage:
    """A part of a document: a page, a chapter, a table, a picture, or what was said in a stretch of time."""

    kind: PassageKind = "text"
    text: str = ""
    """What is written or said there; of a picture its description, if it has one. A table has a line for each row."""
    page: int | None = None
    """The number of its page, from 1; None where there are no pages."""
    start: float | None = None
    end: float | None = None
    """Seconds from the beginning of the recording."""
    heading: str = ""
    """What it is called there: the chapter's title."""
    picture: Bytes | None = None

    @property
    def place(self) -> str:
        """Where it stands, as an answer cites it: `page 3`, `1:02.0–1:08.5`, or its heading; empty if nowhere."""
        if self.page is not None:
            return f"page {self.page}"
        if self.start is not None:
            return f"{clock_text(self.start)}–{clock_text(self.end if self.end is not None else self.start)}"
        return one_line(self.heading, LONGEST_PLACE)


@attrs.frozen(kw_only=True)
class Document:
    """What was read of a source. `warnings` say what of it could not be read, or not surely, one sentence each."""

    name: str
    """Of its file, without its folder."""
    media_type: str
    """By its content."""
    passages: tuple[Passage, ...]
    title: str = ""
    """As it calls itself."""
    page_count: int | None = None
    """Pages in all, also where only some were read."""
    duration: float | None = None
    """Seconds of a recording."""
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything that is written or said in it, with a blank line between passages."""
        return "\n\n".join(passage.text for passage in self.passages if passage.text)

    @property
    def pictures(self) -> tuple[Bytes, ...]:
        """The pictures in it."""
        return tuple(passage.picture for passage in self.passages if passage.picture is not None)


def join_documents(documents: Sequence[Document]) -> Document:
    """Several documents as one, whose places name the document they are of; pictures that nobody described are left."""
    if len(documents) == 1:
        return documents[0]
    passages = tuple(
        Passage(kind=one.kind, text=one.text, heading=f"{one.place} of {each.name}" if one.place else each.name)
        for each in documents
        for one in each.passages
        if one.text
    )
    name = ", ".join(document.name for document in documents)
    return Document(name=name, media_type="multipart/mixed", passages=passages)


@attrs.frozen
class RawDocument:
    """A document as it came: the name of its file, without a folder, and its bytes."""

    name: str
    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")


def clock_text(seconds: float) -> str:
    """`1:02:03.4` or `2:03.4`: a time from the beginning."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    short = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{short}" if hours else f"{minutes}:{short}"
