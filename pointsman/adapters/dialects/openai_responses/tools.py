"""Tools and the choice among them, both ways: functions, freeform tools, namespaces, and what OpenAI itself runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

import attrs

from pointsman.adapters.dialects.freeform import read_grammar
from pointsman.adapters.dialects.hosted_tools import hosted_settings
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_responses.content import NAME, warn_of_cache_control
from pointsman.adapters.dialects.strict_schema import openai_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import (
    AllowedTools,
    AnyTool,
    ForcedTool,
    HostedKind,
    Namespace,
    ProviderTool,
    Tool,
    ToolChoice,
    functions_of,
)
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, int_or_none

_HOSTED: Mapping[str, HostedKind] = {
    "web_search": "web_search",
    "web_search_2025_08_26": "web_search",
    "web_search_preview": "web_search",
    "web_search_preview_2025_03_11": "web_search",
    "code_interpreter": "code_execution",
    "file_search": "file_search",
}
_MODES: Mapping[str, ToolChoice] = {"auto": "auto", "none": "none", "required": "required"}
_GROUP = "namespace"
TOOL_SEARCH = "tool_search"
"""The type of the tool; it has no name, and no request has two. Where functions have names, it is this one's."""
_SEARCH_SETTINGS = frozenset(("allowed_domains", "user_location", "search_context_size", "max_uses"))
"""What a search can be told; `max_uses` stands beside the tools (see `most_hosted_calls`)."""


@attrs.frozen
class ToolNames:
    """What is known of the tools of a request by their names, for the calls of them."""

    tools: Mapping[str, Tool] = attrs.field(factory=dict)

    def is_freeform(self, name: str) -> bool:
        """Whether the tool takes plain text."""
        tool = self.tools.get(name)
        return tool is not None and tool.freeform

    def is_tool_search(self, name: str) -> bool:
        """Whether the tool finds tools."""
        tool = self.tools.get(name)
        return tool is not None and tool.is_tool_search

    def split(self, name: str) -> JsonObject:
        """The name as the wire has it, with its namespace where it has one."""
        tool = self.tools.get(name)
        if tool is None or tool.namespace is None:
            return {"name": name}
        return {"name": bare_name(tool), _GROUP: tool.namespace.name}


def names_of(tools: Iterable[AnyTool]) -> ToolNames:
    """The names of `tools`."""
    return ToolNames({tool.name: tool for tool in functions_of(tools)})


def bare_name(tool: Tool) -> str:
    """The tool's name within its namespace."""
    return tool.name if tool.namespace is None else tool.name.removeprefix(tool.namespace.qualify(""))


def read_call_name(item: ObjectReader) -> str:
    """The name of the tool of a call or a result, qualified by its namespace."""
    name, space = item.text("name") or "", item.text(_GROUP)
    return Namespace(space).qualify(name) if space else name


def read_tools(body: ObjectReader, *, loaded: bool = False) -> tuple[AnyTool, ...]:
    """The tools of a body, or of an item that declares some or tells of those that a search has `loaded`."""
    return tuple(tool for item in body.objects("tools") for tool in _read_tool(item, None, loaded))


def _read_tool(item: ObjectReader, space: Namespace | None, loaded: bool) -> tuple[AnyTool, ...]:
    kind = item.text("type")
    if kind == _GROUP and space is None and is_readable_group(item.value):
        return _read_group(item, loaded)
    if kind == TOOL_SEARCH and item.value.get("execution") == "client":
        return (_read_tool_search(item),)
    if kind not in ("function", "custom"):
        wire = item.value
        return (ProviderTool(NAME, wire, _HOSTED.get(kind or "")),) if wire else ()
    name = item.text("name")
    if not name:
        item.problem("name", "a tool has no name")
    qualified = (name or "") if space is None else space.qualify(name or "")
    description = item.text("description") or ""
    tool = _read_function(item, qualified, description) if kind == "function" else _read_freeform(item, qualified)
    if loaded:
        item.skip("defer_loading")  # it was put off until now
    item.close()
    return (attrs.evolve(tool, description=description, namespace=space),)


