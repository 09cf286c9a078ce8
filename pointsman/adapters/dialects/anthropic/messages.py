"""Conversations as the `system` and `messages` of a request, both ways.

The normal form, which reading gives and writing keeps: one system message at the head; one tool message for a run of
results. On the wire a run of tool messages and the user message after it are one user turn, results first. A tool
result has no tool name on the wire: it is found by the call's id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

import attrs

from pointsman.adapters.dialects.anthropic.content import (
    ORIGIN,
    is_well_formed,
    read_block,
    read_cache_control,
    safe_id,
    write_cache_control,
    write_call,
    write_reasoning,
    write_text,
)
from pointsman.adapters.dialects.anthropic.media import read_document, read_image, write_document, write_image
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import (
    Audio,
    File,
    Image,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
)
from pointsman.core.json import Json, JsonObject, as_object, compact


def write_system(messages: Sequence[Message], unsupported: Unsupported) -> Json:
    """The `system` field: text, or blocks where there are several; None without system messages."""
    leading = len(list(takewhile(lambda message: message.role == "system", messages)))
    if any(message.role == "system" for message in messages[leading:]):
        unsupported.warn("messages", "system messages after the first turn were moved to the front")
    blocks = [block for message in messages if message.role == "system" for block in _blocks(message, unsupported)]
    return _content(blocks) if blocks else None


def write_turns(messages: Sequence[Message], unsupported: Unsupported) -> list[Json]:
    """The `messages` field."""
    turns: list[tuple[str, list[JsonObject]]] = []
    answering = False
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = sorted(
            _blocks(message, unsupported), key=lambda block: role == "user" and block.get("type") != "tool_result"
        )
        if not blocks:
            unsupported.warn("messages", f"a message of the {message.role} without content was left out")
            continue
        if answering and role == "user":
            turns[-1][1].extend(blocks)
        else:
            turns.append((role, blocks))
        answering = message.role == "tool"
    return [{"role": role, "content": _content(blocks)} for role, blocks in turns]


def _content(blocks: list[JsonObject]) -> Json:
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        return blocks[0]["text"]
    return list(blocks)


def _blocks(message: Message, unsupported: Unsupported) -> list[JsonObject]:
    if message.name is not None:
        unsupported.drop("message.name")
    blocks: list[JsonObject] = []
    for part in message.parts:
        if not isinstance(part, _ALLOWED[message.role]):
            unsupported.reject(f"messages: {message.role} messages cannot hold {type(part).__name__} parts")
        elif (block := _block(part, unsupported)) is not None:
            blocks.append(block)
    return blocks


def _block(part: Part, unsupported: Unsupported) -> JsonObject | None:
    match part:
        case Text() | Image() | File() | ProviderPart():
            return _result_block(part, unsupported)
        case Refusal(text):
            unsupported.warn("refusal", "an earlier refusal was sent as plain text")
            return {"type": "text", "text": text} if text else None
        case Reasoning():
            return _reasoning(part, unsupported)
        case ToolCall():
            return _call(part, unsupported)
        case ToolResult():
            return _result(part, unsupported)
        case Audio():
            unsupported.fail("audio")
            return None


def _result_block(part: ResultPart, unsupported: Unsupported) -> JsonObject | None:
    match part:
        case Text():
            return _text(part, unsupported)
        case Image():
            return write_image(part, unsupported)
        case File():
            return write_document(part, unsupported)
        case ProviderPart():
            if part.dialect == ORIGIN:
                return part.wire
            unsupported.fail(f"{part.kind} of {part.dialect}")
            return None


def _text(part: Text, unsupported: Unsupported) -> JsonObject | None:
    """The API takes no empty text, and citations only as it gave them."""
    if part.state is not None and part.state.origin != ORIGIN:
        unsupported.drop_state(part.state)
    block = write_text(part)
    if part.citations and "citations" not in block:
        unsupported.warn("citations", "citations that are not of this API were left out")
    if part.text:
        return block
    if part.cache_control is not None:
        unsupported.drop("cache_control", "a cache mark on an empty text was left out with it")
    return None


def _reasoning(part: Reasoning, unsupported: Unsupported) -> JsonObject | None:
    block = write_reasoning(part)
    if block is None:
        unsupported.warn("reasoning", "reasoning without a signature of this API was left out")
    return block


_ALLOWED: dict[Role, tuple[type[Part], ...]] = {
    "system": (Text, ProviderPart),
    "user": (Text, Image, File, Audio, ToolResult, ProviderPart),
    "assistant": (Text, Refusal, Reasoning, ToolCall, Audio, ProviderPart),
    "tool": (ToolResult,),
}


def _call(call: ToolCall, unsupported: Unsupported) -> JsonObject:
    if not is_well_formed(call):
        unsupported.warn(
            "arguments", f"the arguments of a call of {call.name} are not a JSON object; they were wrapped in one"
        )
    if call.state is not None and call.state.origin != ORIGIN:
        unsupported.drop_state(call.state)
    return write_call(attrs.evolve(call, id=safe_id(call.id)))


def _result(result: ToolResult, unsupported: Unsupported) -> JsonObject:
    inner = [block for part in result.content if (block := _result_block(part, unsupported)) is not None]
    return compact(
        {
            "type": "tool_result",
            "tool_use_id": safe_id(result.call_id),
            "content": _content(inner) if inner else None,
            "is_error": True if result.is_error else None,
            "cache_control": write_cache_control(result.cache_control),
        }
    )


def read_conversation(body: ObjectReader) -> tuple[Message, ...]:
    """The messages of a request; what cannot be understood is a problem in the log of `body`."""
    texts = _read_system(body)
    head = (Message("system", texts),) if texts else ()
    conversation = _Conversation(body.log)
    return (*head, *(message for turn in body.objects("messages") for message in conversation.turn(turn)))


def _read_system(body: ObjectReader) -> tuple[Part, ...]:
    system = body.raw("system")
    if isinstance(system, str):
        return (Text(system),) if system else ()
    return tuple(part for block in body.objects("system") if (part := _read_other(block)) is not None)


@attrs.define
class _Conversation:
    """One pass over the turns: it remembers the names of the tools that were called."""

    log: ReadLog
    names: dict[str, str] = attrs.field(factory=dict)

    def turn(self, turn: ObjectReader) -> Iterator[Message]:
        parts = tuple(part for block in _contents(turn) if (part := self._part(block)) is not None)
        role = turn.text("role")
        turn.close()
        match role:
            case "assistant":
                self.names.update((part.id, part.name) for part in parts if isinstance(part, ToolCall))
                yield Message("assistant", parts)
            case "user":
                yield from _split(parts)
            case "system":
                yield Message("system", parts)
            case other:
                turn.problem("role", f"{other!r} is not 'user' or 'assistant'")

    def _part(self, block: ObjectReader) -> Part | None:
        return self._result(block) if block.value.get("type") == "tool_result" else _read_other(block)

    def _result(self, block: ObjectReader) -> ToolResult:
        block.skip("type")
        id = block.text("tool_use_id") or ""
        content = tuple(part for inner in _contents(block) if (part := _read_result_part(inner)) is not None)
        result = ToolResult(
            id, self.names.get(id, ""), content, block.flag("is_error") is True, read_cache_control(block)
        )
        block.close()
        return result


def _contents(holder: ObjectReader) -> list[ObjectReader]:
    """The blocks of a content; a text is one block."""
    content = holder.raw("content")
    if isinstance(content, str):
        text: JsonObject = {"type": "text", "text": content}
        return [ObjectReader(text, holder.place("content"), holder.log)] if content else []
    return holder.objects("content")


def _read_result_part(block: ObjectReader) -> ResultPart | None:
    if block.value.get("type") in ("text", "image", "document"):
        part = _read_other(block)
        return part if isinstance(part, (Text, Image, File, ProviderPart)) else None
    return _verbatim(block)


def _read_other(block: ObjectReader) -> Part | None:
    """The part of any block but a tool result; None where something is wrong with it, which is reported."""
    part: Part | None
    match block.value.get("type"):
        case "image":
            part = read_image(block)
        case "document":
            part = read_document(block)
        case _:
            part = read_block(block) or _verbatim(block)
    if not isinstance(part, ProviderPart):
        block.close()
    return part


def _verbatim(block: ObjectReader) -> ProviderPart | None:
    """A block that we have no words for, in its place."""
    if not isinstance(block.value.get("type"), str):
        block.problem("type", "it is missing")
        return None
    return ProviderPart(ORIGIN, as_object(block.value))


def _split(parts: tuple[Part, ...]) -> Iterator[Message]:
    results = tuple(part for part in parts if isinstance(part, ToolResult))
    if results:
        yield Message("tool", results)
    if not results or len(results) < len(parts):
        yield Message("user", tuple(part for part in parts if not isinstance(part, ToolResult)))
