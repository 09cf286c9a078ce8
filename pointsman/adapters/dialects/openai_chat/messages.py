"""Conversations as OpenAI chat messages, both ways. It may not know about parameters, nor about answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from pointsman.adapters.dialects.dialect import Quirks
from pointsman.adapters.dialects.openai_chat.content import read_content, sound_format, write_content, write_part
from pointsman.adapters.dialects.openai_chat.tool_calls import (
    details_of,
    read_calls,
    reasoning_part,
    reasoning_text,
    write_call,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, as_object, as_text, text_or_none
from pointsman.core.message import Message, Role
from pointsman.core.part import (
    Audio,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


def write_messages(messages: tuple[Message, ...], unsupported: Unsupported) -> list[Json]:
    """The wire messages; each tool result is one of its own. What cannot be carried is told to `unsupported`."""
    return [written for message in messages for written in _write_message(message, unsupported)]


def _write_message(message: Message, unsupported: Unsupported) -> Iterator[JsonObject]:
    name: JsonObject = {"name": message.name} if message.name else {}
    if message.role == "assistant":
        yield {"role": "assistant", **name, **_write_answer(message.parts, unsupported)}
    elif message.role == "tool":
        for part in message.parts:
            if isinstance(part, ToolResult):
                yield _write_result(part, unsupported)
            else:
                unsupported.fail(f"{_kind(part)} in a tool message")
    else:
        yield {"role": message.role, **name, "content": _write_said(message, unsupported)}


def _write_said(message: Message, unsupported: Unsupported) -> Json:
    written: list[JsonObject] = []
    for part in message.parts:
        found = write_part(part) if message.role == "user" or isinstance(part, Text) else None
        if found is None:
            unsupported.fail(f"{_kind(part)} in a {message.role} message")
            continue
        written.append(found)
        if isinstance(part, Text):
            _drop_state(part.state, unsupported)
        elif isinstance(part, Audio):
            _judge_sound(part.source.media_type, unsupported)
    return write_content(written)


def _judge_sound(media_type: str, unsupported: Unsupported) -> None:
    allowed = unsupported.target.quirks.audio_formats
    if allowed is not None and sound_format(media_type) not in allowed:
        unsupported.fail(f"{media_type} (it takes {' and '.join(sorted(allowed))})")


def _write_result(result: ToolResult, unsupported: Unsupported) -> JsonObject:
    """One tool result. The wire has no mark for a failed one, so its text says it."""
    if any(isinstance(part, Image) for part in result.content) and "tool_images" in unsupported.target.quirks.lacks:
        unsupported.fail("images in tool results")
    parts = result.content
    if result.is_error and not Message("tool", parts).text.lower().startswith("error"):
        head, rest = (parts[0].text, parts[1:]) if parts and isinstance(parts[0], Text) else ("", parts)
        parts = (Text(f"Error: {head}".strip()), *rest)
    written = [found for found in map(write_part, parts) if found is not None]
    return {"role": "tool", "tool_call_id": result.call_id, "content": write_content(written)}


def _write_answer(parts: tuple[Part, ...], unsupported: Unsupported) -> JsonObject:
    """An earlier answer of the model: text as one string, its refusal, its calls, its reasoning where wanted."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Text):
            texts.append(part.text)
            _drop_state(part.state, unsupported)
        elif isinstance(part, Audio) and part.transcript:
            texts.append(part.transcript)
            _note(unsupported, "audio", "the sound of an earlier answer was left out, its transcript stands for it")
        elif not isinstance(part, (Reasoning, Refusal, ToolCall)):
            unsupported.fail(f"{_kind(part)} in an assistant message")
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    calls: list[Json] = [_write_call(part, unsupported) for part in parts if isinstance(part, ToolCall)]
    written: JsonObject = {"content": "".join(texts) or (None if calls or refusals else "")}
    if refusals:
        written["refusal"] = "".join(refusals)
    if calls:
        written["tool_calls"] = calls
    return written | _write_reasoning([part for part in parts if isinstance(part, Reasoning)], bool(calls), unsupported)


