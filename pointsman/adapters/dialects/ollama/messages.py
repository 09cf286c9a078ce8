"""Messages between our form and Ollama's: text, base64 images, calls with object arguments, results by tool name."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, dumps_text, loads, text_or_none
from pointsman.core.message import Message, Role
from pointsman.core.part import Audio, Bytes, File, Image, Part, Reasoning, Refusal, Text, ToolCall, ToolResult

_ERROR = "Error: "
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def write_messages(messages: tuple[Message, ...], unsupported: Unsupported) -> list[Json]:
    """Our messages as Ollama's; each tool result becomes a message of its own."""
    written: list[Json] = []
    for message in messages:
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        rest = tuple(part for part in message.parts if not isinstance(part, ToolResult))
        written.extend(_write_result(result, unsupported) for result in results)
        if rest or not results:
            written.append(_write_message(message.role, rest, unsupported))
    return written


def _write_message(role: Role, parts: tuple[Part, ...], unsupported: Unsupported) -> JsonObject:
    texts: list[str] = []
    images: list[Json] = []
    thoughts: list[str] = []
    calls: list[Json] = []
    for part in parts:
        match part:
            case Text(text) | Refusal(text):
                texts.append(text)
            case Image():
                images.extend(_write_image(part, unsupported))
            case Reasoning(text, state):
                if state is None:
                    thoughts.append(text)
                else:
                    unsupported.warn(
                        "reasoning", f"reasoning that {state.origin} signed cannot go to Ollama; it was left out"
                    )
            case ToolCall():
                calls.append(write_call(part, len(calls)))
            case Audio():
                unsupported.fail("audio")
            case File():
                unsupported.fail("files")
            case ToolResult():
                continue
    return compact(
        {
            "role": role,
            "content": "".join(texts),
            "thinking": "".join(thoughts) or None,
            "images": images or None,
            "tool_calls": calls or None,
        }
    )


def _write_image(image: Image, unsupported: Unsupported) -> Iterator[Json]:
    if isinstance(image.source, Bytes):
        yield base64.b64encode(image.source.data).decode()
    else:
        unsupported.fail("images by URL")


def write_call(call: ToolCall, index: int) -> JsonObject:
    """A call; arguments that are not an object are sent as text in one field, so that nothing is lost."""
    unreadable: JsonObject = {"_text": call.arguments}
    arguments = call.parsed().value_or(unreadable)
    return {"id": call.id, "function": {"index": index, "name": call.name, "arguments": arguments}}


def _write_result(result: ToolResult, unsupported: Unsupported) -> JsonObject:
    images: list[Json] = []
    for part in result.content:
        if isinstance(part, Image):
            images.extend(_write_image(part, unsupported))
    text = "".join(part.text for part in result.content if isinstance(part, Text))
    return compact(
        {
            "role": "tool",
            "content": f"{_ERROR}{text}" if result.is_error else text,
            "tool_name": result.name,
            "tool_call_id": result.call_id,
            "images": images or None,
        }
    )


def read_messages(raw: Json) -> tuple[Message, ...]:
    """Ollama's messages as ours; tool messages that follow one another are one message with all results."""
    turns: list[tuple[Role, list[Part]]] = []
    calls: dict[str, str] = {}
    for item in as_list(raw):
        message = _read_message(as_object(item), calls)
        for call in reversed(message.tool_calls):
            calls[call.name] = call.id  # of several calls of one tool in a message the first
        if message.role == "tool" and turns and turns[-1][0] == "tool":
            turns[-1][1].extend(message.parts)
        else:
            turns.append((message.role, [*message.parts]))
    return tuple(Message(role, tuple(parts)) for role, parts in turns)


def _read_message(item: JsonObject, calls: Mapping[str, str]) -> Message:
    """A message; `calls` has the id of the latest call of each tool, for results that do not say which they answer."""
    role = as_text(item.get("role"))
    if role == "tool":
        return Message("tool", (_read_result(item, calls),))
    parts = read_parts(item)
    images = tuple(image for raw in as_list(item.get("images")) for image in _read_image(raw))
    known: Role = "system" if role == "system" else "assistant" if role == "assistant" else "user"
    return Message(known, images + parts)


def read_parts(item: JsonObject) -> tuple[Part, ...]:
    """Thinking, text and calls of one message, in that order."""
    parts: list[Part] = []
    if thinking := as_text(item.get("thinking")):
        parts.append(Reasoning(thinking))
    if content := as_text(item.get("content")):
        parts.append(Text(content))
    parts.extend(read_call(as_object(raw), index) for index, raw in enumerate(as_list(item.get("tool_calls"))))
    return tuple(parts)


def read_call(raw: JsonObject, index: int) -> ToolCall:
    """A call; without an id it gets `call_<index>`."""
    function = as_object(raw.get("function"))
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else dumps_text(as_object(arguments))
    if isinstance(arguments, dict) and arguments.keys() == {"_text"}:
        text = as_text(arguments["_text"])
    identifier = text_or_none(raw.get("id")) or text_or_none(function.get("id")) or f"call_{index}"
    return ToolCall(identifier, as_text(function.get("name")), text)


def _read_result(item: JsonObject, calls: Mapping[str, str]) -> ToolResult:
    text = as_text(item.get("content"))
    name = as_text(item.get("tool_name"))
    call_id = text_or_none(item.get("tool_call_id")) or calls.get(name, "call_0")
    is_error = text.startswith(_ERROR)
    images = tuple(image for raw in as_list(item.get("images")) for image in _read_image(raw))
    said = text.removeprefix(_ERROR)
    content: tuple[Text | Image, ...] = ((Text(said),) if said else ()) + images
    return ToolResult(call_id, name, content, is_error)


def _read_image(raw: Json) -> Iterator[Image]:
    try:
        data = base64.b64decode(as_text(raw), validate=True)
    except (binascii.Error, ValueError):
        return
    if data:
        kind = next((media for magic, media in _MAGIC if data.startswith(magic)), "image/png")
        yield Image(Bytes(data, kind))


def read_schema_text(raw: Json) -> JsonObject | None:
    """A JSON Schema in `format`, as an object or as text."""
    if isinstance(raw, dict):
        return raw
    return None if not isinstance(raw, str) or raw == "json" else as_object(loads(raw).value_or(None)) or None
