"""Items of the Responses API and our parts. A reasoning item goes back as it came, with its encrypted content."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Literal

from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    dumps_text,
    loads,
    text_or_none,
)
from pointsman.core.message import Message, Role
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

ORIGIN = "openai"
KIND = "encrypted_content"
_ERROR = "Error: "
_DETAILS: dict[str, Literal["low", "high", "auto"]] = {"low": "low", "high": "high", "auto": "auto"}


def write_items(messages: tuple[Message, ...], unsupported: Unsupported) -> list[Json]:
    """Messages as input items, in order."""
    return [item for message in messages for item in _write_message(message, unsupported)]


def _write_message(message: Message, unsupported: Unsupported) -> Iterator[Json]:
    content: list[Json] = []
    for part in message.parts:
        if isinstance(part, (ToolCall, ToolResult, Reasoning)):
            if content:
                yield {"type": "message", "role": message.role, "content": content}
                content = []
            yield from _write_item(part, unsupported)
        else:
            content.extend(_write_content(part, message.role, unsupported))
    if content:
        yield {"type": "message", "role": message.role, "content": content}


def _write_item(part: ToolCall | ToolResult | Reasoning, unsupported: Unsupported) -> Iterator[Json]:
    match part:
        case ToolCall(id, name, arguments):
            yield {"type": "function_call", "call_id": id, "name": name, "arguments": arguments}
        case ToolResult():
            yield {"type": "function_call_output", "call_id": part.call_id, "output": _write_output(part)}
        case Reasoning(_, state):
            if state is not None and state.origin == ORIGIN and state.kind == KIND:
                yield _reasoning_item(part.text, state.data, "")
            else:
                unsupported.warn("reasoning", "reasoning without OpenAI's own encrypted content was left out")


def _write_output(result: ToolResult) -> Json:
    text = "".join(part.text for part in result.content if isinstance(part, Text))
    said = f"{_ERROR}{text}" if result.is_error else text
    images: list[Json] = [_write_image(part) for part in result.content if isinstance(part, Image)]
    texts: list[Json] = [{"type": "input_text", "text": said}] if said else []
    return [*texts, *images] if images else said


def _write_content(part: Part, role: Role, unsupported: Unsupported) -> Iterator[Json]:
    match part:
        case Text(text):
            yield {"type": "output_text" if role == "assistant" else "input_text", "text": text}
        case Refusal(text):
            yield {"type": "refusal", "refusal": text}
        case Image():
            yield _write_image(part)
        case File(source, name):
            yield _write_file(source, name)
        case Audio():
            unsupported.fail("audio")
        case _:
            return


def _write_image(image: Image) -> Json:
    return compact({"type": "input_image", "image_url": _address(image.source), "detail": image.detail})


def _write_file(source: Bytes | Url | FileId, name: str | None) -> Json:
    if isinstance(source, FileId):
        return {"type": "input_file", "file_id": source.id}
    if isinstance(source, Url):
        return {"type": "input_file", "file_url": source.url}
    return {"type": "input_file", "filename": name or "document.pdf", "file_data": _address(source)}


def _address(source: Bytes | Url) -> str:
    if isinstance(source, Url):
        return source.url
    return f"data:{source.media_type};base64,{base64.b64encode(source.data).decode()}"


def read_items(raw: Json) -> tuple[Message, ...]:
    """Input items as messages; what one side says in a row is one message."""
    if isinstance(raw, str):
        return (Message("user", (Text(raw),)),)
    turns: list[tuple[Role, list[Part]]] = []
    calls: dict[str, str] = {}
    for item in as_list(raw):
        role, parts = _read_input(as_object(item), calls)
        calls.update((part.id, part.name) for part in parts if isinstance(part, ToolCall))
        if parts and turns and turns[-1][0] == role and role in ("assistant", "tool"):
            turns[-1][1].extend(parts)
        elif parts:
            turns.append((role, [*parts]))
    return tuple(Message(role, tuple(parts)) for role, parts in turns)


def _read_input(item: JsonObject, calls: Mapping[str, str]) -> tuple[Role, tuple[Part, ...]]:
    kind = item.get("type", "message")
    if kind == "function_call_output":
        return "tool", (_read_output(item, calls),)
    if kind in ("function_call", "reasoning"):
        return "assistant", read_output_item(item)
    role = as_text(item.get("role"))
    known: Role = "assistant" if role == "assistant" else "system" if role in ("system", "developer") else "user"
    content = item.get("content")
    if isinstance(content, str):
        return known, (Text(content),)
    return known, tuple(part for raw in as_list(content) if (part := read_content(as_object(raw))) is not None)


def _read_output(item: JsonObject, calls: Mapping[str, str]) -> ToolResult:
    """A result; the item does not name its tool, but `calls` has the names by the ids of the calls."""
    call_id = as_text(item.get("call_id"))
    raw = item.get("output")
    content: tuple[Text | Image, ...]
    if isinstance(raw, str):
        content = (Text(raw),) if raw else ()
    else:
        parts = [read_content(as_object(inner)) for inner in as_list(raw)]
        content = tuple(part for part in parts if isinstance(part, (Text, Image)))
    first = next(iter(content), None)
    is_error = isinstance(first, Text) and first.text.startswith(_ERROR)
    if is_error and isinstance(first, Text):
        rest = first.text.removeprefix(_ERROR)
        content = (*((Text(rest),) if rest else ()), *content[1:])
    return ToolResult(call_id, calls.get(call_id, ""), content, is_error)


def read_content(raw: JsonObject) -> Part | None:
    """One piece of a message's content; None for kinds this version does not know."""
    match raw.get("type"):
        case "input_text" | "output_text" | "text":
            return Text(as_text(raw.get("text")))
        case "refusal":
            return Refusal(as_text(raw.get("refusal")))
        case "input_image":
            detail = raw.get("detail")
            source = _read_address(as_text(raw.get("image_url")))
            return None if source is None else Image(source, _DETAILS.get(as_text(detail)))
        case "input_file":
            return _read_file(raw)
        case _:
            return None


