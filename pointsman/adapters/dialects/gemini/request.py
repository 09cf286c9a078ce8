"""Chat requests between our form and `generateContent`. The model and streaming stand in the path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.gemini.content import read_parts, write_part
from pointsman.adapters.dialects.model_path import model_path
from pointsman.adapters.dialects.schema import strict_answer
from pointsman.adapters.dialects.schema_subsets import GEMINI
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.error import InvalidRequest
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    float_or_none,
    int_or_none,
    text_or_none,
)
from pointsman.core.message import Message
from pointsman.core.part import Text, ToolCall, ToolResult
from pointsman.core.request import ChatRequest, Effort, Thinking
from pointsman.core.tool import AllowedTools, ForcedTool, ResponseSchema, Tool, ToolChoice, functions_of

_LEVELS = {"minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "max": "high"}


def bare(model: str) -> str:
    """The model's id without the `models/` that lists put before it."""
    return model.removeprefix("models/")


COLLECTIONS = ("models", "tunedModels")
"""What a model's resource name may begin with. Source: ai.google.dev/api/models."""


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The wire request."""
    unsupported = Unsupported(target)
    body = {**write_body(request, unsupported), **request.extra}
    if request.parallel_tools is False:
        unsupported.drop("parallel_tools")
    if request.metadata:
        unsupported.drop("metadata")
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    path = model_path(target, COLLECTIONS)
    return path.bind(lambda where: unsupported.close(request, WireRequest(f"{where}:{method}", body)))


def write_body(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """What is sent of a request, for an answer or for a count."""
    head = 0
    while head < len(request.messages) and request.messages[head].role == "system":
        head += 1
    standing: list[Json] = [
        {"text": part.text} for message in request.messages[:head] for part in message.parts if isinstance(part, Text)
    ]
    return compact(
        {
            "contents": _write_contents(request.messages[head:], unsupported),
            "systemInstruction": {"parts": standing} if standing else None,
            "tools": [
                {"functionDeclarations": [_write_tool(tool, unsupported) for tool in functions_of(request.tools)]}
            ]
            if request.tools
            else None,
            "toolConfig": _write_choice(request.tool_choice),
            "generationConfig": _write_config(request, unsupported) or None,
        }
    )


def _write_contents(messages: tuple[Message, ...], unsupported: Unsupported) -> list[Json]:
    written: list[Json] = []
    for message in messages:
        if message.role == "system":
            unsupported.warn("messages", "a system message in the middle of the conversation was sent as the user's")
        parts: list[Json] = [out for part in message.parts if (out := write_part(part, unsupported)) is not None]
        if parts:
            written.append({"role": "model" if message.role == "assistant" else "user", "parts": parts})
    if not written:
        unsupported.reject("messages: Gemini needs at least one message that is not a system message")
    return written


def _write_tool(tool: Tool, unsupported: Unsupported) -> Json:
    """A function. Its schema is not enforced, so any is taken, and it goes as it is."""
    if tool.strict:
        unsupported.drop(f"tools.{tool.name}.strict", "Gemini does not enforce the parameters of tools")
    return {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}


def _write_choice(choice: ToolChoice | None) -> JsonObject | None:
    match choice:
        case None:
            return None
        case AllowedTools(names):
            return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": list(names)}}
        case ForcedTool(name):
            return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [name]}}
        case "auto" | "none":
            return {"functionCallingConfig": {"mode": choice.upper()}}
        case "required":
            return {"functionCallingConfig": {"mode": "ANY"}}


def _write_config(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    stop: list[Json] = list(request.stop)
    schema = request.response_schema
    return compact(
        {
            "temperature": request.temperature,
            "topP": request.top_p,
            "maxOutputTokens": request.max_tokens,
            "stopSequences": stop or None,
            "seed": request.seed,
            "responseMimeType": "application/json" if schema else None,
            "responseJsonSchema": strict_answer(schema, GEMINI, unsupported).schema if schema else None,
            "thinkingConfig": _write_thinking(request.thinking, unsupported),
        }
    )


def _write_thinking(thinking: Thinking | None, unsupported: Unsupported) -> JsonObject | None:
    if thinking is None:
        return None
    if thinking.budget is not None and thinking.effort not in (None, "none"):
        unsupported.warn("thinking", "Gemini takes a budget or an effort; the budget was sent")
    none = thinking.effort == "none"
    budget = 0 if none else thinking.budget
    level = None if budget is not None or thinking.effort is None else _LEVELS[thinking.effort]
    return compact({"includeThoughts": thinking.show, "thinkingBudget": budget, "thinkingLevel": level})


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """A request as a server reads it."""
    body = inbound.body
    model = bare(inbound.model or as_text(body.get("model")))
    if not model:
        return _wrong("the path names no model")
    if not isinstance(body.get("contents"), list):
        return _wrong("contents is not a list")
    config = as_object(body.get("generationConfig") or body.get("generation_config"))
    request = ChatRequest(
        model,
        (*_read_system(body), *read_contents(body.get("contents"))),
        temperature=float_or_none(config.get("temperature")),
        top_p=float_or_none(config.get("topP")),
        max_tokens=int_or_none(config.get("maxOutputTokens")),
        stop=tuple(as_text(item) for item in as_list(config.get("stopSequences")) if as_text(item)),
        seed=int_or_none(config.get("seed")),
        tools=tuple(_read_tools(body.get("tools"))),
        tool_choice=_read_choice(as_object(body.get("toolConfig") or body.get("tool_config"))),
        response_schema=_read_schema(config),
        thinking=_read_thinking(config.get("thinkingConfig")),
    )
    return Success(InboundCall(request, stream=bool(inbound.stream)))


def _wrong(problem: str) -> Failure[InvalidRequest]:
    return Failure(InvalidRequest(detail=problem, problems=(problem,)))


def _read_system(body: JsonObject) -> tuple[Message, ...]:
    raw = body.get("systemInstruction") or body.get("system_instruction")
    if isinstance(raw, str):
        return (Message("system", (Text(raw),)),)
    texts = tuple(part for part in read_parts(as_object(raw).get("parts")) if isinstance(part, Text))
    return (Message("system", texts),) if texts else ()


def read_contents(raw: Json) -> tuple[Message, ...]:
    """Contents as messages; results of tools are taken out of a user's turn into a message of their own."""
    messages: list[Message] = []
    calls: dict[str, str] = {}
    for item in as_list(raw):
        content = as_object(item)
        parts = read_parts(content.get("parts"))
        if content.get("role") == "model":
            messages.append(Message("assistant", parts))
            calls.update((part.name, part.id) for part in parts if isinstance(part, ToolCall))
            continue
        results = tuple(_answering(part, calls) for part in parts if isinstance(part, ToolResult))
        rest = tuple(part for part in parts if not isinstance(part, ToolResult))
        if results:
            messages.append(Message("tool", results))
        if rest or not results:
            messages.append(Message("user", rest))
    return tuple(messages)


