"""Conversations as OpenAI chat messages, both ways. It may not know about parameters, nor about answers."""

from __future__ import annotations

from typing import TypeGuard

import attrs

from pointsman.adapters.dialects.dialect import Quirks
from pointsman.adapters.dialects.freeform import as_function_call
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_chat.content import read_content, sound_format, write_content, write_part
from pointsman.adapters.dialects.openai_chat.tool_calls import (
    details_of,
    read_calls,
    reasoning_part,
    reasoning_text,
    write_call,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import (
    Audio,
    File,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
    kind_of,
)
from pointsman.core.json import Json, JsonObject, as_text

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
    written: list[Json] = []
    beside: list[JsonObject] = []
    for message in messages:
        if message.role == "tool":
            written += _write_results(message, beside, unsupported)
            continue
        written += _write_beside(beside)
        written.append(_write_message(message, unsupported))
    return [*written, *_write_beside(beside)]


def _write_message(message: Message, unsupported: Unsupported) -> JsonObject:
    name: JsonObject = {"name": message.name} if message.name else {}
    if message.role == "assistant":
        return {"role": "assistant", **name, **_write_answer(message.parts, unsupported)}
    return {"role": message.role, **name, "content": _write_said(message, unsupported)}


def _write_said(message: Message, unsupported: Unsupported) -> Json:
    written: list[JsonObject] = []
    for part in message.parts:
        fits = message.role == "user" or isinstance(part, (Text, ProviderPart))
        block = write_part(part, unsupported) if fits else None
        if block is None:
            unsupported.fail(f"{kind_of(part)} in a {message.role} message")
            continue
        written.append(block)
        if isinstance(part, Text):
            unsupported.drop_state(part.state)
            _drop_citations(part, unsupported)
        elif isinstance(part, Audio):
            _judge_sound(part.media_type, unsupported)
    return write_content(written)


def _drop_citations(part: Text, unsupported: Unsupported) -> None:
    if part.citations:
        unsupported.drop("citations", "the sources of earlier texts were left out; requests have no place for them")


def _judge_sound(media_type: str, unsupported: Unsupported) -> None:
    allowed = unsupported.target.quirks.audio_formats
    if allowed is not None and sound_format(media_type) not in allowed:
        unsupported.fail(f"{media_type} (it takes {' and '.join(sorted(allowed))})")


def _write_results(message: Message, beside: list[JsonObject], unsupported: Unsupported) -> list[Json]:
    written: list[Json] = []
    for part in message.parts:
        if isinstance(part, ToolResult):
            written.append(_write_result(part, beside, unsupported))
        else:
            unsupported.fail(f"{kind_of(part)} in a tool message")
    return written


def _write_result(result: ToolResult, beside: list[JsonObject], unsupported: Unsupported) -> JsonObject:
    """One tool result. The wire has no mark for a failed one, so its text says it.

    Tool messages hold texts only: pictures and files go into a message of the user after the results.
    """
    parts: tuple[ResultPart, ...] = result.content
    if result.is_error and not Message("tool", parts).text.lower().startswith("error"):
        head, rest = (parts[0].text, parts[1:]) if parts and isinstance(parts[0], Text) else ("", parts)
        parts = (Text(f"Error: {head}".strip()), *rest)
    media = [part for part in parts if isinstance(part, (Image, File))]
    blocks: list[JsonObject] = []
    for part in parts:
        block = None if part in media else write_part(part, unsupported)
        if block is not None:
            blocks.append(block)
        elif part not in media:
            unsupported.fail(f"{kind_of(part)} in a tool result")
    if media:
        label = f"Of the result of {result.name or 'the tool'} (call {result.call_id}):"
        beside.append({"type": "text", "text": label})
        beside += [_write_media(part, unsupported) for part in media]
        if not blocks:
            blocks.append({"type": "text", "text": "The result follows in the next message."})
    if result.cache_control is not None:
        unsupported.drop("cache_control")
    return {"role": "tool", "tool_call_id": result.call_id, "content": write_content(blocks)}


def _write_media(part: Image | File, unsupported: Unsupported) -> JsonObject:
    if "tool_images" in unsupported.target.quirks.lacks:
        unsupported.fail("images in tool results")
    block = write_part(part, unsupported)
    if block is None:
        unsupported.fail(f"{kind_of(part)} in a tool result")
    return block or {}


def _write_beside(beside: list[JsonObject]) -> list[Json]:
    """The message that holds what tool messages cannot; `beside` is empty then."""
    if not beside:
        return []
    content: list[Json] = [*beside]
    beside.clear()
    return [{"role": "user", "content": content}]


def _write_answer(parts: tuple[Part, ...], unsupported: Unsupported) -> JsonObject:
    """An earlier answer of the model: text as one string, its refusal, its calls, its reasoning where wanted."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Text):
            texts.append(part.text)
            unsupported.drop_state(part.state)
            _drop_citations(part, unsupported)
            if part.cache_control is not None:
                unsupported.drop("cache_control")
        elif isinstance(part, Audio) and part.transcript:
            texts.append(part.transcript)
            unsupported.warn("audio", "the sound of an earlier answer was left out, its transcript stands for it")
        elif not isinstance(part, (Reasoning, Refusal, ToolCall)):
            unsupported.fail(f"{kind_of(part)} in an assistant message")
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    calls: list[Json] = [_write_call(part, unsupported) for part in parts if isinstance(part, ToolCall)]
    written: JsonObject = {"content": "".join(texts) or (None if calls or refusals else "")}
    if refusals:
        written["refusal"] = "".join(refusals)
    if calls:
        written["tool_calls"] = calls
    return written | _write_reasoning([part for part in parts if isinstance(part, Reasoning)], bool(calls), unsupported)


def _write_call(call: ToolCall, unsupported: Unsupported) -> JsonObject:
    if call.cache_control is not None:
        unsupported.drop("cache_control")
    if not unsupported.target.quirks.custom_tools:
        call = as_function_call(call)
    if wants_state(call.state, unsupported.target.quirks):
        return write_call(call)
    unsupported.drop_state(call.state)
    return write_call(attrs.evolve(call, state=None))


def _write_reasoning(thoughts: list[Reasoning], with_calls: bool, unsupported: Unsupported) -> JsonObject:
    """OpenRouter's details where they are understood, the plain text where the provider demands it, else a note."""
    quirks = unsupported.target.quirks
    details = [item for part in thoughts if wants_state(part.state, quirks) for item in details_of(part.state)]
    if details:
        return {"reasoning_details": details}
    text = "".join(part.text for part in thoughts)
    if quirks.replay_reasoning and (text or with_calls):
        return {quirks.reasoning_field: text}
    if thoughts:
        unsupported.warn(
            "reasoning",
            "the reasoning of earlier answers was left out; this provider does not take it back",
        )
    return {}


def wants_state(state: Opaque | None, quirks: Quirks) -> TypeGuard[Opaque]:
    """Whether the provider wants this opaque state back."""
    return state is not None and state.origin in quirks.origins


def read_messages(body: ObjectReader) -> tuple[Message, ...]:
    """The conversation in a request's `messages`; what is none is told in the log."""
    items = body.items("messages")
    if not items:
        body.problem("messages", "a list with at least one message is needed")
        return ()
    names: dict[str, str] = {}
    read = [_read_plain(item) or _read_message(body.item("messages", at, item), names) for at, item in enumerate(items)]
    return tuple(message for message in read if message is not None)


def _read_plain(item: Json) -> Message | None:
    """A message that is a role and a text, as most are; None where there is more to it."""
    if not isinstance(item, dict) or len(item) != 2:
        return None
    content, role = item.get("content"), _ROLES.get(as_text(item.get("role")))
    if not isinstance(content, str) or role is None or role == "tool":
        return None
    return Message(role, (Text(content),))


def _read_message(item: ObjectReader, names: dict[str, str]) -> Message | None:
    role = _ROLES.get(item.text("role") or "")
    if role is None:
        item.problem("role", "it must be system, developer, user, assistant or tool")
        return None
    content = read_content(item)
    if role == "tool":
        message = _read_result(item, content, names)
    elif role == "assistant":
        content = _read_answer(item, content)
        names.update({part.id: part.name for part in content if isinstance(part, ToolCall)})
        message = Message(role, content or (Text(""),), item.text("name") or None)
    else:
        if not content and not isinstance(item.value.get("content"), (str, list)):
            item.problem("content", "it is missing")
        message = Message(role, content or (Text(""),), item.text("name") or None)
    item.close()
    return message


def _read_result(item: ObjectReader, content: tuple[Part, ...], names: dict[str, str]) -> Message:
    name = item.text("name") or ""
    call_id = item.text("tool_call_id") or name
    if not call_id:
        item.problem("tool_call_id", "it is missing")
    parts = tuple(part for part in content if isinstance(part, (Text, Image, File, ProviderPart)))
    if len(parts) < len(content):
        item.problem("content", "a tool result holds texts, images and files only")
    return Message("tool", (ToolResult(call_id, names.get(call_id) or name, parts or (Text(""),)),))


def _read_answer(item: ObjectReader, content: tuple[Part, ...]) -> tuple[Part, ...]:
    refusal = item.text("refusal")
    for name in ("reasoning", "reasoning_content", "reasoning_details", "tool_calls", "function_call"):
        item.skip(name)
    thoughts = reasoning_part(reasoning_text(item.value), item.value.get("reasoning_details"))
    return (
        *((thoughts,) if thoughts else ()),
        *content,
        *((Refusal(refusal),) if refusal else ()),
        *read_calls(item.value),
    )
