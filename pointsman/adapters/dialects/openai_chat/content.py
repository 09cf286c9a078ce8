"""The content of OpenAI chat messages, both ways: texts, pictures, sound, files. It may not know about roles."""

from __future__ import annotations

from typing import Literal

from pointsman.adapters.dialects.media_types import picture_type, read_base64, write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    File,
    FileId,
    Image,
    Part,
    ProviderPart,
    Refusal,
    Text,
    Url,
)
from pointsman.core.json import Json, JsonObject, as_object, as_text, compact

DIALECT = "openai-chat"
_DETAILS: dict[str, Literal["low", "high", "auto"]] = {"low": "low", "high": "high", "auto": "auto"}
_FORMATS = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav"}
_SOUNDS = ((b"RIFF", "audio/wav"), (b"ID3", "audio/mpeg"), (b"\xff\xfb", "audio/mpeg"), (b"fLaC", "audio/flac"))


def write_content(parts: list[JsonObject]) -> Json:
    """The wire parts of one message: a plain string where they are one text, which every server takes."""
    if not parts:
        return ""
    return parts[0]["text"] if len(parts) == 1 and parts[0].keys() == {"type", "text"} else [*parts]


def write_part(part: Part, unsupported: Unsupported) -> JsonObject | None:
    """One part of a user's or tool's content, or None where this wire has no place for it."""
    if isinstance(part, File) and isinstance(part.source, Url) and not unsupported.target.quirks.file_urls:
        return None
    written = _write_part(part)
    mark = getattr(part, "cache_control", None)
    if written is None or not isinstance(mark, CacheControl):
        return written
    if not unsupported.target.quirks.cache_control:
        unsupported.drop("cache_control")
        return written
    return {**written, "cache_control": compact({"type": "ephemeral", "ttl": None if mark.ttl == "5m" else mark.ttl})}


def _write_part(part: Part) -> JsonObject | None:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(Bytes() | Url() as source, detail):
            return {
                "type": "image_url",
                "image_url": compact({"url": write_url(source, picture=True), "detail": detail}),
            }
        case Audio(Bytes(data, media_type)):
            return {
                "type": "input_audio",
                "input_audio": {"data": write_base64(data), "format": sound_format(media_type)},
            }
        case File(Bytes() as source, name):
            return {"type": "file", "file": {"filename": name or "file", "file_data": write_url(source)}}
        case File(FileId(file_id), name):
            return {"type": "file", "file": compact({"file_id": file_id, "filename": name})}
        case File(Url(address), name):
            return {"type": "file", "file": compact({"filename": name or "file", "file_data": address})}
        case ProviderPart(dialect, wire) if dialect == DIALECT:
            return wire
        case _:
            return None


def write_url(source: Bytes | Url, *, picture: bool = False) -> str:
    """An address, or the bytes as a `data:` URL; of a picture with the type that its bytes show."""
    if isinstance(source, Url):
        return source.url
    media_type = picture_type(source) if picture else source.media_type
    return f"data:{media_type};base64,{write_base64(source.data)}"


def sound_format(media_type: str) -> str:
    """The wire's name for a type of sound."""
    return _FORMATS.get(media_type) or media_type.partition("/")[2] or media_type


def read_content(message: ObjectReader) -> tuple[Part, ...]:
    """The parts of a message's content; what is no content is told in the log."""
    content = message.raw("content")
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),) if content else ()
    if not isinstance(content, list):
        message.problem("content", "the content is neither text nor a list of parts")
        return ()
    return tuple(read_part(part) for part in message.objects("content"))


def read_part(part: ObjectReader) -> Part:
    """One part of content; one of an unknown kind, or with data that cannot be read, goes on as it is."""
    read = _read_part(part)
    if read is None:
        return ProviderPart(DIALECT, part.value)
    part.close()
    return read


def _read_part(part: ObjectReader) -> Part | None:
    match part.text("type"):
        case "text" | "input_text" | "output_text":
            return Text(part.text("text") or "", cache_control=read_mark(part))
        case "refusal":
            return Refusal(part.text("refusal") or "")
        case "image_url":
            return _read_image(part)
        case "input_audio":
            return _read_audio(part.inner("input_audio"))
        case "file":
            return _read_file(part.inner("file"), read_mark(part))
        case _:
            return None


def read_mark(holder: ObjectReader) -> CacheControl | None:
    """Anthropic's mark, as OpenRouter takes it."""
    if "cache_control" not in holder:
        return None
    mark = holder.inner("cache_control")
    mark.skip("type")
    return CacheControl("1h" if mark.text("ttl") == "1h" else "5m")


def _read_image(part: ObjectReader) -> Image | None:
    value = part.raw("image_url")
    address = value if isinstance(value, str) else as_text(as_object(value).get("url"))  # Mistral's is a bare address
    source = read_url(address)
    detail = None if isinstance(value, str) else _DETAILS.get(as_text(as_object(value).get("detail")))
    return None if source is None else Image(source, detail, read_mark(part))


def read_image(value: Json) -> Image | None:
    """A picture that a model made, as `{"url": ...}` or a bare address; None where there is none."""
    address = value if isinstance(value, str) else as_text(as_object(value).get("url"))
    source = read_url(address)
    return None if source is None else Image(source)


def read_url(url: str) -> Bytes | Url | None:
    """The bytes of a `data:` URL, or the address; None where there is neither."""
    if not url.startswith("data:"):
        return Url(url) if url else None
    head, _, payload = url[5:].partition(",")
    data = read_base64(payload) if head.endswith(";base64") else None
    return None if data is None else Bytes(data, head.removesuffix(";base64"))


def _read_audio(sound: ObjectReader) -> Audio | None:
    data, kind = read_base64(sound.text("data") or ""), sound.text("format")
    media_type = "audio/mpeg" if kind == "mp3" else f"audio/{kind or 'wav'}"
    return None if data is None else Audio(Bytes(data, media_type))


def _read_file(file: ObjectReader, mark: CacheControl | None) -> File | None:
    name, file_id, data = file.text("filename"), file.text("file_id"), file.text("file_data")
    source = FileId(file_id) if file_id else read_url(data or "")
    return None if source is None else File(source, name, mark)


def read_audio(data: bytes, transcript: str) -> Audio:
    """Sound that a model made. The wire doesn't name its format: it is told by its first bytes, else raw PCM."""
    kind = next((media_type for start, media_type in _SOUNDS if data.startswith(start)), "audio/pcm")
    return Audio(Bytes(data, kind), transcript or None)


def read_citations(annotations: Json) -> tuple[Citation, ...]:
    """The sources of a text."""
    items = [as_object(item) for item in annotations] if isinstance(annotations, list) else []
    cited = [as_object(item.get("url_citation")) for item in items if item.get("type") == "url_citation"]
    return tuple(
        Citation(
            url=as_text(source.get("url")) or None,
            title=as_text(source.get("title")) or None,
            quote=as_text(source.get("content")) or None,
            start=_place(source.get("start_index")),
            end=_place(source.get("end_index")),
        )
        for source in cited
    )


def _place(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def write_citations(citations: tuple[Citation, ...]) -> list[Json]:
    """The sources as annotations; what has no address has no place among them."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": citation.url,
                "title": citation.title or "",
                "start_index": citation.start or 0,
                "end_index": citation.end or 0,
            },
        }
        for citation in citations
        if citation.url is not None
    ]
