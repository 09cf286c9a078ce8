"""Pictures and documents as content blocks, both ways. Knows parts and JSON, no message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pointsman.adapters.dialects.anthropic.content import ORIGIN, read_cache_control, write_cache_control
from pointsman.adapters.dialects.media_types import picture_type, plain_type, read_base64, write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.media_type import is_pdf
from pointsman.core.chat.part import Bytes, CacheControl, File, FileId, Image, ProviderPart, Url
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, text_or_none

_Part = TypeVar("_Part", Image, File)
PDF = "application/pdf"
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_BEGINNING = 16
"""Characters of base64 that hold what tells a picture's type."""
_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "application/x-yaml"})


def write_image(image: Image, unsupported: Unsupported) -> JsonObject | None:
    """An image block; the hint for its resolution has no place on the wire."""
    if image.detail is not None:
        unsupported.drop("image.detail")
    source = _image_source(image.source, unsupported)
    mark = write_cache_control(image.cache_control)
    return None if source is None else compact({"type": "image", "source": source, "cache_control": mark})


def _image_source(source: Bytes | Url | FileId, unsupported: Unsupported) -> JsonObject | None:
    inline = _in_message(source, "an image", unsupported)
    if not isinstance(inline, Bytes):
        return inline
    label = picture_type(inline)
    if label not in PICTURES:
        unsupported.fail(f"a picture of type {label!r}")
        return None
    return _base64(label, inline.data)


def _in_message(source: Bytes | Url | FileId, what: str, unsupported: Unsupported) -> Bytes | JsonObject | None:
    """The bytes that go with the message; else the source as it is written, or None where it is wrong."""
    if isinstance(source, FileId):
        return {"type": "file", "file_id": source.id}
    inline = _inline(source)
    if isinstance(inline, str):
        unsupported.reject(f"{what}: {inline}")
        return None
    return {"type": "url", "url": inline.url} if isinstance(inline, Url) else inline


def _inline(source: Bytes | Url) -> Bytes | Url | str:
    """The bytes in a data URL; other sources as they are; a text says what is wrong."""
    if isinstance(source, Bytes) or not source.url.startswith("data:"):
        return source
    head, comma, data = source.url[5:].partition(",")
    if not comma or not head.endswith(";base64"):
        return "a data: URL must hold base64"
    content = read_base64(data)
    return "its data: URL does not hold base64" if content is None else Bytes(content, head.removesuffix(";base64"))


def write_document(file: File, unsupported: Unsupported) -> JsonObject | None:
    """A document block: PDF or plain text in the message, or any file by URL or identifier."""
    source = _document_source(file.source, unsupported)
    if source is None:
        return None
    mark = write_cache_control(file.cache_control)
    return compact({"type": "document", "source": source, "title": file.name, "cache_control": mark})


def _document_source(source: Bytes | Url | FileId, unsupported: Unsupported) -> JsonObject | None:
    inline = _in_message(source, "a file", unsupported)
    if not isinstance(inline, Bytes):
        return inline
    label = plain_type(inline.media_type)
    if label == PDF or is_pdf(inline.data):
        return _base64(PDF, inline.data)
    if label.startswith("text/") or label in _TEXTS:
        return _text_source(inline.data, unsupported)
    unsupported.fail("files other than PDF and text")
    return None


def _text_source(data: bytes, unsupported: Unsupported) -> JsonObject:
    text = data.decode("utf-8", "replace")
    if text.encode("utf-8", "replace") != data:
        unsupported.warn("file", "a text file is not in UTF-8; what could not be read of it was replaced")
    return {"type": "text", "media_type": "text/plain", "data": text}


def _base64(media_type: str, data: bytes) -> JsonObject:
    return {"type": "base64", "media_type": media_type, "data": write_base64(data)}


def read_image(block: ObjectReader) -> Image | ProviderPart | None:
    """The image in `block`; None where something is wrong with it, which is reported."""
    return _read(block, "image/png", lambda source, mark: Image(source, cache_control=mark))


def read_document(block: ObjectReader) -> File | ProviderPart | None:
    """The document in `block`, likewise."""
    content = as_object(block.value.get("source")).get("content")
    if isinstance(content, str) or _all_texts(content):
        block.skip("type")
        block.inner("source").skip("type", "content")
        if not isinstance(content, str):  # how it is cut into pieces has no place in ours
            block.log.add_untranslated(f"{block.place('source')}.content[]")
        return File(_plain(content), block.text("title"), read_cache_control(block))
    name = text_or_none(block.value.get("title"))
    document = _read(block, PDF, lambda source, mark: File(source, name, mark))
    if isinstance(document, File):
        block.text("title")
    return document


def _read(
    block: ObjectReader, default: str, build: Callable[[Bytes | Url | FileId, CacheControl | None], _Part]
) -> _Part | ProviderPart | None:
    kind = as_object(block.value.get("source")).get("type")
    if kind not in ("base64", "url", "file", "text"):
        return ProviderPart(ORIGIN, block.value)
    block.skip("type")
    source = block.inner("source")
    source.skip("type")
    media = _read_source(source, as_text(kind), default)
    return None if media is None else build(media, read_cache_control(block))


def _read_source(source: ObjectReader, kind: str, default: str) -> Bytes | Url | FileId | None:
    match kind:
        case "url":
            return Url(source.text("url") or "")
        case "file":
            return FileId(source.text("file_id") or "")
        case "text":
            source.skip("media_type")
            return _plain(source.text("data") or "")
        case _:
            return _read_base64(source, default)


def _read_base64(source: ObjectReader, default: str) -> Bytes | None:
    label, data = source.text("media_type") or default, read_base64(source.text("data") or "")
    if data is None:
        source.problem("data", "it is not base64")
        return None
    return Bytes(data, label)


def _all_texts(content: Json) -> bool:
    blocks = as_list(content)
    return bool(blocks) and all(as_object(one).keys() == {"type", "text"} for one in blocks)


def _plain(content: Json) -> Bytes:
    texts = [as_text(as_object(one).get("text")) for one in as_list(content)]
    text = content if isinstance(content, str) else "\n".join(texts)
    return Bytes(text.encode("utf-8", "replace"), "text/plain")


def relabel_pictures(messages: list[Json]) -> list[Json]:
    """A client's messages with every picture called what it is; the very same list where all are.

    The API refuses a picture that is not what its label says, and every later turn that holds it.
    """
    written = [_relabel_holder(message) for message in messages]
    return written if any(new is not old for new, old in zip(written, messages, strict=True)) else messages


def _relabel_holder(holder: Json) -> Json:
    """A message, or the result of a tool."""
    content = holder.get("content") if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or not isinstance(content, list):
        return holder
    written = [_relabel(block) for block in content]
    changed = any(new is not old for new, old in zip(written, content, strict=True))
    return {**holder, "content": written} if changed else holder


def _relabel(block: Json) -> Json:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "tool_result":
        return _relabel_holder(block)
    if kind != "image" or not isinstance(block, dict):
        return block
    source = as_object(block.get("source"))
    if source.get("type") != "base64":
        return block
    label = as_text(source.get("media_type"))
    actual = picture_type(Bytes(read_base64(as_text(source.get("data"))[:_BEGINNING]) or b"", label))
    if actual == label:
        return block
    return {**block, "source": {**source, "media_type": actual}}
