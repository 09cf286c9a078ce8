"""Parts between our form and Gemini's. A thought signature stays on the part it came on."""

from __future__ import annotations

import base64
import binascii

from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, dumps_text, text_or_none
from pointsman.core.part import (
    Audio,
    Bytes,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)

ORIGIN = "gemini"
KIND = "thought_signature"


def read_signature(raw: JsonObject) -> Opaque | None:
    """The part's thought signature, if it has one."""
    signature = text_or_none(raw.get("thoughtSignature")) or text_or_none(raw.get("thought_signature"))
    return None if signature is None else Opaque(ORIGIN, KIND, signature)


def write_signature(state: Opaque | None) -> str | None:
    """The signature to send back; only Gemini's own."""
    return state.data if state is not None and state.origin == ORIGIN else None


def write_part(part: Part, unsupported: Unsupported | None) -> JsonObject | None:
    """One part on the wire; None where it is left out, which `unsupported` then tells of."""
    match part:
        case Text(text, state):
            return compact({"text": text, "thoughtSignature": write_signature(state)})
        case Refusal(text):
            return {"text": text}
        case Reasoning(text, state):
            return _write_reasoning(text, state, unsupported)
        case ToolCall(id, name, _, state):
            unreadable: JsonObject = {"_text": part.arguments}
            call: JsonObject = {"id": id, "name": name, "args": part.parsed().value_or(unreadable)}
            return compact({"functionCall": call, "thoughtSignature": write_signature(state)})
        case ToolResult():
            return _write_result(part, unsupported)
        case Image(source):
            return write_media(source, "image/png")
        case Audio(source):
            return write_media(source, "audio/wav")
        case File(source):
            if isinstance(source, FileId):
                return {"fileData": {"fileUri": source.id}}
            return write_media(source, "application/pdf")


def _write_reasoning(text: str, state: Opaque | None, unsupported: Unsupported | None) -> JsonObject | None:
    signature = write_signature(state)
    if unsupported is not None and signature is None:
        unsupported.warn("reasoning", "reasoning without Gemini's own signature was left out")
        return None
    return compact({"text": text, "thought": True, "thoughtSignature": signature})


def write_media(source: Bytes | Url, usual: str) -> JsonObject:
    """Media inline or by address; `usual` is the type where none is known."""
    if isinstance(source, Bytes):
        data = base64.b64encode(source.data).decode()
        return {"inlineData": {"mimeType": source.media_type, "data": data}}
    return {"fileData": compact({"fileUri": source.url, "mimeType": source.media_type or usual})}


def _write_result(result: ToolResult, unsupported: Unsupported | None) -> JsonObject:
    text = "".join(part.text for part in result.content if isinstance(part, Text))
    images = [part for part in result.content if isinstance(part, Image)]
    if images and unsupported is not None:
        unsupported.fail("images in tool results")
    key = "error" if result.is_error else "result"
    return {"functionResponse": {"id": result.call_id, "name": result.name, "response": {key: text}}}


def read_part(raw: JsonObject, index: int) -> Part | None:
    """One part off the wire; `index` numbers calls that have no id. None for kinds this version does not know."""
    state = read_signature(raw)
    call = raw.get("functionCall")
    if isinstance(call, dict):
        return read_call(call, index, state)
    if isinstance(raw.get("functionResponse"), dict):
        return _read_result(as_object(raw["functionResponse"]))
    media = raw.get("inlineData") or raw.get("inline_data") or raw.get("fileData") or raw.get("file_data")
    if isinstance(media, dict):
        return _read_media(media)
    text = raw.get("text")
    if raw.get("thought") is True:
        return Reasoning(as_text(text), state)
    if isinstance(text, str) and (text or state is not None):
        return Text(text, state)
    return None


def read_call(call: JsonObject, index: int, state: Opaque | None) -> ToolCall:
    """A call, whose arguments always come whole."""
    arguments = as_object(call.get("args"))
    text = as_text(arguments["_text"]) if arguments.keys() == {"_text"} else dumps_text(arguments)
    return ToolCall(text_or_none(call.get("id")) or f"call_{index}", as_text(call.get("name")), text, state)


def _read_result(raw: JsonObject) -> ToolResult:
    name = as_text(raw.get("name"))
    response = as_object(raw.get("response"))
    is_error = response.keys() == {"error"}
    held = response.get("error") if is_error else response.get("result") if response.keys() == {"result"} else response
    text = held if isinstance(held, str) else dumps_text(held)
    return ToolResult(as_text(raw.get("id")), name, (Text(text),) if text else (), is_error)


def _read_media(media: JsonObject) -> Part | None:
    kind = text_or_none(media.get("mimeType")) or text_or_none(media.get("mime_type"))
    address = text_or_none(media.get("fileUri")) or text_or_none(media.get("file_uri"))
    if address is not None:
        url = Url(address, kind)
        return Image(url) if kind is None or kind.startswith("image/") else File(url)
    try:
        data = base64.b64decode(as_text(media.get("data")), validate=False)
    except (binascii.Error, ValueError):
        return None
    source = Bytes(data, kind or "application/octet-stream")
    if source.media_type.startswith("image/"):
        return Image(source)
    return Audio(source) if source.media_type.startswith("audio/") else File(source)


def read_parts(raw: Json) -> tuple[Part, ...]:
    """The parts of one content."""
    parts: list[Part] = []
    calls = 0
    for item in as_list(raw):
        part = read_part(as_object(item), calls)
        calls += isinstance(part, ToolCall)
        if part is not None:
            parts.append(part)
    return tuple(parts)
