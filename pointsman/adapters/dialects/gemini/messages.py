"""Conversations as Gemini's contents, both ways. It may not know about parameters, nor about answers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pointsman.adapters.dialects.gemini.content import (
    CallIds,
    drop_cache_control,
    drop_marks,
    objects_of,
    read_part,
    write_outcome,
    write_part,
)
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Audio, Part, ProviderPart, Text, ToolCall, ToolResult, kind_of
from pointsman.core.json import Json, JsonObject, as_object

_THIRD = re.compile(r"gemini-([3-9]|\d\d)")
"""Models from Gemini 3 on take media in function responses, and refuse calls without a signature.
Source: ai.google.dev/gemini-api/docs/thought-signatures, /function-calling."""
_NO_SIGNATURE = "skip_thought_signature_validator"
"""What Google documents to be sent for a call that another model made."""


def write_conversation(messages: tuple[Message, ...], unsupported: Unsupported) -> JsonObject:
    """The fields `systemInstruction` and `contents`; what cannot be carried is told to `unsupported`."""
    head = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
    standing: list[Json] = [
        written
        for message in messages[:head]
        for part in message.parts
        if (written := _write_standing(part, unsupported)) is not None
    ]
    system: JsonObject = {"systemInstruction": {"parts": standing}} if standing else {}
    if any(message.name for message in messages):
        unsupported.drop("messages.name")
    return {**system, "contents": _write_contents(messages[head:], unsupported)}


def _write_standing(part: Part, unsupported: Unsupported) -> JsonObject | None:
    if not isinstance(part, (Text, ProviderPart)):
        unsupported.fail(f"{kind_of(part)} in a system message")
        return None
    return write_part(part, unsupported)


def _write_contents(messages: tuple[Message, ...], unsupported: Unsupported) -> list[Json]:
    """Results that follow one another are one content: Gemini wants as many of them as there were calls."""
    written: list[Json] = []
    results: list[ToolResult] = []
    names: dict[str, str] = {}
    for message in messages:
        if message.role == "tool":
            results += [part for part in message.parts if isinstance(part, ToolResult)]
            continue
        written += _write_results(results, names, unsupported)
        results.clear()
        names.update((part.id, part.name) for part in message.parts if isinstance(part, ToolCall))
        parts = _write_message(message, unsupported)
        if parts:
            written.append({"role": "model" if message.role == "assistant" else "user", "parts": parts})
    written += _write_results(results, names, unsupported)
    if not written and not unsupported.features:
        unsupported.reject("messages: Gemini needs at least one message that is not a system message")
    return written


def _write_message(message: Message, unsupported: Unsupported) -> list[Json]:
    if message.role == "system":
        unsupported.warn("messages", "a system message in the middle of the conversation was sent as the user's")
    parts = [_as_said(part, unsupported) for part in message.parts] if message.role == "assistant" else message.parts
    written = [wire for part in parts if (wire := write_part(part, unsupported)) is not None]
    if _THIRD.match(unsupported.target.model.rpartition("/")[2]):
        _sign(written)
    return [*written]


def _as_said(part: Part, unsupported: Unsupported) -> Part:
    if not isinstance(part, Audio) or not part.transcript:
        return part
    unsupported.warn("audio", "the sound of an earlier answer was left out, its transcript stands for it")
    return Text(part.transcript)


def _sign(parts: list[JsonObject]) -> None:
    """Mark the calls of a turn that another model made: only the first of parallel calls has a signature."""
    calls = [part for part in parts if "functionCall" in part]
    if calls and not any("thoughtSignature" in part for part in calls):
        calls[0]["thoughtSignature"] = _NO_SIGNATURE


def _write_results(results: list[ToolResult], names: Mapping[str, str], unsupported: Unsupported) -> list[Json]:
    """The content with the results, and one beside it for what older models do not take in a result."""
    if not results:
        return []
    beside: list[Json] = []
    parts: list[Json] = [_write_result(result, names, beside, unsupported) for result in results]
    written: list[Json] = [{"role": "user", "parts": parts}]
    return [*written, {"role": "user", "parts": beside}] if beside else written


def _write_result(
    result: ToolResult, names: Mapping[str, str], beside: list[Json], unsupported: Unsupported
) -> JsonObject:
    name = result.name or names.get(result.call_id, "")
    if result.cache_control is not None:
        drop_cache_control(unsupported)
    wire: JsonObject = {"id": result.call_id, "name": name, "response": write_outcome(result)}
    for part in result.content:
        drop_marks(part, unsupported)
    media = [write_part(part, unsupported) for part in result.content if not isinstance(part, Text)]
    written = [shown for shown in media if shown is not None]
    if written and _THIRD.match(unsupported.target.model.rpartition("/")[2]):
        wire["parts"] = [*written]
    elif written:
        beside += [{"text": f"Of the result of {name or 'the tool'} (call {result.call_id}):"}, *written]
    return {"functionResponse": wire}


def read_conversation(body: ObjectReader) -> tuple[Message, ...]:
    """The messages in a body; what is none is told in the log."""
    contents = objects_of(body, "contents")
    if not contents:
        body.problem("contents", "a list with at least one content is needed")
    ids = CallIds()
    return (*_read_system(body), *(message for content in contents for message in _read_content(content, ids)))


def _read_system(body: ObjectReader) -> tuple[Message, ...]:
    raw = body.raw("systemInstruction")
    if isinstance(raw, str):
        return (Message("system", (Text(raw),)),) if raw else ()
    content = body.inner("systemInstruction")
    content.skip("role")
    parts = read_parts(content, CallIds())
    return (Message("system", parts),) if parts else ()


def _read_content(content: ObjectReader, ids: CallIds) -> list[Message]:
    """One content; results of functions are taken out of a user's turn into a message of their own."""
    role = content.text("role")
    if role not in (None, "", "user", "model", "function", "tool"):
        content.problem("role", "it must be user or model")
    parts = read_parts(content, ids)
    content.close()
    if role == "model":
        return [Message("assistant", parts)]
    results = tuple(part for part in parts if isinstance(part, ToolResult))
    rest = tuple(part for part in parts if not isinstance(part, ToolResult))
    answers = [Message("tool", results)] if results else []
    return [*answers, Message("user", rest or (Text(""),))] if rest or not results else answers


def read_parts(content: ObjectReader, ids: CallIds) -> tuple[Part, ...]:
    """The parts of one content."""
    read = (read_part(part, ids) for part in objects_of(content, "parts"))
    return tuple(part for part in read if part is not None)


def read_answer(candidate: Mapping[str, Json], ids: CallIds) -> tuple[Part, ...]:
    """The parts of a candidate of an answer, where nothing is a problem."""
    content = as_object(candidate.get("content"))
    items = content.get("parts")
    log = ReadLog()
    readers = (ObjectReader(item, "", log, camel=True) for item in (items if isinstance(items, list) else []))
    read = (read_part(part, ids) for part in readers)
    return tuple(part for part in read if part is not None)
