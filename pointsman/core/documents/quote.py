"""A document as parts of a message: its text in a frame that says what it is and where each piece stands. Pure.

What stands in a document is a stranger's: it cannot end the frame, and the frame says that it is quoted.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from pointsman.core.chat.part import Image, Text
from pointsman.core.documents.document import Document, Passage
from pointsman.core.one_line import one_line

_END = "</document"
_BLUNTED = "<\u200b/document"
"""Looks the same, and is no end."""
_MOST_NAME = 200


def quote_document(document: Document) -> tuple[Text | Image, ...]:
    """The parts that show `document` to a model: one text with all that is written or said in it, and its pictures.

    A photo alone is its picture and nothing else.
    """
    pictures = tuple(Image(data) for data in document.pictures)
    written = [passage for passage in document.passages if passage.picture is None or passage.page is not None]
    if not written:
        return pictures
    return (Text(quote_passages(document, written) + "\n"), *pictures)


def quote_passages(document: Document, passages: Iterable[Passage]) -> str:
    """Some passages of `document` in a frame, each after a line that says where it stands."""
    return quote_text(document, "\n\n".join(mark_passage(passage) for passage in passages))


def quote_text(document: Document, text: str) -> str:
    """Marked text of `document` in its frame."""
    facts = [f'name="{_attribute(document.name)}"']
    if document.title:
        facts.append(f'title="{_attribute(document.title)}"')
    if document.page_count is not None:
        facts.append(f'pages="{document.page_count}"')
    notes = "".join(f"(Note: {one_line(warning, _MOST_NAME)}.)\n" for warning in document.warnings)
    return f"<document {' '.join(facts)}>\n{notes}{text.replace(_END, _BLUNTED)}\n</document>"


def mention_document(document: Document) -> Text:
    """What stands in a conversation for a document that was read by parts: its frame, and that its text is not kept."""
    said = "(It is too long to be shown here: the answer that follows was made of it by parts.)"
    return Text(quote_text(attrs.evolve(document, warnings=()), said) + "\n")


def mark_passage(passage: Passage) -> str:
    """The text of a passage after its place, as in `[page 3]`; a picture is named, and follows after the text."""
    said = passage.text if passage.text or passage.picture is None else "(a picture, shown below)"
    return f"[{passage.place}]\n{said}" if passage.place else said


def _attribute(text: str) -> str:
    return one_line(text, _MOST_NAME).replace('"', "'")
