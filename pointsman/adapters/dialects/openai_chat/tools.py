"""Tools, and the choice among them, as OpenAI chat has them, both ways. It may not know about messages."""

from __future__ import annotations

from typing import Literal, cast

from pointsman.adapters.dialects.freeform import as_function, read_grammar
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.strict_schema import openai_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, AnyTool, ForcedTool, ProviderTool, Tool, ToolChoice
from pointsman.core.json import Json, JsonObject, as_object, compact

DIALECT = "openai-chat"
SEARCH = "web_search_options"
"""OpenAI's own search has no entry among the tools here: it is a field of the body."""


def write_tools(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The fields that tools make: those the choice leaves, where the provider has no list of allowed ones."""
    body: JsonObject = {}
    tools: list[Json] = []
    if any(tool.cache_control for tool in request.tools if isinstance(tool, Tool)) and not _takes_marks(unsupported):
        unsupported.drop("cache_control")
    for tool in allowed_tools(request, unsupported):
        if isinstance(tool, ProviderTool):
            _write_provider_tool(tool, tools, body, unsupported)
        else:
            tools.append(_write_tool(tool, unsupported))
    if tools:
        body["tools"] = tools
    return body


def allowed_tools(request: ChatRequest, unsupported: Unsupported) -> tuple[AnyTool, ...]:
    """All tools, or those of an `AllowedTools` where the provider cannot be told of it."""
    choice = request.tool_choice
    if not isinstance(choice, AllowedTools) or unsupported.target.quirks.custom_tools:
        return request.tools
    return tuple(tool for tool in request.tools if tool.name in choice.names or _is_search(tool))


def _is_search(tool: AnyTool) -> bool:
    """Whether it is OpenAI's own search, which is no tool to be chosen here."""
    return isinstance(tool, ProviderTool) and tool.dialect == DIALECT and SEARCH in tool.wire


def _write_provider_tool(tool: ProviderTool, tools: list[Json], body: JsonObject, unsupported: Unsupported) -> None:
    if tool.dialect != DIALECT:
        unsupported.fail(f"the tool {tool.name!r} of {tool.dialect}")
    elif SEARCH in tool.wire:
        body[SEARCH] = tool.wire[SEARCH]
    else:
        tools.append(tool.wire)


def _write_tool(tool: Tool, unsupported: Unsupported) -> JsonObject:
    if tool.freeform and unsupported.target.quirks.custom_tools:
        custom = compact({"name": tool.name, "description": tool.description or None, "format": _write_grammar(tool)})
        return {"type": "custom", "custom": custom}
    function = as_function(tool)
    written: JsonObject = {
        "type": "function",
        "function": compact(
            {
                "name": function.name,
                "description": function.description or None,
                "parameters": openai_parameters(function, unsupported),
                "strict": function.strict,
            }
        ),
    }
    if tool.cache_control is not None and _takes_marks(unsupported):
        written["cache_control"] = compact({"type": "ephemeral", "ttl": _ttl(tool.cache_control.ttl)})
    return written


def _write_grammar(tool: Tool) -> JsonObject | None:
    """The grammar one level deeper than the Responses API, and we, have it."""
    if tool.grammar is None or tool.grammar.get("type") != "grammar":
        return tool.grammar
    return {"type": "grammar", "grammar": {name: item for name, item in tool.grammar.items() if name != "type"}}


def _takes_marks(unsupported: Unsupported) -> bool:
    return unsupported.target.quirks.cache_control


def _ttl(ttl: Literal["5m", "1h"]) -> str | None:
    return None if ttl == "5m" else ttl


def write_choice(choice: ToolChoice, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The choice; it goes with tools only."""
    if not request.tools:
        if choice == "required":
            unsupported.reject("tool_choice: a tool is required, but there are no tools")
        return {}
    if isinstance(choice, ForcedTool):
        return {"tool_choice": _name_tool(choice.name, request, unsupported)}
    if not isinstance(choice, AllowedTools):
        return {"tool_choice": choice}
    mode = "required" if choice.required else "auto"
    if not unsupported.target.quirks.custom_tools:
        return {"tool_choice": mode}
    tools: list[Json] = [_name_tool(name, request, unsupported) for name in choice.names]
    return {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}}


def _name_tool(name: str, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    freeform = any(isinstance(tool, Tool) and tool.freeform and tool.name == name for tool in request.tools)
    kind = "custom" if freeform and unsupported.target.quirks.custom_tools else "function"
    return {"type": kind, kind: {"name": name}}


def read_tools(body: ObjectReader) -> tuple[AnyTool, ...]:
    """The tools of a request; the old `functions` too."""
    tools = [_read_tool(tool) for tool in body.objects("tools")]
    tools += [_read_function(function) for function in body.objects("functions")]
    if SEARCH in body:
        options: JsonObject = {SEARCH: as_object(body.raw(SEARCH))}
        tools.append(ProviderTool(DIALECT, options, "web_search"))
    return tuple(tools)


def _read_tool(tool: ObjectReader) -> AnyTool:
    match tool.text("type"):
        case None | "function":
            function = tool.inner("function")
            read = _read_function(function)
        case "custom" if "custom" in tool:
            custom = tool.inner("custom")
            read = Tool(
                custom.text("name") or "",
                custom.text("description") or "",
                freeform=True,
                grammar=_read_grammar(custom),
            )
        case _:
            return ProviderTool(DIALECT, tool.value)
    if not read.name:
        tool.problem("function.name", "it is missing")
    tool.close()
    return read


def _read_grammar(custom: ObjectReader) -> JsonObject | None:
    """What the text must look like; nothing where it may be any."""
    return read_grammar(custom.inner("format"), custom.inner("format").inner("grammar"))


def _read_function(function: ObjectReader) -> Tool:
    name, description = function.text("name") or "", function.text("description") or ""
    parameters, strict = function.raw("parameters"), function.flag("strict")
    if isinstance(parameters, dict):
        return Tool(name, description, parameters, strict)
    return Tool(name, description, strict=strict)


def read_choice(body: ObjectReader) -> ToolChoice | None:
    """The choice; the old `function_call` too."""
    name = "function_call" if "tool_choice" not in body and "function_call" in body else "tool_choice"
    value = body.raw(name)
    if value is None:
        return None
    if value in ("auto", "none", "required"):
        return cast(ToolChoice, value)
    if value == "any":  # Mistral's word
        return "required"
    choice = as_object(value)
    if choice.get("type") == "allowed_tools":
        return _read_allowed(as_object(choice.get("allowed_tools")))
    named = choice if name == "function_call" else choice.get("function") or choice.get("custom")
    tool = as_object(named).get("name")
    if isinstance(tool, str) and tool:
        return ForcedTool(tool)
    body.problem(name, "it is neither auto, none, required nor a tool")
    return None


def _read_allowed(allowed: JsonObject) -> AllowedTools:
    names: list[str] = []
    tools = allowed.get("tools")
    for item in tools if isinstance(tools, list) else []:
        tool = as_object(item)
        name = as_object(tool.get("function") or tool.get("custom")).get("name") or tool.get("name")
        if isinstance(name, str):
            names.append(name)
    return AllowedTools(tuple(names), allowed.get("mode") == "required")
