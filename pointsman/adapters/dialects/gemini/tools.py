"""Tools, and the choice among them, as Gemini has them, both ways. It may not know about messages."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.freeform import as_function
from pointsman.adapters.dialects.gemini.content import DIALECT, drop_cache_control, objects_of
from pointsman.adapters.dialects.gemini.schema import as_json_schema
from pointsman.adapters.dialects.hosted_tools import hosted_settings
from pointsman.adapters.dialects.object_reader import ObjectReader, camel_case
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import (
    AllowedTools,
    AnyTool,
    ForcedTool,
    HostedKind,
    ProviderTool,
    Tool,
    ToolChoice,
    functions_of,
)
from pointsman.core.json import Json, JsonObject, compact

FUNCTIONS = "functionDeclarations"
_KINDS: Mapping[str, HostedKind] = {
    "googleSearch": "web_search",
    "googleSearchRetrieval": "web_search",
    "enterpriseWebSearch": "web_search",
    "codeExecution": "code_execution",
    "fileSearch": "file_search",
}
_HOSTED: Mapping[HostedKind, str] = {"web_search": "googleSearch", "code_execution": "codeExecution"}
"""What stands in for another vendor's tool. A search of files cannot: the files are with the other vendor."""


def write_tools(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The field `tools`: functions that follow one another in one entry, each tool of the vendor's in its own."""
    written: list[JsonObject] = []
    functions: list[Json] = []
    for tool in request.tools:
        if isinstance(tool, ProviderTool):
            hosted = _write_hosted(tool, unsupported)
            if hosted is not None:
                written.append(hosted)
                functions = []
            continue
        if not functions:
            written.append({FUNCTIONS: functions})
        functions.append(_write_function(tool, unsupported))
    return {"tools": [*written]} if written else {}


def _write_function(tool: Tool, unsupported: Unsupported) -> JsonObject:
    """A function. Its schema is not enforced, so any is taken, and it goes as it is."""
    if tool.strict:
        unsupported.drop(f"tools.{tool.name}.strict", "Gemini does not enforce the parameters of tools")
    if tool.cache_control is not None:
        drop_cache_control(unsupported)
    function = as_function(tool)
    return compact(
        {
            "name": function.name,
            "description": function.description or None,
            "parametersJsonSchema": function.parameters,
        }
    )


def _write_hosted(tool: ProviderTool, unsupported: Unsupported) -> JsonObject | None:
    if tool.dialect == DIALECT:
        return tool.wire
    name = None if tool.kind is None else _HOSTED.get(tool.kind)
    if name is None:
        unsupported.fail(f"the tool {tool.name!r} of {tool.dialect}")
        return None
    for setting in hosted_settings(tool):
        unsupported.drop(f"tools.{tool.kind}.{setting}")
    return {name: {}}


def write_choice(choice: ToolChoice, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The choice; it goes with functions only, as the vendor's own tools cannot be chosen."""
    if not functions_of(request.tools):
        if choice == "required" and not request.tools:
            unsupported.reject("tool_choice: a tool is required, but there are no tools")
        elif choice not in ("auto", "none"):
            unsupported.drop("tool_choice")
        return {}
    return {"toolConfig": {"functionCallingConfig": _write_mode(choice, request)}}


def _write_mode(choice: ToolChoice, request: ChatRequest) -> JsonObject:
    match choice:
        case AllowedTools(names, required):
            declared = {tool.name for tool in functions_of(request.tools)}
            allowed: list[Json] = [name for name in names if name in declared]
            return {"mode": "ANY" if required else "VALIDATED", "allowedFunctionNames": allowed}
        case ForcedTool(name):
            return {"mode": "ANY", "allowedFunctionNames": [name]}
        case "auto" | "none":
            return {"mode": choice.upper()}
        case "required":
            return {"mode": "ANY"}


def read_tools(body: ObjectReader) -> tuple[AnyTool, ...]:
    """The tools of a body; one that the vendor runs, or that is not known, is kept as it is."""
    return tuple(tool for entry in objects_of(body, "tools") for tool in _read_entry(entry))


def _read_entry(entry: ObjectReader) -> list[AnyTool]:
    read: list[AnyTool] = []
    for spelled, value in entry.value.items():
        name = camel_case(spelled)
        if name == FUNCTIONS:
            read += [_read_function(function) for function in objects_of(entry, FUNCTIONS)]
        elif value is not None:
            read.append(ProviderTool(DIALECT, {spelled: value}, _KINDS.get(name)))
    return read


def _read_function(function: ObjectReader) -> Tool:
    name, description = function.text("name") or "", function.text("description") or ""
    if not name:
        function.problem("name", "it is missing")
    schema, older = function.raw("parametersJsonSchema"), function.raw("parameters")
    for place, value in (("parametersJsonSchema", schema), ("parameters", older)):
        if value is not None and not isinstance(value, dict):
            function.problem(place, "it is not an object")
    function.close()
    if isinstance(schema, dict):
        return Tool(name, description, schema)
    return Tool(name, description, as_json_schema(older)) if isinstance(older, dict) else Tool(name, description)


def read_choice(body: ObjectReader) -> ToolChoice | None:
    """How the model is to choose; a mode that nobody else has is reported."""
    if "toolConfig" not in body or "functionCallingConfig" not in body.inner("toolConfig"):
        return None
    config = body.inner("toolConfig").inner("functionCallingConfig")
    mode, names = (config.text("mode") or "").upper(), config.texts("allowedFunctionNames")
    match mode:
        case "ANY":
            return _read_allowed(names)
        case "NONE":
            return "none"
        case "AUTO" | "MODE_UNSPECIFIED" | "":
            return "auto" if mode == "AUTO" else None
        case "VALIDATED" if names:
            return AllowedTools(names)
        case "VALIDATED":
            config.log.add_untranslated(config.place("mode"))
            return "auto"
        case _:
            config.log.add_untranslated(config.place("mode"), essential=True)
            return None


def _read_allowed(names: tuple[str, ...]) -> ToolChoice:
    if not names:
        return "required"
    return ForcedTool(names[0]) if len(names) == 1 else AllowedTools(names, required=True)
