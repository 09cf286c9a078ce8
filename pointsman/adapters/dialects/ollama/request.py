"""Chat requests between our form and `POST /api/chat`."""

from __future__ import annotations

from typing import get_args

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.ollama.messages import read_messages, read_schema_text, write_messages
from pointsman.adapters.dialects.schema import grammar_answer
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
from pointsman.core.request import ChatRequest, Effort, Thinking
from pointsman.core.tool import ResponseSchema, Tool, functions_of

_LEVELS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "max": "max"}


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The wire request. Overflow is asked to be an error (`truncate`, `shift`), since Ollama else cuts in silence."""
    unsupported = Unsupported(target)
    body = compact(
        {
            "model": target.model,
            "messages": write_messages(request.messages, unsupported),
            "stream": stream,
            "tools": _write_tools(request, unsupported),
            "format": grammar_answer(request.response_schema, unsupported) if request.response_schema else None,
            "think": _write_think(request.thinking, unsupported),
            "options": _write_options(request) or None,
            "truncate": False,
            "shift": False,
        }
    )
    if request.parallel_tools is False:
        unsupported.drop("parallel_tools")
    if request.metadata:
        unsupported.drop("metadata")
    return unsupported.close(request, WireRequest("/api/chat", _with_extra(body, request)))


def _with_extra(body: JsonObject, request: ChatRequest) -> JsonObject:
    """`extra` over the body; its `options` are joined with ours instead of replacing them."""
    merged = {**body, **request.extra}
    if "options" in body and isinstance(request.extra.get("options"), dict):
        merged["options"] = {**as_object(body["options"]), **as_object(request.extra["options"])}
    return merged


def _write_options(request: ChatRequest) -> JsonObject:
    stop: list[Json] = list(request.stop)
    return compact(
        {
            "temperature": request.temperature,
            "top_p": request.top_p,
            "num_predict": request.max_tokens,
            "seed": request.seed,
            "stop": stop or None,
        }
    )


def _write_tools(request: ChatRequest, unsupported: Unsupported) -> list[Json] | None:
    if request.tool_choice == "none":
        if request.tools:
            unsupported.warn("tool_choice", "Ollama has no tool choice; the tools were left out")
        return None
    if request.tool_choice not in (None, "auto"):
        unsupported.drop("tool_choice", "Ollama has no tool choice; the model decides")
    return [_write_tool(tool, unsupported) for tool in functions_of(request.tools)] or None


def _write_tool(tool: Tool, unsupported: Unsupported) -> Json:
    if tool.strict:
        unsupported.drop(f"tools.{tool.name}.strict", "Ollama does not enforce the parameters of tools")
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }


def _write_think(thinking: Thinking | None, unsupported: Unsupported) -> Json:
    if thinking is None:
        return None
    if thinking.budget is not None:
        unsupported.drop("thinking.budget", "Ollama takes no budget of reasoning tokens; only that reasoning is wanted")
    if thinking.effort == "none" or (thinking.show is False and thinking.effort is None):
        return False
    return _LEVELS.get(thinking.effort or "", True)


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """A request as a server reads it; Ollama streams unless it is told not to."""
    body = inbound.body
    model = inbound.model or as_text(body.get("model"))
    if not model:
        return _wrong("model is required")
    if not isinstance(body.get("messages"), list):
        return _wrong("messages is not a list")
    options = as_object(body.get("options"))
    schema = read_schema_text(body.get("format"))
    request = ChatRequest(
        model,
        read_messages(body.get("messages")),
        temperature=float_or_none(options.get("temperature")),
        top_p=float_or_none(options.get("top_p")),
        max_tokens=int_or_none(options.get("num_predict")),
        seed=int_or_none(options.get("seed")),
        stop=_read_stop(options.get("stop")),
        tools=tuple(_read_tool(as_object(item)) for item in as_list(body.get("tools"))),
        response_schema=None if schema is None else ResponseSchema(schema),
        thinking=_read_think(body.get("think")),
    )
    return Success(InboundCall(request, stream=body.get("stream") is not False))


def _wrong(problem: str) -> Failure[InvalidRequest]:
    return Failure(InvalidRequest(detail=problem, problems=(problem,)))


def _read_stop(raw: Json) -> tuple[str, ...]:
    return (raw,) if isinstance(raw, str) else tuple(item for item in as_list(raw) if isinstance(item, str))


def _read_tool(item: JsonObject) -> Tool:
    function = as_object(item.get("function"))
    return Tool(
        as_text(function.get("name")),
        text_or_none(function.get("description")) or "",
        as_object(function.get("parameters")),
    )


def _read_think(raw: Json) -> Thinking | None:
    if isinstance(raw, bool):
        return Thinking(show=True) if raw else Thinking(effort="none")
    found = next((effort for effort in get_args(Effort) if effort == raw), None)
    return None if found is None else Thinking(effort=found)
