"""Tools as Ollama has them, both ways: functions alone, whose parameters are not enforced. Knows no message."""

from __future__ import annotations

from types import NoneType

from pointsman.adapters.dialects.freeform import as_function
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, AnyTool, ProviderTool, Tool
from pointsman.core.json import Json, as_object

DIALECT = "ollama"


def write_tools(request: ChatRequest, unsupported: Unsupported) -> list[Json]:
    """The tools that the choice leaves."""
    choice = request.tool_choice
    if choice == "none":
        return []
    written: list[Json] = []
    for tool in request.tools:
        if isinstance(choice, AllowedTools) and tool.name not in choice.names:
            continue
        if isinstance(tool, Tool):
            written.append(_write_tool(tool, unsupported))
        elif tool.dialect == DIALECT:
            written.append(tool.wire)
        else:
            unsupported.fail(f"the tool {tool.name!r} of {tool.dialect}")
    return written


def _write_tool(tool: Tool, unsupported: Unsupported) -> Json:
    if tool.cache_control is not None:
        unsupported.drop("cache_control", "Ollama caches prompts by itself; the marks were left out")
    if tool.strict:
        unsupported.drop(f"tools.{tool.name}.strict", "Ollama does not enforce the parameters of tools")
    function = as_function(tool)
    return {
        "type": "function",
        "function": {
            "name": function.name,
            "description": function.description,
            "parameters": function.parameters,
        },
    }


def read_tools(body: ObjectReader) -> tuple[AnyTool, ...]:
    """The tools of a request."""
    return tuple(map(_read_tool, body.objects("tools")))


def _read_tool(tool: ObjectReader) -> AnyTool:
    if tool.text("type") not in (None, "function"):
        return ProviderTool(DIALECT, tool.value)
    function = tool.inner("function")
    name = function.text("name") or ""
    if not name:
        function.problem("name", "it is missing")
    parameters = function.raw("parameters")
    if not isinstance(parameters, (dict, NoneType)):
        function.problem("parameters", "it is not a JSON Schema")
    read = Tool(name, function.text("description") or "", as_object(parameters))
    tool.close()
    return read
