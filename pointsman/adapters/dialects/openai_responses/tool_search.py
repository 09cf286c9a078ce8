"""A search for tools that the client runs: its calls, its results and the tools that they bring, both ways.

Codex offers it so that the model looks for tools instead of reading of all of them in every request. To others it is a
function; what it has found is offered to them from then on, and its result tells them the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
from returns.pipeline import is_successful

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_responses.tools import TOOL_SEARCH, read_tools, write_tools
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.part import Text, ToolCall, ToolResult
from pointsman.core.chat.tool import AnyTool
from pointsman.core.json import Json, JsonObject, dumps_text

_OUTPUT = "tool_search_output"
_CALL = "tool_search_call"
_NOTHING = "No tool was found."
_FOUND = "You can call these tools now: "


def is_search_call(item: JsonObject) -> bool:
    """Whether the client is to run it, or has run it; what OpenAI itself runs has no id."""
    return item.get("type") == _CALL and _is_of_the_client(item)


def is_search_output(item: JsonObject) -> bool:
    """Whether it is what the client found."""
    return item.get("type") == _OUTPUT and _is_of_the_client(item)


def _is_of_the_client(item: JsonObject) -> bool:
    return item.get("execution") == "client" and isinstance(item.get("call_id"), str)


def read_search_call(item: ObjectReader) -> ToolCall:
    """The call. Its arguments are the value itself, not JSON within a text."""
    arguments = item.raw("arguments")
    call_id = item.text("call_id") or ""
    item.skip("id", "status", "type", "execution")
    item.close()
    return ToolCall(call_id, TOOL_SEARCH, arguments if isinstance(arguments, str) else dumps_text(arguments))


def write_search_call(call: ToolCall) -> JsonObject:
    """The reverse; arguments that are no object stay as the model wrote them, for the client to complain of."""
    parsed = call.parse_arguments()
    arguments: Json = parsed.unwrap() if is_successful(parsed) else call.arguments
    return {"type": _CALL, "call_id": call.id, "execution": "client", "arguments": arguments}


def read_search_output(item: ObjectReader) -> ToolResult:
    """The result, for whoever has no searches: the names under which the tools can be called."""
    names = dict.fromkeys(tool.name for tool in read_tools(item, loaded=True))
    text = f"{_FOUND}{', '.join(names)}" if names else _NOTHING
    call_id = item.text("call_id") or ""
    item.skip("id", "status", "type", "execution")
    item.close()
    return ToolResult(call_id, TOOL_SEARCH, (Text(text),))


def write_search_output(result: ToolResult, tools: Iterable[AnyTool], unsupported: Unsupported) -> JsonObject:
    """The reverse, with those of `tools` that the search has brought."""
    if not _says_only_what_was_found(result):
        unsupported.warn(TOOL_SEARCH, "the result of a tool search holds tools alone; its text was left out")
    loaded = [tool for tool in tools if tool.loaded_by == result.call_id]
    head: JsonObject = {"type": _OUTPUT, "call_id": result.call_id, "execution": "client", "status": "completed"}
    return {**head, "tools": write_tools(loaded, unsupported)}


def _says_only_what_was_found(result: ToolResult) -> bool:
    return all(isinstance(part, Text) and part.text.startswith((_FOUND, _NOTHING)) for part in result.content)


def read_loaded_tools(body: ObjectReader, declared: Iterable[AnyTool]) -> tuple[AnyTool, ...]:
    """The tools that the searches of a conversation have brought beside the `declared` ones, each name once."""
    names = {tool.name for tool in declared}
    items = body.objects("input") if isinstance(body.value.get("input"), list) else ()
    loaded: list[AnyTool] = []
    for tool in (tool for item in items if is_search_output(item.value) for tool in _loaded_by(item)):
        if tool.name not in names:
            names.add(tool.name)
            loaded.append(tool)
    return tuple(loaded)


def _loaded_by(item: ObjectReader) -> Iterator[AnyTool]:
    call_id = item.text("call_id")
    return (attrs.evolve(tool, loaded_by=call_id) for tool in read_tools(item, loaded=True))
