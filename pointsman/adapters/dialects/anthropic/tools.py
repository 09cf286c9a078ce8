"""Tools and how to choose among them, both ways: functions of the caller's, and tools that the vendor runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointsman.adapters.dialects.anthropic.content import ORIGIN, read_cache_control, write_cache_control
from pointsman.adapters.dialects.hosted_tools import hosted_settings
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, AnyTool, ForcedTool, HostedKind, ProviderTool, Tool, ToolChoice
from pointsman.core.json import Json, JsonObject, as_object, compact, int_or_none, text_or_none

_HOSTED: Mapping[HostedKind, JsonObject] = {
    "web_search": {"type": "web_search_20250305", "name": "web_search"},
    "code_execution": {"type": "code_execution_20250825", "name": "code_execution"},
}
"""The version of each that the most models take."""
_CHOICES: dict[str, ToolChoice] = {"auto": "auto", "any": "required", "none": "none"}
_SEARCH_SETTINGS = frozenset(("max_uses", "allowed_domains", "blocked_domains", "excludeDomains", "user_location"))
_LOCATION = ("city", "region", "country", "timezone")


def write_tools(
    request: ChatRequest, strict: Mapping[str | None, JsonObject], unsupported: Unsupported
) -> list[Json] | None:
    """The `tools` field; `strict` holds the parameters of strict tools as the API enforces them."""
    written = [_write_tool(tool, strict.get(tool.name), unsupported) for tool in _allowed_tools(request, unsupported)]
    return [tool for tool in written if tool is not None] or None


def _allowed_tools(request: ChatRequest, unsupported: Unsupported) -> Sequence[AnyTool]:
    """The API has no word for a choice among some of the tools: the others are not shown."""
    choice = request.tool_choice
    if not isinstance(choice, AllowedTools) or "tool_choice" in unsupported.target.quirks.lacks:
        return request.tools
    return [tool for tool in request.tools if tool.name in choice.names]


def _write_tool(tool: AnyTool, strict: JsonObject | None, unsupported: Unsupported) -> JsonObject | None:
    if isinstance(tool, ProviderTool):
        return _write_hosted(tool, unsupported)
    return compact(
        {
            "name": tool.name,
            "description": tool.description or None,
            "input_schema": _parameters(tool) if strict is None else strict,
            "strict": tool.strict,
            "cache_control": write_cache_control(tool.cache_control),
        }
    )


def _parameters(tool: Tool) -> JsonObject:
    """The API demands the type, which for arguments can be but one."""
    return tool.parameters if "type" in tool.parameters else {"type": "object", **tool.parameters}


def _write_hosted(tool: ProviderTool, unsupported: Unsupported) -> JsonObject | None:
    if tool.dialect == ORIGIN:
        return tool.wire
    hosted = _HOSTED.get(tool.kind) if tool.kind is not None else None
    if hosted is None:
        unsupported.fail(f"the tool {tool.name!r} of {tool.dialect}")
        return None
    settings = hosted_settings(tool)
    known = _SEARCH_SETTINGS if tool.kind == "web_search" else frozenset[str]()
    for name in settings.keys() - known:
        unsupported.drop(f"tools.{tool.kind}.{name}")
    return {**hosted, **_search_options(settings)} if tool.kind == "web_search" else hosted


def _search_options(settings: JsonObject) -> JsonObject:
    """What another vendor's web search says that ours has a word for."""
    return compact(
        {
            "max_uses": int_or_none(settings.get("max_uses")),
            "allowed_domains": settings.get("allowed_domains"),
            "blocked_domains": settings.get("blocked_domains") or settings.get("excludeDomains"),
            "user_location": _location(as_object(settings.get("user_location"))),
        }
    )


def _location(wire: JsonObject) -> Json:
    known = {name: text for name in _LOCATION if (text := text_or_none(wire.get(name)))}
    return {"type": "approximate", **known} if known else None


def read_tools(body: ObjectReader) -> tuple[AnyTool, ...]:
    """The tools of a body; one that the vendor runs, or that is not known, is kept as it is."""
    return tuple(map(_read_tool, body.objects("tools")))


def _read_tool(tool: ObjectReader) -> AnyTool:
    kind = tool.value.get("type")
    if isinstance(kind, str) and kind != "custom":
        return ProviderTool(ORIGIN, tool.value, _hosted_kind(kind))
    tool.skip("type")
    name = tool.text("name")
    if not name:
        tool.problem("name", "it is missing")
    schema = tool.raw("input_schema")
    if schema is not None and not isinstance(schema, dict):
        tool.problem("input_schema", "it is not an object")
    read = Tool(
        name or "",
        tool.text("description") or "",
        as_object(schema),
        tool.flag("strict"),
        cache_control=read_cache_control(tool),
    )
    tool.close()
    return read


def _hosted_kind(kind: str) -> HostedKind | None:
    kinds: tuple[HostedKind, ...] = ("web_search", "code_execution")
    return next((hosted for hosted in kinds if kind.startswith(f"{hosted}_")), None)


def write_choice(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The `tool_choice` of the body, with whether calls may be parallel; nothing without tools, where nothing is to
    be chosen."""
    if not request.tools and "tools" not in request.extra:
        if request.tool_choice == "required":
            unsupported.drop("tool_choice", "there are no tools, so the choice among them was left out")
        return {}
    lacks = unsupported.target.quirks.lacks
    choice = None if "tool_choice" in lacks else request.tool_choice
    parallel = None if "parallel_tools" in lacks else request.parallel_tools
    if choice == "none":
        return {"tool_choice": {"type": "none"}}
    disable = None if parallel is None else not parallel
    return {"tool_choice": compact({**_choice(choice), "disable_parallel_tool_use": disable})}


def _choice(choice: ToolChoice | None) -> JsonObject:
    if isinstance(choice, ForcedTool):
        return {"type": "tool", "name": choice.name}
    is_required = choice.required if isinstance(choice, AllowedTools) else choice == "required"
    return {"type": "any" if is_required else "auto"}


def read_choice(body: ObjectReader) -> ToolChoice | None:
    """How the model is to choose."""
    if "tool_choice" not in body:
        return None
    choice = body.inner("tool_choice")
    kind = choice.text("type") or ""
    if kind == "tool":
        return ForcedTool(choice.text("name") or "")
    if kind not in _CHOICES:
        choice.problem("type", f"{kind!r} is not 'auto', 'any', 'tool' or 'none'")
    return _CHOICES.get(kind)


def read_parallel(body: ObjectReader) -> bool | None:
    """Whether calls may be parallel."""
    disabled = body.inner("tool_choice").flag("disable_parallel_tool_use") if "tool_choice" in body else None
    return None if disabled is None else not disabled
