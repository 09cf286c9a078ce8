"""A document as parts of a message: its text in a frame that says what it is and where each piece stands. Pure.

What stands in a document is a stranger's: it cannot end the frame, and the frame says that it is quoted.
"""

from __future__ import annotations

from collections.abc import Iterable

from pointsman.core.chat.part import Image, Text
from pointsman.core.documents.document import Document, Section
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
    written = [section for section in document.sections if section.picture is None or section.page is not None]
    if not written:
        return pictures
    return (Text(quote_sections(document, written) + "\n"), *pictures)


def quote_sections(document: Document, sections: Iterable[Section]) -> str:
    """Some sections of `document` in a frame, each after a line that says where it stands."""
    return quote_text(document, "\n\n".join(mark_section(section) for section in sections))


def quote_text(document: Document, text: str) -> str:
    """Marked text of `document` in its frame."""
    facts = [f'name="{_attribute(document.name)}"']
    if document.title:
        facts.append(f'title="{_attribute(document.title)}"')
    if document.page_count is not None:
        facts.append(f'pages="{document.page_count}"')
    return f"<document {' '.join(facts)}>\n{text.replace(_END, _BLUNTED)}\n</document>"


def mark_section(section: Section) -> str:
    """The text of a section after its place, as in `[page 3]`; a picture is named, and follows after the text."""
    said = section.text if section.text or section.picture is None else "(a picture, shown below)"
    return f"[{one_line(section.place, _MOST_NAME)}]\n{said}" if section.place else said


def _attribute(text: str) -> str:
    return one_line(text, _MOST_NAME).replace('"', "'")
