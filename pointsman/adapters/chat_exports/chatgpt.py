"""ChatGPT's `conversations.json`: conversations as trees of messages, with the branch that was shown last.

Pictures and files lie beside the JSON: of them only the names are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pointsman.adapters.chat_exports.thread import Node, Thread, seconds_of, texts_of
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import Part, Reasoning, Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Entry
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text, text_or_none

_NEAR = 100
"""Messages within which a tool answers its call."""


def is_one(value: JsonObject) -> bool:
    """Whether `value` is a conversation of theirs."""
    return isinstance(value.get("mapping"), dict)


def thread(value: JsonObject) -> Thread:
    """A conversation of theirs."""
    mapping = {id: as_object(node) for id, node in as_object(value["mapping"]).items()}
    id = text_or_none(value.get("conversation_id")) or as_text(value.get("id")) or min(mapping, default="")
    return Thread(
        id=f"chatgpt-{id}",
        title=as_text(value.get("title")),
        created=seconds_of(value.get("create_time")),
        updated=seconds_of(value.get("update_time")),
        nodes=[
            Node(id=id, parent=text_or_none(node.get("parent")), entry=_entry(id, node, mapping))
            for id, node in mapping.items()
        ],
        current=text_or_none(value.get("current_node")),
    )


def _entry(id: str, node: JsonObject, mapping: Mapping[str, JsonObject]) -> Entry | None:
    message = as_object(node.get("message"))
    about = as_object(message.get("metadata"))
    if not message or about.get("is_visually_hidden_from_conversation") is True:
        return None
    role, parts = _role_and_parts(id, node, message, mapping)
    if not parts:
        return None
    is_cut = message.get("status") == "in_progress"
    return Entry(
        id=id,
        message=Message(role, parts),
        time=seconds_of(message.get("create_time")),
        provider="openai" if role == "assistant" else "",
        model=as_text(about.get("model_slug")),
        status="partial" if is_cut else "complete",
    )


def _role_and_parts(
    id: str, node: JsonObject, message: JsonObject, mapping: Mapping[str, JsonObject]
) -> tuple[Role, tuple[Part, ...]]:
    role, recipient = as_text(as_object(message.get("author")).get("role")), as_text(message.get("recipient"))
    content = as_object(message.get("content"))
    if role == "assistant" and recipient not in ("", "all"):
        text = "".join(_texts(content))
        return "assistant", (ToolCall(id, recipient, dumps_text({"input": text})),)
    if role == "tool":
        name = as_text(as_object(message.get("author")).get("name"))
        return "tool", (ToolResult(_caller(node, mapping), name, tuple(map(Text, _texts(content)))),)
    if as_text(content.get("content_type")) in ("thoughts", "reasoning_recap"):
        return "assistant", tuple(Reasoning(text) for text in _texts(content) if text.strip())
    known: Role = "assistant" if role == "assistant" else "system" if role == "system" else "user"
    return known, texts_of(*_texts(content))


def _caller(node: JsonObject, mapping: Mapping[str, JsonObject]) -> str:
    """The call that a tool answers: the next one above that is addressed to a tool."""
    for _ in range(_NEAR):
        parent = as_text(node.get("parent"))
        node = mapping.get(parent, {})
        recipient = as_text(as_object(node.get("message")).get("recipient"))
        if not node or recipient not in ("", "all"):
            return parent
    return ""


def _texts(content: JsonObject) -> Iterator[str]:
    """All words of a message, whatever kind of content it has."""
    for part in as_list(content.get("parts")):
        yield part if isinstance(part, str) else _name_asset(as_object(part))
    for name in ("text", "result", "content", "user_profile", "user_instructions"):
        if isinstance(content.get(name), str):
            yield as_text(content[name])
    for thought in as_list(content.get("thoughts")):
        yield as_text(as_object(thought).get("content")) or as_text(as_object(thought).get("summary"))


def _name_asset(part: JsonObject) -> str:
    """A part that is no text: what it says, or that it is not here."""
    said: Json = part.get("text")
    pointer = as_text(part.get("asset_pointer")).rpartition("/")[2]
    return said if isinstance(said, str) else f"[{as_text(part.get('content_type')) or 'file'}: {pointer}]"
