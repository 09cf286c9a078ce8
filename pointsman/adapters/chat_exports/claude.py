"""Claude's `conversations.json`: conversations as lists of messages, which may name the one that they follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from pointsman.adapters.chat_exports.thread import Node, Thread, seconds_of, texts_of
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import Part, Reasoning, Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Entry
from pointsman.core.json import JsonObject, as_list, as_object, as_text, dumps_text, text_or_none

_NOBODY = "00000000-0000-4000-8000-000000000000"
"""Whom a first message follows, where they say it."""


def is_one(value: JsonObject) -> bool:
    """Whether `value` is a conversation of theirs."""
    return isinstance(value.get("chat_messages"), list)


def thread(value: JsonObject) -> Thread:
    """A conversation of theirs."""
    nodes: list[Node] = []
    for number, one in enumerate(map(as_object, as_list(value["chat_messages"]))):
        nodes += _nodes(one, number, nodes[-1].id if nodes else None)
    return Thread(
        id=f"claude-{as_text(value.get('uuid')) or as_text(value.get('created_at'))}",
        title=as_text(value.get("name")),
        created=seconds_of(value.get("created_at")),
        updated=seconds_of(value.get("updated_at")),
        nodes=nodes,
        current=text_or_none(value.get("current_leaf_message_uuid")),
    )


def _nodes(message: JsonObject, number: int, last: str | None) -> Iterator[Node]:
    """One message; what tools gave within it is said by another one, before it goes on."""
    id = as_text(message.get("uuid")) or f"m{number}"
    above = text_or_none(message.get("parent_message_uuid"))
    parent = None if above == _NOBODY else above or last
    steps = list(_steps(message))
    for place, (role, parts) in enumerate(steps):
        is_last = place == len(steps) - 1
        own = id if is_last else f"{id}.{place}"
        entry = Entry(id=own, message=Message(role, parts), time=seconds_of(message.get("created_at")))
        yield Node(id=own, parent=parent, entry=entry)
        parent = own
    if not steps:
        yield Node(id=id, parent=parent)


_Step: TypeAlias = tuple[Role, tuple[Part, ...]]


def _steps(message: JsonObject) -> Iterator[_Step]:
    if as_text(message.get("sender")) != "assistant":
        said = texts_of(*_blocks_or_text(message), *_attachments(message))
        if said:
            yield "user", said
        return
    parts: list[Part] = []
    for block in map(as_object, as_list(message.get("content"))):
        part = _part(block)
        if isinstance(part, ToolResult):
            if parts:
                yield "assistant", tuple(parts)
            parts = []
            yield "tool", (part,)
        elif part is not None:
            parts.append(part)
    if not message.get("content"):
        parts += texts_of(as_text(message.get("text")))
    if parts:
        yield "assistant", tuple(parts)


def _part(block: JsonObject) -> Part | None:
    match as_text(block.get("type")):
        case "text":
            return Text(as_text(block.get("text"))) if as_text(block.get("text")) else None
        case "thinking":
            return Reasoning(as_text(block.get("thinking")))
        case "tool_use":
            id, name = as_text(block.get("id")), as_text(block.get("name"))
            return ToolCall(id or name, name, dumps_text(block.get("input") or {}))
        case "tool_result":
            texts = [as_text(as_object(one).get("text")) for one in as_list(block.get("content"))]
            text = block.get("content")
            held = (text,) if isinstance(text, str) else tuple(texts)
            id, name = as_text(block.get("tool_use_id")), as_text(block.get("name"))
            return ToolResult(id or name, name, tuple(map(Text, held)), block.get("is_error") is True)
        case _:
            return None


def _blocks_or_text(message: JsonObject) -> Iterator[str]:
    blocks = [as_text(as_object(one).get("text")) for one in as_list(message.get("content"))]
    yield from blocks if any(blocks) else [as_text(message.get("text"))]


def _attachments(message: JsonObject) -> Iterator[str]:
    """What was attached: the words of documents, and the names of what is not in the file."""
    for one in map(as_object, as_list(message.get("attachments"))):
        yield f"[{as_text(one.get('file_name')) or 'attachment'}]\n{as_text(one.get('extracted_content'))}"
    for one in map(as_object, as_list(message.get("files"))):
        yield f"[file: {as_text(one.get('file_name'))}]"
