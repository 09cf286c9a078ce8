"""Pictures and documents as content blocks, both ways. Knows parts and JSON, no request."""

from __future__ import annotations

import base64
import binascii

from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, as_object, as_text, compact, text_or_none
from pointsman.core.part import Bytes, File, FileId, Image, Text, Url

PDF = "application/pdf"


def write_image(image: Image, unsupported: Unsupported) -> JsonObject:
    """An image block; the hint for its resolution has no place on the wire."""
    if image.detail is not None:
        unsupported.drop("image.detail")
    return {"type": "image", "source": _image_source(image.source)}


def _image_source(source: Bytes | Url) -> JsonObject:
    if isinstance(source, Bytes):
        return _base64(source.media_type, source.data)
    head, comma, data = source.url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return {"type": "base64", "media_type": head[5:-7], "data": data}
    return {"type": "url", "url": source.url}


def write_document(file: File, unsupported: Unsupported) -> JsonObject | None:
    """A document block: PDF or plain text in the message, or any file by URL or identifier."""
    source = _document_source(file.source)
    if source is None:
        unsupported.fail("files other than PDF and text")
        return None
    return compact({"type": "document", "source": source, "title": file.name})


def _document_source(source: Bytes | Url | FileId) -> JsonObject | None:
    match source:
        case FileId(id):
            return {"type": "file", "file_id": id}
        case Url(url):
            return {"type": "url", "url": url}
        case Bytes(data, media_type) if media_type == PDF:
            return _base64(media_type, data)
        case Bytes(data, media_type) if media_type.startswith("text/"):
            return {"type": "text", "media_type": "text/plain", "data": data.decode("utf-8", "replace")}
        case Bytes():
            return None


def _base64(media_type: str, data: bytes) -> JsonObject:
    return {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}


def read_image(block: JsonObject) -> Image | str:
    """The image in `block`, or what is wrong with it."""
    source = as_object(block.get("source"))
    match source.get("type"):
        case "base64":
            data = _bytes(source, "image/png")
            return data if isinstance(data, str) else Image(data)
        case "url":
            return Image(Url(as_text(source.get("url"))))
        case other:
            return f"an image source of type {other!r} is not supported"


def read_document(block: JsonObject) -> File | str:
    """The document in `block`, or what is wrong with it."""
    source = as_object(block.get("source"))
    name = text_or_none(block.get("title"))
    match source.get("type"):
        case "base64":
            data = _bytes(source, PDF)
            return data if isinstance(data, str) else File(data, name)
        case "url":
            return File(Url(as_text(source.get("url"))), name)
        case "file":
            return File(FileId(as_text(source.get("file_id"))), name)
        case "text":
            return File(_plain(source.get("data")), name)
        case "content" if isinstance(source.get("content"), str):
            return File(_plain(source.get("content")), name)
        case other:
            return f"a document source of type {other!r} is not supported"


def read_result_content(block: JsonObject) -> Text | Image | str:
    """One block inside a tool result, or what is wrong with it."""
    match block.get("type"):
        case "text":
            return Text(as_text(block.get("text")))
        case "image":
            return read_image(block)
        case other:
            return f"a block of type {other!r} in a tool result is not supported"


def _plain(data: Json) -> Bytes:
    return Bytes(as_text(data).encode("utf-8", "replace"), "text/plain")


def _bytes(source: JsonObject, default: str) -> Bytes | str:
    try:
        data = base64.b64decode(as_text(source.get("data")), validate=True)
    except (binascii.Error, ValueError):
        return "the data is not base64"
    return Bytes(data, text_or_none(source.get("media_type")) or default)
