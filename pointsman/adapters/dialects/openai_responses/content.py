"""The blocks that the content of a message or of a tool's result is made of, both ways. It may not know of items."""

from __future__ import annotations

from typing import Literal

from pointsman.adapters.dialects.media_types import picture_type, read_base64, write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.media_type import is_pdf, sound_extension, sound_type
from pointsman.core.chat.message import Role
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Refusal,
    ResultPart,
    Text,
    Url,
)
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, int_or_none, text_or_none

NAME = "openai-responses"
"""The dialect's."""
ORIGIN = "openai"
"""Of opaque state that OpenAI understands."""
PHASE = "phase"
"""The kind of the state that says whether a text was commentary or the final answer; OpenAI wants it back."""
_DETAILS: dict[str, Literal["low", "high", "auto"]] = {"low": "low", "high": "high", "auto": "auto"}
_BLOCKS = ("input_", "output_")
_OTHER_BLOCKS = ("text", "refusal", "summary_text", "reasoning_text", "computer_screenshot", "encrypted_content")
_BREAKPOINT = "prompt_cache_breakpoint"


def is_block(wire: JsonObject) -> bool:
    """Whether `wire` is something that stands in the content of an item, rather than an item."""
    kind = as_text(wire.get("type"))
    return kind.startswith(_BLOCKS) or kind in _OTHER_BLOCKS


def warn_of_cache_control(unsupported: Unsupported) -> None:
    """Say once that marks of what to cache were left out."""
    unsupported.warn("cache_control", "OpenAI caches prompts by itself; the marks of what to cache were left out")


def write_block(part: Part, role: Role, unsupported: Unsupported) -> JsonObject | None:
    """One block; None where the API has no place for it, which `unsupported` then knows."""
    if isinstance(part, (Text, Image, File)) and part.cache_control is not None:
        warn_of_cache_control(unsupported)
    match part:
        case Text():
            return _write_text(part, role, unsupported)
        case Refusal(text):
            return {"type": "refusal", "refusal": text}
        case Image(source, detail):
            return {"type": "input_image", **_write_image_source(source)} | compact({"detail": detail})
        case File(source, name):
            return _write_file(source, name)
        case Audio(source):
            return _write_audio(source, unsupported)
        case ProviderPart(dialect, wire) if dialect == NAME:
            return wire
        case ProviderPart():
            unsupported.fail(f"content of the kind {part.kind!r} of {part.dialect}")
            return None
        case _:
            unsupported.fail(f"{type(part).__name__} in the content of a message")
            return None


def _write_text(part: Text, role: Role, unsupported: Unsupported) -> JsonObject:
    if part.state is not None and part.state.origin != ORIGIN:
        unsupported.drop_state(part.state)
    if role != "assistant":
        if part.citations:
            unsupported.warn("citations", "only a text of the model's can have citations; they were left out")
        return {"type": "input_text", "text": part.text}
    if any(citation.url is None for citation in part.citations):
        unsupported.warn("citations", "citations without an address were left out")
    return compact({"type": "output_text", "text": part.text, "annotations": write_annotations(part) or None})


def write_annotations(part: Text) -> list[Json]:
    """The citations of a text that have an address; what has none needs a file's id that we do not know."""
    return [
        {
            "type": "url_citation",
            "url": citation.url,
            "title": citation.title or "",
            "start_index": citation.start or 0,
            "end_index": len(part.text) if citation.end is None else citation.end,
        }
        for citation in part.citations
        if citation.url is not None
    ]


def _write_image_source(source: Bytes | Url | FileId) -> JsonObject:
    if isinstance(source, FileId):
        return {"file_id": source.id}
    return {"image_url": source.url if isinstance(source, Url) else data_url(source.data, picture_type(source))}


def _write_file(source: Bytes | Url | FileId, name: str | None) -> JsonObject:
    if isinstance(source, FileId):
        return {"type": "input_file", "file_id": source.id} | compact({"filename": name})
    if isinstance(source, Url):
        return {"type": "input_file", "file_url": source.url} | compact({"filename": name})
    media_type = "application/pdf" if is_pdf(source.data) else source.media_type
    default = "document.txt" if media_type.startswith("text/") else "document.pdf"
    return {"type": "input_file", "filename": name or default, "file_data": data_url(source.data, media_type)}


