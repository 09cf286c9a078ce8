"""Messages between our form and Ollama's: text, base64 images, calls with object arguments, results by tool name."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from types import NoneType
from typing import TypeAlias

import attrs

from pointsman.adapters.dialects.freeform import as_function_call
from pointsman.adapters.dialects.media_types import picture_type, read_base64, write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    File,
    Image,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, dumps_text, text_or_none

_ERROR = "Error: "
MakeId: TypeAlias = Callable[[], str]


def write_messages(messages: tuple[Message, ...], unsupported: Unsupported) -> list[Json]:
    """Our messages as Ollama's; each tool result becomes a message of its own."""
    written: list[Json] = []
    for message in messages:
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        rest = tuple(part for part in message.parts if not isinstance(part, ToolResult))
        written.extend(_write_result(result, unsupported) for result in results)
        if message.name is not None:
            unsupported.drop("message.name")
        if rest or not results:
            written.append(write_message(message.role, rest, unsupported))
    return written


def write_message(role: Role, parts: tuple[Part, ...], unsupported: Unsupported) -> JsonObject:
    """One message that holds no results of tools."""
    texts: list[str] = []
    images: list[Json] = []
    thoughts: list[str] = []
    calls: list[Json] = []
    for part in parts:
        drop_marks(part, unsupported)
        match part:
            case Text(text) | Refusal(text):
                texts.append(text)
            case Image():
                images += _write_image(part, unsupported)
            case Reasoning(text, None):
                thoughts.append(text)
            case Reasoning(_, state):
                origin = "another model" if state is None else state.origin
                unsupported.warn("reasoning", f"reasoning that {origin} signed cannot go to Ollama; it was left out")
            case ToolCall():
                calls.append(write_call(as_function_call(part), len(calls)))
            case Audio():
                unsupported.fail("audio")
            case File():
                unsupported.fail("files")
            case ProviderPart():
                unsupported.fail(f"{part.kind} of {part.dialect}")
            case ToolResult():
                unsupported.fail("a tool result beside other content")
    return compact(
        {
            "role": role,
            "content": "".join(texts),
            "thinking": "".join(thoughts) or None,
            "images": images or None,
            "tool_calls": calls or None,
        }
    )


def drop_marks(part: Part, unsupported: Unsupported) -> None:
    """Tell of what Ollama has no place for beside a part's content."""
    if getattr(part, "cache_control", None) is not None:
        unsupported.drop("cache_control", "Ollama caches prompts by itself; the marks were left out")
    if isinstance(part, (Text, ToolCall)):
        unsupported.drop_state(part.state)
    if isinstance(part, Text) and part.citations:
        unsupported.drop("citations", "the sources of earlier texts were left out; Ollama has no place for them")


def _write_image(image: Image, unsupported: Unsupported) -> list[Json]:
    if image.detail is not None:
        unsupported.drop("image.detail")
    if isinstance(image.source, Bytes):
        return [write_base64(image.source.data)]
    unsupported.fail("images by URL or file id")
    return []


def write_call(call: ToolCall, index: int) -> JsonObject:
    """A call; arguments that are not an object are sent as text in one field, so that nothing is lost."""
    unreadable: JsonObject = {"_text": call.arguments}
    arguments = call.parse_arguments().value_or(unreadable)
    return {"id": call.id, "function": {"index": index, "name": call.name, "arguments": arguments}}


def _write_result(result: ToolResult, unsupported: Unsupported) -> JsonObject:
    drop_marks(result, unsupported)
    images: list[Json] = []
    texts: list[str] = []
    for part in result.content:
        drop_marks(part, unsupported)
        if isinstance(part, Text):
            texts.append(part.text)
        elif isinstance(part, Image):
            images += _write_image(part, unsupported)
        else:
            kind = f"{part.kind} of {part.dialect}" if isinstance(part, ProviderPart) else "a file"
            unsupported.fail(f"{kind} in a tool result")
    text = "".join(texts)
    return compact(
        {
            "role": "tool",
            "content": f"{_ERROR}{text}" if result.is_error else text,
            "tool_name": result.name,
            "tool_call_id": result.call_id,
            "images": images or None,
        }
    )