def _write_call(call: ToolCall, unsupported: Unsupported) -> JsonObject:
    if understood(call.state, unsupported.target.quirks):
        return write_call(call)
    _drop_state(call.state, unsupported)
    return write_call(ToolCall(call.id, call.name, call.arguments))


def _write_reasoning(thoughts: list[Reasoning], with_calls: bool, unsupported: Unsupported) -> JsonObject:
    """OpenRouter's details where they are understood, the plain text where the provider demands it, else a note."""
    quirks = unsupported.target.quirks
    details = [item for part in thoughts if understood(part.state, quirks) for item in details_of(part.state)]
    if details:
        return {"reasoning_details": details}
    text = "".join(part.text for part in thoughts)
    if quirks.replay_reasoning and (text or with_calls):
        return {quirks.reasoning_field: text}
    if thoughts:
        _note(
            unsupported,
            "reasoning",
            "the reasoning of earlier answers was left out; this provider does not take it back",
        )
    return {}


def understood(state: Opaque | None, quirks: Quirks) -> TypeGuard[Opaque]:
    """Whether the provider wants this opaque state back. Whoever takes the `reasoning` object speaks OpenRouter."""
    if state is None:
        return False
    return state.origin in quirks.origins or (state.origin == "openrouter" and quirks.effort_field == "reasoning")


def _drop_state(state: Opaque | None, unsupported: Unsupported) -> None:
    if state is not None:
        _note(unsupported, "state", f"opaque state of {state.origin} was left out; this provider cannot read it")


def _note(unsupported: Unsupported, subject: str, text: str) -> None:
    """Tell it once a request, however many messages it is true of."""
    if all(gap.text != text for gap in unsupported.warnings):
        unsupported.warn(subject, text)


def _kind(part: Part) -> str:
    return type(part).__name__.lower()


def read_messages(value: Json, problems: list[str]) -> tuple[Message, ...]:
    """The conversation in a request's `messages`; what is none is told in `problems`."""
    if not isinstance(value, list) or not value:
        problems.append("messages: a list with at least one message is needed")
        return ()
    names: dict[str, str] = {}
    read = [_read_message(as_object(item), f"messages[{at}]", names, problems) for at, item in enumerate(value)]
    return tuple(message for message in read if message is not None)


def _read_message(item: JsonObject, where: str, names: dict[str, str], problems: list[str]) -> Message | None:
    role = _ROLES.get(as_text(item.get("role")))
    if role is None:
        problems.append(f"{where}.role: it must be system, developer, user, assistant or tool")
        return None
    content = read_content(item.get("content"), f"{where}.content", problems)
    if role == "tool":
        return _read_result(item, content, where, names, problems)
    if role == "assistant":
        content = _read_answer(item, content)
        names.update({part.id: part.name for part in content if isinstance(part, ToolCall)})
    elif not content and not isinstance(item.get("content"), (str, list)):
        problems.append(f"{where}.content: it is missing")
    return Message(role, content or (Text(""),), text_or_none(item.get("name")))


def _read_result(
    item: JsonObject, content: tuple[Part, ...], where: str, names: dict[str, str], problems: list[str]
) -> Message:
    call_id = as_text(item.get("tool_call_id")) or as_text(item.get("name"))
    if not call_id:
        problems.append(f"{where}.tool_call_id: it is missing")
    kept = tuple(part for part in content if isinstance(part, (Text, Image)))
    if len(kept) < len(content):
        problems.append(f"{where}.content: a tool result holds texts and images only")
    name = names.get(call_id) or as_text(item.get("name"))
    return Message("tool", (ToolResult(call_id, name, kept or (Text(""),)),))


def _read_answer(item: JsonObject, content: tuple[Part, ...]) -> tuple[Part, ...]:
    refusal = as_text(item.get("refusal"))
    thoughts = reasoning_part(reasoning_text(item), item.get("reasoning_details"))
    calls = read_calls(item)
    return (
        *((thoughts,) if thoughts else ()),
        *content,
        *((Refusal(refusal),) if refusal else ()),
        *calls,
    )