def _write_audio(source: Bytes | Url | FileId, unsupported: Unsupported) -> JsonObject | None:
    if not isinstance(source, Bytes):
        unsupported.fail("audio by address or file id")
        return None
    form = sound_extension(sound_type(source.data) or source.media_type)
    allowed = unsupported.target.quirks.audio_formats
    if allowed is not None and form not in allowed:
        limit = f" (it takes {' and '.join(sorted(allowed))})" if allowed else ""
        unsupported.fail(f"audio as {form}{limit}")
    sound: JsonObject = {"data": write_base64(source.data), "format": form}
    return {"type": "input_audio", "input_audio": sound}


def data_url(data: bytes, media_type: str) -> str:
    """Bytes as a `data:` URL."""
    return f"data:{media_type};base64,{write_base64(data)}"


def read_block(block: ObjectReader, phase: Opaque | None = None) -> Part | None:
    """One block. What is of an unknown kind stays as it is; None where it is wrong, which the log then says."""
    kind = block.text("type")
    part: Part | None
    match kind:
        case "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text":
            block.skip("logprobs")
            part = Text(block.text("text") or "", phase, _read_mark(block), _read_annotations(block))
        case "refusal":
            part = Refusal(block.text("refusal") or "")
        case "input_image":
            part = _read_image(block)
        case "input_file":
            part = _read_file(block)
        case "input_audio":
            part = _read_audio(block.inner("input_audio"))
        case _:
            return ProviderPart(NAME, block.value) if block.value else None
    block.close()
    return part


def read_result_block(block: ObjectReader) -> ResultPart | None:
    """One block of a tool's result."""
    part = read_block(block)
    if part is None or isinstance(part, (Text, Image, File, ProviderPart)):
        return part
    return ProviderPart(NAME, block.value)


def _read_mark(block: ObjectReader) -> CacheControl | None:
    """OpenAI keeps for half an hour at least where a longer time is asked for by name."""
    if _BREAKPOINT not in block:
        return None
    mark = block.inner(_BREAKPOINT)
    mark.skip("mode")
    return CacheControl() if mark.text("ttl") is None else CacheControl("1h")


def _read_annotations(block: ObjectReader) -> tuple[Citation, ...]:
    return tuple(_read_annotation(as_object(item)) for item in as_list(block.raw("annotations")))


def _read_annotation(item: JsonObject) -> Citation:
    title = text_or_none(item.get("title")) or text_or_none(item.get("filename"))
    return Citation(
        text_or_none(item.get("url")),
        title,
        start=int_or_none(item.get("start_index")),
        end=int_or_none(item.get("end_index")),
    )


def _read_image(block: ObjectReader) -> Image | None:
    detail = block.text("detail")
    if detail is not None and detail not in _DETAILS:
        block.log.add_untranslated(block.place("detail"))
    url, file_id = block.text("image_url"), block.text("file_id")
    source: Bytes | Url | FileId | None = FileId(file_id) if file_id else _read_url(block, "image_url", url)
    return None if source is None else Image(source, _DETAILS.get(detail or ""), _read_mark(block))


def _read_file(block: ObjectReader) -> File | None:
    name, mark = block.text("filename"), _read_mark(block)
    file_id, url, data = block.text("file_id"), block.text("file_url"), block.text("file_data")
    source: Bytes | Url | FileId | None
    if file_id:
        source = FileId(file_id)
    elif url:
        source = Url(url)
    else:
        source = _read_data(block, data)
    return None if source is None else File(source, name, mark)


def _read_data(block: ObjectReader, data: str | None) -> Bytes | Url | None:
    """A file's content: a `data:` URL, or base64 alone."""
    if data is None or data.startswith("data:"):
        return _read_url(block, "file_data", data)
    decoded = read_base64(data)
    if decoded is None:
        block.problem("file_data", "it is not base64")
        return None
    return Bytes(decoded, "application/pdf" if is_pdf(decoded) else "application/octet-stream")


def _read_url(block: ObjectReader, name: str, url: str | None) -> Bytes | Url | None:
    if not url:
        block.problem(name, f"it is missing, and so is any other source ({block.text('type')})")
        return None
    if not url.startswith("data:"):
        return Url(url)
    head, _, payload = url[5:].partition(",")
    data = read_base64(payload)
    if data is None:
        block.problem(name, "its data is not base64")
        return None
    return Bytes(data, head.partition(";")[0] or "application/octet-stream")


def _read_audio(sound: ObjectReader) -> Audio | None:
    data, form = read_base64(sound.text("data") or ""), sound.text("format") or "wav"
    if not data:
        sound.problem("data", "it is not base64")
        return None
    return Audio(Bytes(data, "audio/mpeg" if form == "mp3" else f"audio/{form}"))
