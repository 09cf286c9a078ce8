"""Tools for a model whose chats have no place for them: told in words, called by JSON that a schema holds it to. Pure.

The schema allows a call of one of the tools, or an answer; who enforces it (a grammar in the engine) makes every call
one that can be read.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, assistant, system, user
from pointsman.core.chat.part import Part, Text, ToolCall, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish, Warning
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ResponseSchema, Tool
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import Json, JsonObject, dumps_text, loads

BY_SCHEMA = Warning("tools", "the model's chats have no place for tools; they were told in words, and the call is JSON")


def needs_tools(request: ChatRequest) -> bool:
    """Whether a model without tools could not carry it: it offers some, or tells of calls."""
    return bool(request.tools) or any(
        isinstance(part, (ToolCall, ToolResult)) for message in request.messages for part in message.parts
    )


def with_tools_in_words(request: ChatRequest) -> Result[ChatRequest, UnsupportedFeature]:
    """`request` without tools, whose answer is JSON that `read_call` reads; or what cannot be said so."""
    offered = _offers(request)
    if isinstance(offered, UnsupportedFeature):
        return Failure(offered)
    messages = tuple(map(_in_words, request.messages))
    plain = attrs.evolve(request, messages=messages, tools=(), tool_choice=None, parallel_tools=None, original=None)
    if not offered:
        return Success(plain)
    if request.response_schema is not None or request.json_mode:
        return Failure(_cannot(request, "tools and a form of the answer at once"))
    schema = unwrap_or_failure(_schema_of(offered, may_answer=not _must_call(request)))
    if not isinstance(schema, dict):
        return Failure(_cannot(request, schema))
    told = _with_instructions(messages, _instructions(offered, may_answer=not _must_call(request)))
    return Success(attrs.evolve(plain, messages=told, response_schema=ResponseSchema(schema, "call_or_answer")))


def read_call(response: ChatResponse) -> ChatResponse:
    """`response` with the call, or the answer, that its JSON stands for; as it is where that was cut short."""
    value = loads(response.text).value_or(None)
    if not isinstance(value, dict):
        return response
    others = tuple(part for part in response.parts if not isinstance(part, Text))
    answer, name = value.get("answer"), value.get("tool")
    if isinstance(name, str):
        call = ToolCall(f"call_{response.id.rpartition('-')[2]}", name, dumps_text(value.get("arguments") or {}))
        return attrs.evolve(
            response,
            parts=(*others, call),
            finish_reason=Finish.TOOL_CALLS,
            warnings=(*response.warnings, BY_SCHEMA),
        )
    if isinstance(answer, str):
        return attrs.evolve(response, parts=(*others, Text(answer)), warnings=(*response.warnings, BY_SCHEMA))
    return response


def _must_call(request: ChatRequest) -> bool:
    choice = request.tool_choice
    return (
        choice == "required" or isinstance(choice, ForcedTool) or (isinstance(choice, AllowedTools) and choice.required)
    )


def _offers(request: ChatRequest) -> tuple[Tool, ...] | UnsupportedFeature:
    """The tools that may be called."""
    choice = request.tool_choice
    if choice == "none":
        return ()
    functions = [tool for tool in request.tools if isinstance(tool, Tool)]
    if len(functions) < len(request.tools):
        return _cannot(request, "a tool that the provider runs")
    if any(tool.freeform and tool.grammar for tool in functions):
        return _cannot(request, "a tool with a grammar of its own")
    if isinstance(choice, ForcedTool):
        return tuple(tool for tool in functions if tool.name == choice.name)
    if isinstance(choice, AllowedTools):
        return tuple(tool for tool in functions if tool.name in choice.names)
    return tuple(functions)


def _cannot(request: ChatRequest, feature: str) -> UnsupportedFeature:
    detail = f"its chats have no place for tools, and a grammar cannot stand in for {feature}"
    return UnsupportedFeature(detail=detail, feature=feature, model=request.model or None, local=True)


def _parameters(tool: Tool) -> JsonObject:
    if tool.freeform:
        return {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    return tool.parameters


def _schema_of(tools: tuple[Tool, ...], *, may_answer: bool) -> Result[JsonObject, str]:
    """One of the calls, or an answer. Definitions move to the root, where references look for them."""
    definitions: JsonObject = {}
    ways: list[Json] = []
    for tool in tools:
        parameters = dict(_parameters(tool))
        for key in ("$defs", "definitions"):
            found = parameters.pop(key, None)
            for name, one in (found if isinstance(found, dict) else {}).items():
                place = definitions.setdefault(key, {})
                if not isinstance(place, dict) or place.setdefault(name, one) != one:
                    return Failure(f"two tools that mean different things by {name!r}")
        ways.append(_object_of({"tool": {"const": tool.name}, "arguments": parameters}))
    if may_answer:
        ways.append(_object_of({"answer": {"type": "string"}}))
    return Success({**definitions, **({"anyOf": ways} if len(ways) > 1 else _only(ways))})


def _only(ways: list[Json]) -> JsonObject:
    return ways[0] if ways and isinstance(ways[0], dict) else {}


def _object_of(properties: JsonObject) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _instructions(tools: tuple[Tool, ...], *, may_answer: bool) -> str:
    lines = ["You have these tools:"]
    for tool in tools:
        lines.append(f"- {tool.name}: {tool.description} Its arguments: {dumps_text(_parameters(tool))}")
    lines.append('To call one, write {"tool": its name, "arguments": {…}} and nothing else.')
    if may_answer:
        lines.append('If you need none, or have its result, write {"answer": your answer} and nothing else.')
    return "\n".join(lines)


def _with_instructions(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """`messages` that begin with `text`; in one system message, for templates take only one."""
    if messages and messages[0].role == "system":
        return (system(f"{messages[0].text}\n\n{text}"), *messages[1:])
    return (system(text), *messages)


def _in_words(message: Message) -> Message:
    """Calls as the JSON that makes them, results as what a user says."""
    if message.role == "tool":
        return user("\n".join(_results(message)))
    if not message.tool_calls:
        return message
    parts: list[Part] = []
    for part in message.parts:
        if isinstance(part, ToolCall):
            arguments = part.parse_arguments().value_or({})
            parts.append(Text(dumps_text({"tool": part.name, "arguments": arguments})))
        else:
            parts.append(part)
    return assistant(*parts)


def _results(message: Message) -> Iterator[str]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            text = "".join(one.text for one in part.content if isinstance(one, Text))
            yield f"{part.name} {'failed' if part.is_error else 'gave'}: {text}"