def _answering(result: ToolResult, calls: Mapping[str, str]) -> ToolResult:
    """`result` with the id of the latest call of its tool (`calls` has it by name), where it names none."""
    return result if result.call_id else attrs.evolve(result, call_id=calls.get(result.name, "call_0"))


def _read_tools(raw: Json) -> list[Tool]:
    rows = [as_object(item) for item in as_list(raw)]
    declared = [row.get("functionDeclarations") or row.get("function_declarations") for row in rows]
    return [_read_tool(as_object(item)) for declarations in declared for item in as_list(declarations)]


def _read_tool(item: JsonObject) -> Tool:
    schema = item.get("parametersJsonSchema") or item.get("parameters_json_schema")
    parameters = as_object(schema) if isinstance(schema, dict) else lowered(as_object(item.get("parameters")))
    return Tool(as_text(item.get("name")), text_or_none(item.get("description")) or "", parameters)


def lowered(schema: JsonObject) -> JsonObject:
    """Gemini's own schema (types in capitals) as JSON Schema."""

    def walk(value: Json, depth: int) -> Json:
        if depth > 60:
            return value
        if isinstance(value, list):
            return [walk(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: held.lower() if key == "type" and isinstance(held, str) else walk(held, depth + 1)
            for key, held in value.items()
        }

    return as_object(walk(schema, 0))


def _read_choice(raw: JsonObject) -> ToolChoice | None:
    config = as_object(raw.get("functionCallingConfig") or raw.get("function_calling_config"))
    names = [as_text(name) for name in as_list(config.get("allowedFunctionNames")) if as_text(name)]
    match config.get("mode"):
        case "ANY":
            return ForcedTool(names[0]) if len(names) == 1 else "required"
        case "NONE":
            return "none"
        case "AUTO":
            return "auto"
        case _:
            return None


def _read_schema(config: JsonObject) -> ResponseSchema | None:
    schema = config.get("responseJsonSchema")
    if isinstance(schema, dict):
        return ResponseSchema(schema)
    older = config.get("responseSchema")
    return ResponseSchema(lowered(older)) if isinstance(older, dict) else None


def _read_thinking(raw: Json) -> Thinking | None:
    if not isinstance(raw, dict):
        return None
    show = raw.get("includeThoughts")
    budget = int_or_none(raw.get("thinkingBudget"))
    level = as_text(raw.get("thinkingLevel")).lower()
    effort: Effort | None = next((effort for effort in get_args(Effort) if effort == level), None)
    if budget == 0:
        effort, budget = "none", None
    return Thinking(effort, budget, show if isinstance(show, bool) else None)