def _read_file(raw: JsonObject) -> Part | None:
    if file_id := text_or_none(raw.get("file_id")):
        return File(FileId(file_id))
    if url := text_or_none(raw.get("file_url")):
        return File(Url(url))
    source = _read_address(as_text(raw.get("file_data")))
    return None if source is None else File(source, text_or_none(raw.get("filename")))


def _read_address(address: str) -> Bytes | Url | None:
    if not address.startswith("data:"):
        return Url(address) if address else None
    head, _, data = address[5:].partition(",")
    try:
        return Bytes(base64.b64decode(data, validate=True), head.split(";")[0] or "application/octet-stream")
    except (binascii.Error, ValueError):
        return None


def read_output_item(item: JsonObject) -> tuple[Part, ...]:
    """The parts of one output item; none for a tool that ran on the provider's side."""
    match item.get("type"):
        case "message":
            found = (read_content(as_object(raw)) for raw in as_list(item.get("content")))
            return tuple(part for part in found if part is not None)
        case "function_call":
            call_id = text_or_none(item.get("call_id")) or as_text(item.get("id"))
            return (ToolCall(call_id, as_text(item.get("name")), as_text(item.get("arguments"))),)
        case "reasoning":
            return (_read_reasoning(item),)
        case _:
            return ()


def _read_reasoning(item: JsonObject) -> Reasoning:
    texts = [as_text(as_object(raw).get("text")) for raw in as_list(item.get("summary"))]
    texts = texts or [as_text(as_object(raw).get("text")) for raw in as_list(item.get("content"))]
    text = "\n\n".join(texts)
    if text_or_none(item.get("encrypted_content")) is None:
        return Reasoning(text)
    kept: JsonObject = {
        key: item[key] for key in ("type", "id", "summary", "content", "encrypted_content") if item.get(key) is not None
    }
    return Reasoning(text, Opaque(ORIGIN, KIND, dumps_text(kept)))


def write_output_item(part: Part, identifier: str) -> JsonObject | None:
    """One part of an answer as an output item; None for what this API cannot answer with."""
    match part:
        case Text(text):
            content: Json = {"type": "output_text", "text": text, "annotations": []}
            return _write_answer(content, identifier)
        case Refusal(text):
            return _write_answer({"type": "refusal", "refusal": text}, identifier)
        case ToolCall(id, name, arguments):
            call: JsonObject = {"type": "function_call", "id": f"fc_{identifier}", "call_id": id, "name": name}
            return {**call, "arguments": arguments, "status": "completed"}
        case Reasoning(text, state):
            if state is not None and state.origin == ORIGIN and state.kind == KIND:
                return _reasoning_item(text, state.data, identifier)
            return {"type": "reasoning", "id": f"rs_{identifier}", "summary": _summary(text)}
        case _:
            return None


def _reasoning_item(text: str, data: str, identifier: str) -> JsonObject:
    """The item that was kept, verbatim; or one around bare encrypted content."""
    kept = as_object(loads(data).map(as_object).value_or({}))
    if kept.get("type") == "reasoning":
        return kept
    return {"type": "reasoning", "id": f"rs_{identifier}", "summary": _summary(text), "encrypted_content": data}


def _summary(text: str) -> list[Json]:
    return [{"type": "summary_text", "text": text}] if text else []


def _write_answer(content: Json, identifier: str) -> JsonObject:
    return {
        "type": "message",
        "id": f"msg_{identifier}",
        "role": "assistant",
        "status": "completed",
        "content": [content],
    }
