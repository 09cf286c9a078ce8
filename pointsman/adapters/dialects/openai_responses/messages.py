"""Input items and messages, both ways and in order. What is of no kind that we have stays as the item it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_responses.content import (
    NAME,
    ORIGIN,
    PHASE,
    is_block,
    read_block,
    read_result_block,
    warn_of_cache_control,
    write_block,
)
from pointsman.adapters.dialects.openai_responses.reasoning import read_reasoning, write_reasoning
from pointsman.adapters.dialects.openai_responses.tool_search import (
    is_search_call,
    is_search_output,
    read_search_call,
    read_search_output,
    write_search_call,
    write_search_output,
)
from pointsman.adapters.dialects.openai_responses.tools import (
    ToolNames,
    names_of,
    read_call_name,
    read_tools,
    write_tools,
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
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AnyTool
from pointsman.core.json import Json, JsonObject, as_list, as_object, compact

_ERROR = "Error: "
"""Begins the output of a tool that failed: the wire has no other mark for it."""
_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
_ADDITIONAL = "additional_tools"
_CALLS = ("function_call", "custom_tool_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")


def write_items(request: ChatRequest, messages: Iterable[Message], unsupported: Unsupported) -> list[Json]:
    """Messages as input items; `request` tells of its tools and of the calls that results answer."""
    freeform = frozenset(call.id for message in request.messages for call in message.tool_calls if call.freeform)
    writer = _ItemWriter(names_of(request.tools), request.tools, freeform, unsupported)
    return [item for message in messages for item in writer.write(message)]


@attrs.frozen
class _ItemWriter:
    """Writes the items of one request."""

    names: ToolNames
    tools: tuple[AnyTool, ...]
    freeform: frozenset[str]
    """Ids of the calls whose arguments are text."""
    unsupported: Unsupported

    def write(self, message: Message) -> Iterator[Json]:
        """The items of one message; its content is cut where something else stands between."""
        if message.name is not None:
            self.unsupported.drop("name", "messages of the Responses API have no name; it was left out")
        content: list[Json] = []
        phase: Opaque | None = None
        for part in message.parts:
            item = self._item(part, message.role)
            of_part = _phase_of(part)
            if content and (item is not None or of_part != phase):
                yield _write_message(message.role, content, phase)
                content = []
            if item is not None:
                yield from item
                continue
            block = write_block(part, message.role, self.unsupported)
            phase = of_part
            content += [] if block is None else [block]
        if content:
            yield _write_message(message.role, content, phase)

    def _item(self, part: Part, role: Role) -> list[Json] | None:
        """What is an item of its own; None for what belongs into the content of a message."""
        match part:
            case ToolCall():
                return [self._call(part)]
            case ToolResult():
                return [self._result(part)]
            case Reasoning():
                return write_reasoning(part, self.unsupported)
            case ProviderPart(dialect, wire) if dialect == NAME and not is_block(wire):
                return [wire]
            case Image() | File() | Audio() if role == "assistant":
                return self._show(part)
            case _:
                return None

    def _call(self, call: ToolCall) -> Json:
        if call.cache_control is not None:
            warn_of_cache_control(self.unsupported)
        self.unsupported.drop_state(call.state)
        if self.names.is_tool_search(call.name):
            return write_search_call(call)
        named: JsonObject = {"call_id": call.id, **self.names.split(call.name)}
        if call.freeform:
            return {"type": "custom_tool_call", **named, "input": call.arguments}
        return {"type": "function_call", **named, "arguments": call.arguments}

    def _result(self, result: ToolResult) -> Json:
        if result.cache_control is not None:
            warn_of_cache_control(self.unsupported)
        if self.names.is_tool_search(result.name):
            return write_search_output(result, self.tools, self.unsupported)
        kind = "custom_tool_call_output" if result.call_id in self.freeform else "function_call_output"
        return {"type": kind, "call_id": result.call_id, "output": self._output(result)}

    def _output(self, result: ToolResult) -> Json:
        """A text where it is one, else a list of blocks."""
        parts: tuple[ResultPart, ...] = _with_error(result.content) if result.is_error else result.content
        blocks = [block for part in parts if (block := write_block(part, "tool", self.unsupported)) is not None]
        if not blocks:
            return ""
        only = parts[0]
        return only.text if len(parts) == 1 and isinstance(only, Text) else [*blocks]

    def _show(self, part: Image | File | Audio) -> list[Json]:
        """Media of the model's own, for which the API has no place: its transcript, or one of the user's."""
        if isinstance(part, Audio) and part.transcript:
            self.unsupported.warn("audio", "the sound of an earlier answer was left out; its transcript stands for it")
            return [_write_message("assistant", [{"type": "output_text", "text": part.transcript}], None)]
        self.unsupported.warn("media", "what an earlier answer showed was sent as if the user had shown it")
        block = write_block(part, "user", self.unsupported)
        return [] if block is None else [_write_message("user", [block], None)]


def _write_message(role: Role, content: list[Json], phase: Opaque | None) -> JsonObject:
    said: JsonObject = {"type": "message", "role": role, "content": content}
    return said | compact({"phase": None if phase is None else phase.data})


def _phase_of(part: Part) -> Opaque | None:
    state = part.state if isinstance(part, Text) else None
    return state if state is not None and state.origin == ORIGIN and state.kind == PHASE else None


def _with_error(content: tuple[ResultPart, ...]) -> tuple[ResultPart, ...]:
    first = content[0] if content else None
    if isinstance(first, Text):
        return (attrs.evolve(first, text=f"{_ERROR}{first.text}"), *content[1:])
    return (Text(_ERROR), *content)


def read_items(body: ObjectReader) -> tuple[Message, ...]:
    """The input as messages; what one side does in a row is one message, but each message of it stays one.

    Tools that its first item declares are left to `read_additional_tools`.
    """
    if isinstance(body.value.get("input"), str):
        return (Message("user", (Text(body.text("input") or ""),)),)
    reader = _ItemReader()
    items = body.objects("input")
    for item in items[1:] if items and _declares_tools(items[0]) else items:
        reader.read(item)
    return reader.messages


def read_additional_tools(body: ObjectReader) -> tuple[AnyTool, ...]:
    """The tools that the first item of the input declares, as Codex does; those of later items stay in their place."""
    item = next(iter(body.objects("input") if isinstance(body.value.get("input"), list) else ()), None)
    if item is None or not _declares_tools(item):
        return ()
    item.skip("type", "role", "id")
    tools = tuple(attrs.evolve(tool, is_additional=True) for tool in read_tools(item))
    item.close()
    return tools


def _declares_tools(item: ObjectReader) -> bool:
    return item.value.get("type") == _ADDITIONAL


def write_additional_tools(tools: Iterable[AnyTool], unsupported: Unsupported) -> list[Json]:
    """The item that declares those of `tools` that were declared so; none where there are none."""
    written = write_tools([tool for tool in tools if tool.is_additional], unsupported)
    return [{"type": _ADDITIONAL, "role": "developer", "tools": written}] if written else []


@attrs.define
class _ItemReader:
    """Reads the items of one input."""

    _read: list[tuple[Role, list[Part]]] = attrs.field(factory=list)
    """Roles and parts, still growing, so that many items in a row take no more than linear time."""
    _names: dict[str, str] = attrs.field(factory=dict)
    """The tool of each call, by the call's id."""
    _after_message: bool = False

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was read."""
        return tuple(Message(role, tuple(parts)) for role, parts in self._read)

    def read(self, item: ObjectReader) -> None:
        """Take one item."""
        kind = item.text("type") or ("message" if "role" in item else "item_reference" if "id" in item else "")
        if kind == "message":
            self._add(*read_message(item), is_message=True)
        elif kind == "reasoning":
            self._add("assistant", (read_reasoning(item, by_id=True),))
        elif kind in _CALLS or is_search_call(item.value):
            call = read_call(item, "")
            self._names[call.id] = call.name
            self._add("assistant", (call,))
        elif kind in _OUTPUTS:
            self._add("tool", (self._output(item),))
        elif is_search_output(item.value):
            self._add("tool", (read_search_output(item),))
        elif item.value:
            theirs = kind.endswith("_output") or kind == "mcp_approval_response"
            self._add("user" if theirs else "assistant", (ProviderPart(NAME, item.value),))

    def _add(self, role: Role, parts: tuple[Part, ...], *, is_message: bool = False) -> None:
        joins = role == "tool" or (role == "assistant" and not (is_message and self._after_message))
        if parts and joins and self._read and self._read[-1][0] == role:
            self._read[-1][1].extend(parts)
        elif parts:
            self._read.append((role, [*parts]))
        self._after_message = is_message

    def _output(self, item: ObjectReader) -> ToolResult:
        call_id = item.text("call_id")
        if call_id is None:
            item.problem("call_id", "it is missing")
        name = read_call_name(item) or self._names.get(call_id or "", "")
        content = _read_output(item)
        item.skip("id", "status")
        item.close()
        is_error, content = _without_error(content)
        return ToolResult(call_id or "", name, content, is_error)


def _read_output(item: ObjectReader) -> tuple[ResultPart, ...]:
    if isinstance(item.value.get("output"), str):
        text = item.text("output")
        return (Text(text),) if text else ()
    read = [read_result_block(block) for block in item.objects("output")]
    return tuple(part for part in read if part is not None)


def _without_error(content: tuple[ResultPart, ...]) -> tuple[bool, tuple[ResultPart, ...]]:
    first = content[0] if content else None
    if not isinstance(first, Text) or not first.text.startswith(_ERROR):
        return False, content
    rest = first.text.removeprefix(_ERROR)
    return True, (*((attrs.evolve(first, text=rest),) if rest else ()), *content[1:])


def read_message(item: ObjectReader) -> tuple[Role, tuple[Part, ...]]:
    """A message item: its role and parts. One that holds a block of which we cannot say that it is one stays whole."""
    role = _ROLES.get(item.text("role") or "")
    if role is None:
        item.problem("role", "it is none of user, assistant, system and developer")
        return "user", ()
    phase = item.text("phase")
    state = None if phase is None else Opaque(ORIGIN, PHASE, phase)
    content = item.value.get("content")
    item.skip("id", "status")
    if isinstance(content, str):
        parts: tuple[Part, ...] = (Text(item.text("content") or "", state),)
    elif all(is_block(as_object(block)) for block in as_list(content)):
        read = [read_block(block, state) for block in item.objects("content")]
        parts = tuple(part for part in read if part is not None)
    else:
        return role, (ProviderPart(NAME, item.value),)
    item.close()
    return role, parts


def read_call(item: ObjectReader, made_up: str) -> ToolCall:
    """A call of a function, a freeform tool or a search; its id is `made_up` where the item has none."""
    if is_search_call(item.value):
        return read_search_call(item)
    freeform = item.text("type") == "custom_tool_call"
    call_id, id = item.text("call_id"), item.text("id")
    name, arguments = read_call_name(item), item.text("input" if freeform else "arguments")
    item.skip("status")
    item.close()
    return ToolCall(call_id or id or made_up, name, arguments or "", freeform=freeform)
