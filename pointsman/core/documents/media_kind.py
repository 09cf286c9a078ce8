"""Which kind of document some bytes are: by their content first, by the name second. Pure, total on any bytes."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.media_type import is_pdf, sound_type
from pointsman.core.documents.charset import decode_text
from pointsman.core.documents.document import RawDocument
from pointsman.core.documents.document_error import (
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    MislabelledDocument,
    UnsupportedDocument,
)
from pointsman.core.images.image_facts import image_facts

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
HTML = "text/html"
CSV = "text/csv"
TSV = "text/tab-separated-values"
MARKDOWN = "text/markdown"
PLAIN = "text/plain"
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
SOUNDS = frozenset({"audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4", "audio/webm"})
"""Recordings, the sound of films included."""

_BY_ENDING = {
    "pdf": PDF,
    "docx": DOCX,
    "xlsx": XLSX,
    "pptx": PPTX,
    "odt": ODT,
    "ods": ODS,
    "odp": ODP,
    "epub": EPUB,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "csv": CSV,
    "tsv": TSV,
    "tab": TSV,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "webm": "audio/webm",
}
OWN_ENDINGS = frozenset(_BY_ENDING)
"""Endings of names that stand for kinds which we know by their content: a plug-in is not asked for them."""
_WORDS = {
    PDF: "a PDF",
    DOCX: "a Word document",
    XLSX: "an Excel workbook",
    PPTX: "a PowerPoint presentation",
    ODT: "an OpenDocument text",
    ODS: "an OpenDocument table",
    ODP: "an OpenDocument presentation",
    EPUB: "an EPUB book",
    HTML: "a web page",
    CSV: "a table",
    TSV: "a table",
    MARKDOWN: "text",
    PLAIN: "text",
    **dict.fromkeys(PICTURES, "a picture"),
    **dict.fromkeys(SOUNDS, "a recording"),
}
_OTHERS = (
    (b"{\\rtf", "is RTF"),
    (b"%!PS", "is PostScript"),
    (b"II*\0", "is a TIFF picture; save it as PNG or JPEG"),
    (b"MM\0*", "is a TIFF picture; save it as PNG or JPEG"),
    (b"BM", "is a bitmap; save it as PNG or JPEG"),
    (b"\x1f\x8b", "is packed by gzip; unpack it"),
    (b"BZh", "is packed by bzip2; unpack it"),
    (b"\xfd7zXZ\0", "is packed by xz; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive; unpack it"),
    (b"Rar!", "is a RAR archive; unpack it"),
    (b"\x7fELF", "is a program"),
    (b"MZ", "is a program"),
    (b"SQLite format 3\0", "is a database"),
    (b"OLE", "is an old Office file"),
)
_OFFICE_BEFORE_2007 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HTML_HEAD = (b"<!doctype html", b"<html", b"<head", b"<body")


@attrs.frozen
class MediaKind:
    """The MIME type of a document, and a sentence where its name says another."""

    media_type: str
    warning: str = ""


def tell_media_kind(raw: RawDocument) -> Result[MediaKind, DocumentError]:
    """What `raw` is, or why it is nothing that is read."""
    if not raw.data.strip():
        return Failure(EmptyDocument(source=raw.name, detail="it is empty"))
    called = _BY_ENDING.get(raw.name.rpartition(".")[2].lower() if "." in raw.name else "")
    found = _by_content(raw, called)
    if isinstance(found, str):
        return Success(MediaKind(found, _complaint(called, found)))
    if isinstance(found, UnsupportedDocument) and called is not None and _is_no_text(found):
        said = f"it is named like {_WORDS[called]}, and is none; nor is it anything else that is read"
        return Failure(MislabelledDocument(source=raw.name, detail=said))
    return Failure(found)


def _by_content(raw: RawDocument, called: str | None) -> str | DocumentError:
    data = raw.data
    if is_pdf(data):
        return PDF
    picture = image_facts(data).value_or(None)
    if picture is not None:
        return picture.media_type
    if data.startswith(_ZIP):
        return _zip_kind(raw)
    if data.startswith(_OFFICE_BEFORE_2007):
        return _old_office(raw)
    sound = sound_type(data)
    if sound is not None:
        return sound
    known = next((words for start, words in _OTHERS if data.startswith(start) and not _looks_like_text(data)), None)
    if known is not None:
        return UnsupportedDocument(source=raw.name, detail=f"it {known}")
    return _text(raw, called)


def _zip_kind(raw: RawDocument) -> str | DocumentError:
    """By the names in the archive, which stand in it in the clear."""
    data = raw.data
    if EPUB.encode() in data[:200] or b"META-INF/container.xml" in data:
        return EPUB
    by_mimetype = next((kind for kind in (ODT, ODS, ODP) if f"mimetype{kind}".encode() in data[:200]), None)
    if by_mimetype is not None:
        return by_mimetype
    # In this order: a document may hold a workbook for its charts, and a workbook no document.
    for part, kind in ((b"word/document.xml", DOCX), (b"ppt/presentation.xml", PPTX), (b"xl/workbook.xml", XLSX)):
        if part in data:
            return kind
    for mark, said in (
        (b"xl/workbook.bin", "it is a binary Excel workbook; save it as XLSX"),
        (b"vnd.oasis.opendocument", "it is an OpenDocument file of another kind than text, table or slides"),
    ):
        if mark in data:
            return UnsupportedDocument(source=raw.name, detail=said)
    return UnsupportedDocument(source=raw.name, detail="it is a ZIP archive; unpack it, and name the files in it")


def _old_office(raw: RawDocument) -> DocumentError:
    if "EncryptedPackage".encode("utf-16le") in raw.data:
        return EncryptedDocument(source=raw.name, detail="it is an Office document with a password")
    return UnsupportedDocument(
        source=raw.name, detail="it is an Office document of before 2007; save it as DOCX, XLSX or PPTX"
    )


def _text(raw: RawDocument, called: str | None) -> str | DocumentError:
    text = decode_text(raw.data)
    if isinstance(text, Failure):
        return UnsupportedDocument(source=raw.name, detail=f"it {text.failure()}{_NOR}")
    if called in (HTML, CSV, TSV, MARKDOWN):
        return called
    head = raw.data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return HTML if head.startswith(_HTML_HEAD) else PLAIN


_NOR = ", and is of no other kind that is read"


def _is_no_text(error: UnsupportedDocument) -> bool:
    return error.detail.endswith(_NOR)


def _looks_like_text(data: bytes) -> bool:
    """Whether two letters at the beginning may be a word (`BM…`, `MZ…`)."""
    return b"\0" not in data[:4096] and data[:4] not in (b"%!PS", b"{\\rt")


def _complaint(called: str | None, found: str) -> str:
    if called is None or _WORDS[called] == _WORDS[found]:
        return ""
    return f"it is named like {_WORDS[called]}, and is {_WORDS[found]}; it is read as that"
