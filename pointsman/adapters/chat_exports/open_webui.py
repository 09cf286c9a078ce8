"""Open WebUI's export of chats: each with a history that is a tree, or at least with the messages that were shown."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.adapters.chat_exports.thread import Node, Thread, seconds_of, texts_of
from pointsman.core.chat.message import Message, Role
from pointsman.core.conversations.conversation import Entry
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, text_or_none


def is_one(value: JsonObject) -> bool:
    """Whether `value` is a chat of theirs."""
    chat = as_object(value.get("chat"))
    return isinstance(chat.get("messages"), list) or isinstance(chat.get("history"), dict)


def thread(value: JsonObject) -> Thread:
    """A chat of theirs."""
    chat = as_object(value["chat"])
    history = as_object(chat.get("history"))
    tree = [as_object(one) for one in as_object(history.get("messages")).values()]
    id = as_text(value.get("id")) or as_text(chat.get("id")) or as_text(value.get("created_at"))
    tags = as_list(as_object(value.get("meta")).get("tags")) or as_list(chat.get("tags"))
    return Thread(
        id=f"open-webui-{id}",
        title=as_text(value.get("title")) or as_text(chat.get("title")),
        created=seconds_of(value.get("created_at")) or seconds_of(chat.get("timestamp")),
        updated=seconds_of(value.get("updated_at")),
        nodes=[_node(one, None) for one in tree] or list(_in_a_row(as_list(chat.get("messages")))),
        current=text_or_none(history.get("currentId")),
        system=as_text(as_object(chat.get("params")).get("system")),
        tags=tuple(name for name in map(_tag, tags) if name),
    )


def _tag(value: Json) -> str:
    return value if isinstance(value, str) else as_text(as_object(value).get("name"))


def _in_a_row(messages: list[Json]) -> Iterator[Node]:
    before: str | None = None
    for number, one in enumerate(map(as_object, messages)):
        node = _node({"id": f"m{number}", **one}, before)
        before = node.id
        yield node


def _node(message: JsonObject, before: str | None) -> Node:
    id = as_text(message.get("id"))
    return Node(id=id, parent=text_or_none(message.get("parentId")) or before, entry=_entry(id, message))


_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}


def _entry(id: str, message: JsonObject) -> Entry | None:
    role = _ROLES.get(as_text(message.get("role")), "user")
    files = [_file(as_object(one)) for one in as_list(message.get("files"))]
    parts = texts_of(_words(message.get("content")), *files)
    failed = message.get("error") not in (None, False)
    if not parts and not failed:
        return None
    return Entry(
        id=id,
        message=Message(role, parts),
        time=seconds_of(message.get("timestamp")),
        model=as_text(message.get("model")),
        status="failed" if failed else "partial" if message.get("done") is False else "complete",
    )


def _words(content: Json) -> str:
    """The text of a content that may be a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(as_text(as_object(one).get("text")) for one in as_list(content))


def _file(one: JsonObject) -> str:
    name = as_text(one.get("name")) or as_text(as_object(one.get("file")).get("filename"))
    return f"[{as_text(one.get('type')) or 'file'}: {name}]" if name else f"[{as_text(one.get('type')) or 'file'}]"
