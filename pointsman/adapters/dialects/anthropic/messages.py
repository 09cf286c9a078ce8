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
    read_part,
    safe_id,
    well_formed,
    write_call,
    write_reasoning,
    write_text,
)
from pointsman.adapters.dialects.anthropic.media import (
    read_document,
    read_image,
    read_result_content,
    write_document,
    write_image,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact
from pointsman.core.message import Message, Role
from pointsman.core.part import Audio, File, Image, Part, Reasoning, Refusal, Text, ToolCall, ToolResult


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
            _blocks(message, unsupported), key=lambda block: role == "user" and block["type"] != "tool_result"
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
        case Text(text):
            return write_text(part) if text else None
        case Refusal(text):
            unsupported.warn("refusal", "an earlier refusal was sent as plain text")
            return {"type": "text", "text": text} if text else None
        case Reasoning():
            return _reasoning(part, unsupported)
        case ToolCall():
            return _call(part, unsupported)
        case ToolResult():
            return _result(part, unsupported)
        case Image():
            return write_image(part, unsupported)
        case File():
            return write_document(part, unsupported)
        case Audio():
            unsupported.fail("audio")
            return None


def _reasoning(part: Reasoning, unsupported: Unsupported) -> JsonObject | None:
    block = write_reasoning(part)
    if block is None:
        unsupported.warn("reasoning", "reasoning without a signature of this API was left out")
    return block


_ALLOWED: dict[Role, tuple[type[Part], ...]] = {
    "system": (Text,),
    "user": (Text, Image, File, Audio, ToolResult),
    "assistant": (Text, Refusal, Reasoning, ToolCall, Audio),
    "tool": (ToolResult,),
}


def _call(call: ToolCall, unsupported: Unsupported) -> JsonObject:
    if not well_formed(call):
        unsupported.warn(
            "arguments", f"the arguments of a call of {call.name} are not a JSON object; they were wrapped in one"
        )
    return write_call(attrs.evolve(call, id=safe_id(call.id)))


def _result(result: ToolResult, unsupported: Unsupported) -> JsonObject:
    inner = [
        write_image(p, unsupported) if isinstance(p, Image) else write_text(p) for p in result.content if p != Text("")
    ]
    return compact(
        {
            "type": "tool_result",
            "tool_use_id": safe_id(result.call_id),
            "content": _content(inner) if inner else None,
            "is_error": True if result.is_error else None,
        }
    )


def read_conversation(system: Json, messages: Json, problems: list[str]) -> tuple[Message, ...]:
    """The messages of a request; what cannot be understood is added to `problems`."""
    texts = tuple(Text(text) for text in _system_texts(system) if text)
    head = (Message("system", texts),) if texts else ()
    reading = _Reading(problems)
    return (*head, *(each for at, turn in enumerate(as_list(messages)) for each in reading.turn(at, as_object(turn))))


def _system_texts(system: Json) -> list[str]:
    return [system] if isinstance(system, str) else [as_text(as_object(b).get("text")) for b in as_list(system)]


@attrs.define
class _Reading:
    """One pass over the turns: it remembers the names of the tools that were called."""

    problems: list[str]
    names: dict[str, str] = attrs.field(factory=dict)

    def turn(self, at: int, turn: JsonObject) -> Iterator[Message]:
        content = turn.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else as_list(content)
        parts = tuple(
            part
            for n, block in enumerate(blocks)
            if (part := self.part(f"messages[{at}].content[{n}]", as_object(block)))
        )
        match turn.get("role"):
            case "assistant":
                self.names.update((part.id, part.name) for part in parts if isinstance(part, ToolCall))
                yield Message("assistant", parts)
            case "user":
                yield from _split(parts)
            case "system":
                yield Message("system", parts)
            case other:
                self.problems.append(f"messages[{at}].role: {other!r} is not 'user' or 'assistant'")

    def part(self, place: str, block: JsonObject) -> Part | None:
        found: Part | str | None
        match block.get("type"):
            case "image":
                found = read_image(block)
            case "document":
                found = read_document(block)
            case "tool_result":
                found = self.result(place, block)
            case other:
                found = read_part(block) or f"a block of type {other!r} is not supported"
        if isinstance(found, str):
            self.problems.append(f"{place}: {found}")
            return None
        return found

    def result(self, place: str, block: JsonObject) -> ToolResult:
        id, content = as_text(block.get("tool_use_id")), block.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) and content else as_list(content)
        found = [read_result_content(as_object(inner)) for inner in blocks]
        self.problems.extend(f"{place}: {problem}" for problem in found if isinstance(problem, str))
        parts = tuple(part for part in found if not isinstance(part, str))
        return ToolResult(id, self.names.get(id, ""), parts, block.get("is_error") is True)


def _split(parts: tuple[Part, ...]) -> Iterator[Message]:
    results = tuple(part for part in parts if isinstance(part, ToolResult))
    if results:
        yield Message("tool", results)
    if not results or len(results) < len(parts):
        yield Message("user", tuple(part for part in parts if not isinstance(part, ToolResult)))