def _read_tool_search(item: ObjectReader) -> Tool:
    """The search that the client itself runs; the one that OpenAI runs is a tool of its own."""
    tool = attrs.evolve(_read_function(item, TOOL_SEARCH, item.text("description") or ""), is_tool_search=True)
    item.skip("execution")
    item.close()
    return tool


def _read_function(item: ObjectReader, name: str, description: str) -> Tool:
    """A function. That it is not strict is said by default everywhere else, and so is no different from silence."""
    strict = True if item.flag("strict") else None
    parameters = item.raw("parameters")
    if parameters is None:
        return Tool(name, description, strict=strict)
    if not isinstance(parameters, dict):
        item.problem("parameters", "it is not an object")
    return Tool(name, description, as_object(parameters), strict)


def _read_freeform(item: ObjectReader, name: str) -> Tool:
    form = item.inner("format")
    return Tool(name, freeform=True, grammar=read_grammar(form, form))


def is_readable_group(wire: JsonObject) -> bool:
    """Whether all tools of a namespace are of kinds that we have."""
    inner = [as_object(tool).get("type") for tool in as_list(wire.get("tools"))]
    return bool(inner) and bool(wire.get("name")) and all(kind in ("function", "custom") for kind in inner)


def _read_group(item: ObjectReader, loaded: bool) -> tuple[AnyTool, ...]:
    space = Namespace(item.text("name") or "", item.text("description") or "")
    tools = tuple(tool for inner in item.objects("tools") for tool in _read_tool(inner, space, loaded))
    item.close()
    return tools


def write_tools(tools: Iterable[AnyTool], unsupported: Unsupported) -> list[Json]:
    """Tools as the wire has them; those of one namespace that stand together are one group."""
    written: list[Json] = []
    for space, group in groupby(tools, key=lambda tool: tool.namespace if isinstance(tool, Tool) else None):
        each = [wire for tool in group for wire in _write_tool(tool, unsupported)]
        if space is None:
            written += each
        else:
            written.append({"type": _GROUP, "name": space.name, "description": space.description, "tools": each})
    return written


def _write_tool(tool: AnyTool, unsupported: Unsupported) -> tuple[Json, ...]:
    if isinstance(tool, ProviderTool):
        return _write_hosted(tool, unsupported)
    if tool.cache_control is not None:
        warn_of_cache_control(unsupported)
    if tool.freeform:
        custom: JsonObject = {"type": "custom", "name": bare_name(tool)}
        return (custom | compact({"description": tool.description or None, "format": tool.grammar}),)
    if tool.is_tool_search:
        search: JsonObject = {"type": TOOL_SEARCH, "execution": "client"}
        return ({**search, "description": tool.description, "parameters": tool.parameters},)
    return (
        {
            "type": "function",
            "name": bare_name(tool),
            "description": tool.description,
            "parameters": openai_parameters(tool, unsupported),
            "strict": tool.strict is True,
        },
    )


def _write_hosted(tool: ProviderTool, unsupported: Unsupported) -> tuple[Json, ...]:
    if tool.dialect == NAME:
        return (tool.wire,)
    if tool.kind == "web_search":
        return (_write_search(hosted_settings(tool), unsupported),)
    if tool.kind == "code_execution":
        for name in hosted_settings(tool):
            unsupported.drop(f"tools.code_execution.{name}")
        return ({"type": "code_interpreter", "container": {"type": "auto"}},)
    unsupported.fail(f"the tool {tool.name!r} of {tool.dialect}")
    return ()