@attrs.define
class _Conversation:
    """One pass over the messages: it remembers the calls that no result has answered."""

    messages: list[Message] = attrs.field(factory=list)
    by_id: dict[str, ToolCall] = attrs.field(factory=dict)
    by_name: dict[str, deque[str]] = attrs.field(factory=dict)
    """The ids of the calls of a tool, in their order."""
    used: set[str] = attrs.field(factory=set)
    """The ids that the client gave, anywhere, and those made up so far."""

    def add(self, message: Message) -> None:
        """Tool messages that follow one another are one message with all results."""
        if message.role == "tool" and self.messages and self.messages[-1].role == "tool":
            self.messages[-1] = Message("tool", self.messages[-1].parts + message.parts)
        else:
            self.messages.append(message)
        for call in message.tool_calls:
            self.by_id[call.id] = call
            self.by_name.setdefault(call.name, deque()).append(call.id)

    def make_id(self) -> str:
        """An id for a call that came without one."""
        call_id = next(name for number in count(len(self.used)) if (name := f"call_{number}") not in self.used)
        self.used.add(call_id)
        return call_id

    def answer(self, call_id: str | None, name: str) -> ToolCall | None:
        """The call that a result answers: by its id, else the first open one (of its tool); it is open no more."""
        if call_id:
            return self.by_id.pop(call_id, None)
        if not name:
            return self.by_id.pop(next(iter(self.by_id)), None) if self.by_id else None
        waiting = self.by_name.get(name, deque())
        while waiting:
            call = self.by_id.pop(waiting.popleft(), None)
            if call is not None:
                return call
        return None


def read_messages(body: ObjectReader) -> tuple[Message, ...]:
    """Ollama's messages as ours."""
    items = body.objects("messages")
    if not items:
        body.problem("messages", "a list with at least one message is needed")
    conversation = _Conversation(used=_given_ids(items))
    for item in items:
        conversation.add(_read_message(item, conversation))
        item.close()
    return tuple(conversation.messages)


def _given_ids(items: list[ObjectReader]) -> set[str]:
    messages = [item.value for item in items]
    calls = [as_object(call) for message in messages for call in as_list(message.get("tool_calls"))]
    named = [as_object(call.get("function")).get("id") for call in calls]
    ids = (*(call.get("id") for call in calls), *named, *(message.get("tool_call_id") for message in messages))
    return {one for one in ids if isinstance(one, str) and one}


def _read_message(item: ObjectReader, conversation: _Conversation) -> Message:
    role = item.text("role") or ""
    images = read_images(item)
    if role == "tool":
        return Message("tool", (_read_result(item, images, conversation),))
    known: Role = "system" if role in ("system", "developer") else "assistant" if role == "assistant" else "user"
    if role not in ("system", "developer", "assistant", "user"):
        item.problem("role", "it must be system, user, assistant or tool")
    for name in ("thinking", "content"):
        item.text(name)
    for call in item.objects("tool_calls"):
        _check_call(call)
    return Message(known, images + read_parts(item.value, conversation.make_id))


def _check_call(call: ObjectReader) -> None:
    """Report what is wrong or unknown in a call of an earlier turn."""
    function = call.inner("function")
    if not function.text("name"):
        function.problem("name", "it is missing")
    if not isinstance(function.raw("arguments"), (dict, str, NoneType)):
        function.problem("arguments", "it is not an object")
    call.text("id")
    call.skip("type")
    function.skip("id", "index")
    call.close()


def read_parts(message: JsonObject, make_id: MakeId) -> tuple[Part, ...]:
    """Thinking, text and calls of one message, in that order."""
    parts: list[Part] = []
    if thinking := as_text(message.get("thinking")):
        parts.append(Reasoning(thinking))
    if content := as_text(message.get("content")):
        parts.append(Text(content))
    parts.extend(read_call(as_object(raw), make_id) for raw in as_list(message.get("tool_calls")))
    return tuple(parts)


def read_call(raw: JsonObject, make_id: MakeId) -> ToolCall:
    """A call; without an id it gets one of `make_id`."""
    function = as_object(raw.get("function"))
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else dumps_text(as_object(arguments))
    if isinstance(arguments, dict) and arguments.keys() == {"_text"}:
        text = as_text(arguments["_text"])
    call_id = text_or_none(raw.get("id")) or text_or_none(function.get("id")) or make_id()
    return ToolCall(call_id, as_text(function.get("name")), text)


def _read_result(item: ObjectReader, images: tuple[Image, ...], conversation: _Conversation) -> ToolResult:
    text = item.text("content") or ""
    name = item.text("tool_name") or item.text("name") or ""
    item.skip("name")
    given = item.text("tool_call_id") or None
    call = conversation.answer(given, name)
    call_id = given or (call.id if call is not None else conversation.make_id())
    is_error = text.startswith(_ERROR)
    said = text.removeprefix(_ERROR)
    content = (*((Text(said),) if said else ()), *images)
    return ToolResult(call_id, name or (call.name if call is not None else ""), content, is_error)


def read_images(item: ObjectReader) -> tuple[Image, ...]:
    """The pictures of a message; a `data:` URL is taken for its payload."""
    images: list[Image] = []
    for at, value in enumerate(item.items("images")):
        data = read_base64(as_text(value).partition(";base64,")[2] or as_text(value))
        if data:
            images.append(Image(Bytes(data, picture_type(Bytes(data, "image/png")))))
        else:
            item.problem(f"images[{at}]", "it is not base64")
    return tuple(images)
