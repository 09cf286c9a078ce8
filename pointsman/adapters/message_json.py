"""Messages of a usual chat (words, pictures, tools and their results) as JSON on disk, without the converter.

Making the converter of `codec` would be most of a short run. What is written here is what it would have written, and
what is not of a usual shape is left to it. Knows no database.
"""

from __future__ import annotations

import base64
from typing import Literal, TypeAlias, cast

from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import Bytes, Image, Part, Text, ToolCall, ToolResult
from pointsman.core.json import JsonObject, dumps, loads

_TEXT = {"text", "state", "cache_control", "citations", "_type"}
_IMAGE = {"source", "detail", "cache_control", "state", "_type"}
_CALL = {"id", "name", "arguments", "state", "freeform", "cache_control", "_type"}
_RESULT = {"call_id", "name", "content", "is_error", "cache_control", "_type"}
_ROLES = ("system", "user", "assistant", "tool")
_Detail: TypeAlias = Literal["low", "high", "auto"] | None


def write_usual(message: Message) -> bytes | None:
    """`message` as JSON; None where a part of it is not a usual one."""
    parts = [_write(part) for part in message.parts]
    if None in parts:
        return None
    return dumps({"role": message.role, "parts": parts, "name": message.name})


def read_usual(data: bytes) -> Message | None:
    """The message in `data`; None where it, or a part of it, is not a usual one."""
    told = loads(data).value_or(None)
    if not isinstance(told, dict) or told.get("role") not in _ROLES:
        return None
    name, listed = told.get("name"), told.get("parts")
    if not isinstance(name, str | None) or not isinstance(listed, list):
        return None
    parts = tuple(part for part in map(_read, listed) if part is not None)
    return Message(cast(Role, told["role"]), parts, name) if len(parts) == len(listed) else None


def _write(part: Part) -> JsonObject | None:
    if getattr(part, "state", None) is not None or getattr(part, "cache_control", None) is not None:
        return None
    match part:
        case Text(text, citations=()):
            return {"text": text, "state": None, "cache_control": None, "citations": [], "_type": "Text"}
        case Image(Bytes(data, kind), detail):
            source: JsonObject = {"data": base64.b85encode(data).decode(), "media_type": kind, "_type": "Bytes"}
            return {"source": source, "detail": detail, "cache_control": None, "state": None, "_type": "Image"}
        case ToolCall(id, name, arguments, freeform=freeform):
            named: JsonObject = {"id": id, "name": name, "arguments": arguments}
            return {**named, "state": None, "freeform": freeform, "cache_control": None, "_type": "ToolCall"}
        case ToolResult():
            return _write_result(part)
        case _:
            return None


def _write_result(result: ToolResult) -> JsonObject | None:
    content = [_write(part) for part in result.content]
    if None in content:
        return None
    named: JsonObject = {"call_id": result.call_id, "name": result.name, "content": [*filter(None, content)]}
    return {**named, "is_error": result.is_error, "cache_control": None, "_type": "ToolResult"}


def _read(told: object) -> Part | None:
    if not isinstance(told, dict) or told.get("state") is not None or told.get("cache_control") is not None:
        return None
    match told:
        case {"_type": "Text", "text": str(text), "citations": []} if told.keys() == _TEXT:
            return Text(text)
        case {"_type": "Image", "source": dict(source), "detail": None | "low" | "high" | "auto" as detail}:
            picture = _read_bytes(source)
            return None if picture is None or told.keys() != _IMAGE else Image(picture, cast(_Detail, detail))
        case {"_type": "ToolCall", "id": str(id), "name": str(name), "arguments": str(text), "freeform": bool(free)}:
            return ToolCall(id, name, text, freeform=free) if told.keys() == _CALL else None
        case {"_type": "ToolResult"} if told.keys() == _RESULT:
            return _read_result(told)
        case _:
            return None


def _read_result(told: JsonObject) -> ToolResult | None:
    match told:
        case {"call_id": str(id), "name": str(name), "content": list(content), "is_error": bool(is_error)}:
            parts = tuple(one for one in map(_read, content) if isinstance(one, Text | Image))
            return ToolResult(id, name, parts, is_error) if len(parts) == len(content) else None
        case _:
            return None


def _read_bytes(source: JsonObject) -> Bytes | None:
    match source:
        case {"_type": "Bytes", "data": str(text), "media_type": str(kind)} if len(source) == 3:
            try:
                return Bytes(base64.b85decode(text), kind)
            except ValueError:
                return None
        case _:
            return None
