"""The content of OpenAI chat messages, both ways: texts, pictures, sound, files. It may not know about roles."""

from __future__ import annotations

import base64
import binascii
from typing import Literal

from pointsman.core.json import Json, JsonObject, as_object, as_text, compact, text_or_none
from pointsman.core.part import Audio, Bytes, File, FileId, Image, Part, Refusal, Text, Url

_DETAILS: dict[str, Literal["low", "high", "auto"]] = {"low": "low", "high": "high", "auto": "auto"}
_FORMATS = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav"}
_SOUNDS = ((b"RIFF", "audio/wav"), (b"ID3", "audio/mpeg"), (b"\xff\xfb", "audio/mpeg"), (b"fLaC", "audio/flac"))


def write_content(parts: list[JsonObject]) -> Json:
    """The wire parts of one message: a plain string where they are one text, which every server takes."""
    if not parts:
        return ""
    return parts[0]["text"] if len(parts) == 1 and parts[0].get("type") == "text" else [*parts]


def write_part(part: Part) -> JsonObject | None:
    """One part of a user's or tool's content, or None where this wire has no place for it."""
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(source, detail):
            return {"type": "image_url", "image_url": compact({"url": write_url(source), "detail": detail})}
        case Audio(source):
            sound: JsonObject = {
                "data": base64.b64encode(source.data).decode(),
                "format": sound_format(source.media_type),
            }
            return {"type": "input_audio", "input_audio": sound}
        case File(Bytes() as source, name):
            return {"type": "file", "file": {"filename": name or "file", "file_data": write_url(source)}}
        case File(FileId(file_id), name):
            return {"type": "file", "file": compact({"file_id": file_id, "filename": name})}
        case _:
            return None


def write_url(source: Bytes | Url) -> str:
    """An address, or the bytes as a `data:` URL."""
    if isinstance(source, Url):
        return source.url
    return f"data:{source.media_type};base64,{base64.b64encode(source.data).decode()}"


def sound_format(media_type: str) -> str:
    """The wire's name for a type of sound."""
    return _FORMATS.get(media_type) or media_type.partition("/")[2] or media_type


def read_content(content: Json, where: str, problems: list[str]) -> tuple[Part, ...]:
    """The parts of a message's content; what is no content is told in `problems`."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),) if content else ()
    if not isinstance(content, list):
        problems.append(f"{where}: the content is neither text nor a list of parts")
        return ()
    read = [read_part(as_object(item)) for item in content]
    problems += [f"{where}[{at}]: this part is not of a known type" for at, part in enumerate(read) if part is None]
    return tuple(part for part in read if part is not None)


def read_part(item: JsonObject) -> Part | None:
    """One part of content, or None where its type is not known or its data are not as that type has them."""
    match item.get("type"):
        case "text" | "input_text" | "output_text":
            return Text(as_text(item.get("text")))
        case "refusal":
            return Refusal(as_text(item.get("refusal")))
        case "image_url":
            return read_image(item.get("image_url"))
        case "input_audio":
            return _read_audio(as_object(item.get("input_audio")))
        case "file":
            return _read_file(as_object(item.get("file")))
        case _:
            return None


def read_image(value: Json) -> Image | None:
    """A picture as `{"url": ...}`, or as Mistral's bare address."""
    found: JsonObject = {"url": value} if isinstance(value, str) else as_object(value)
    source = read_url(as_text(found.get("url")))
    return None if source is None else Image(source, _DETAILS.get(as_text(found.get("detail"))))


def read_url(url: str) -> Bytes | Url | None:
    """The bytes of a `data:` URL, or the address; None where there is neither."""
    if not url.startswith("data:"):
        return Url(url) if url else None
    head, _, payload = url[5:].partition(",")
    data = decoded(payload) if head.endswith(";base64") else None
    return None if data is None else Bytes(data, head.removesuffix(";base64"))


def decoded(text: str) -> bytes | None:
    """The bytes of base64 text; None where it is not that."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _read_audio(sound: JsonObject) -> Audio | None:
    data, kind = decoded(as_text(sound.get("data"))), as_text(sound.get("format"))
    media_type = "audio/mpeg" if kind == "mp3" else f"audio/{kind or 'wav'}"
    return None if data is None else Audio(Bytes(data, media_type))


def _read_file(found: JsonObject) -> File | None:
    name = text_or_none(found.get("filename"))
    file_id = text_or_none(found.get("file_id"))
    source = FileId(file_id) if file_id else read_url(as_text(found.get("file_data")))
    return None if source is None else File(source, name)


def spoken(data: bytes, transcript: str) -> Audio:
    """Sound that a model made. The wire doesn't name its format: it is told by its first bytes, else raw PCM."""
    kind = next((media_type for start, media_type in _SOUNDS if data.startswith(start)), "audio/pcm")
    return Audio(Bytes(data, kind), transcript or None)