def _write_search(settings: JsonObject, unsupported: Unsupported) -> JsonObject:
    domains = settings.get("allowed_domains")
    for name in settings.keys() - _SEARCH_SETTINGS:
        unsupported.drop(f"tools.web_search.{name}")
    place = as_object(settings.get("user_location"))
    return {"type": "web_search"} | compact(
        {
            "filters": {"allowed_domains": domains} if domains else None,
            "user_location": {"type": "approximate", **place} if place else None,
            "search_context_size": settings.get("search_context_size"),
        }
    )


def most_hosted_calls(tools: Iterable[AnyTool], unsupported: Unsupported) -> int | None:
    """How often another vendor's search may be used: here that is one limit for all of OpenAI's own tools."""
    hosted = [tool for tool in tools if isinstance(tool, ProviderTool)]
    limits = [int_or_none(hosted_settings(tool).get("max_uses")) for tool in hosted if tool.dialect != NAME]
    given = [limit for limit in limits if limit is not None]
    if given and len(hosted) > 1:
        unsupported.warn(
            "tools.web_search.max_uses", "there is one limit for all tools that OpenAI runs; it was left out"
        )
    return given[0] if given and len(hosted) == 1 else None


def read_choice(body: ObjectReader) -> ToolChoice | None:
    """How the model is to choose among the tools."""
    value = body.raw("tool_choice")
    if value is None:
        return None
    if isinstance(value, str):
        mode = _MODES.get(value)
        if mode is None:
            body.problem("tool_choice", f"{value!r} is none of auto, none and required")
        return mode
    choice = body.inner("tool_choice")
    if choice.text("type") == "allowed_tools":
        required = choice.text("mode") == "required"
        hosted = _hosted_names(body.value)
        return AllowedTools(tuple(_choice_of(item, hosted) for item in choice.objects("tools")), required)
    return ForcedTool(_choice_of(choice, _hosted_names(body.value)))


def _hosted_names(body: JsonObject) -> dict[str, str]:
    """The name of the first tool of each type and of each kind."""
    names: dict[str, str] = {}
    for item in map(as_object, as_list(body.get("tools"))):
        kind = as_text(item.get("type"))
        if kind:
            name = ProviderTool(NAME, item).name
            names.setdefault(kind, name)
            names.setdefault(_HOSTED.get(kind, kind), name)
    return names


def _choice_of(choice: ObjectReader, hosted: Mapping[str, str]) -> str:
    """The name of the tool that a choice means: its own, or that of the hosted tool of its type."""
    kind = choice.text("type") or ""
    if kind in ("function", "custom"):
        name = read_call_name(choice)
        choice.close()
        return name
    choice.close()
    return hosted.get(kind) or hosted.get(_HOSTED.get(kind, kind)) or kind


def write_choice(choice: ToolChoice, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The choice; the model is to be able to make it."""
    if choice == "required" and not request.tools:
        unsupported.reject("tool_choice: a tool is required, but there are no tools")
    if isinstance(choice, ForcedTool):
        return {"tool_choice": _write_chosen(choice.name, _by_name(request))}
    if isinstance(choice, AllowedTools):
        offered = _by_name(request)
        tools: list[Json] = [_write_chosen(name, offered) for name in choice.names]
        mode = "required" if choice.required else "auto"
        return {"tool_choice": {"type": "allowed_tools", "mode": mode, "tools": tools}}
    return {"tool_choice": choice}


def _by_name(request: ChatRequest) -> dict[str, AnyTool]:
    return {tool.name: tool for tool in reversed(request.tools)}


def _write_chosen(name: str, offered: Mapping[str, AnyTool]) -> JsonObject:
    tool = offered.get(name)
    if isinstance(tool, ProviderTool):
        if tool.dialect != NAME:
            return {"type": "code_interpreter" if tool.kind == "code_execution" else "web_search"}
        return {"type": as_text(tool.wire.get("type"))} | compact({"server_label": tool.wire.get("server_label")})
    if tool is None:
        return {"type": "function", "name": name}
    if tool.is_tool_search:
        return {"type": TOOL_SEARCH}
    return {"type": "custom" if tool.freeform else "function", **names_of((tool,)).split(name)}
