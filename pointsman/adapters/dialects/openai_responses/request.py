"""Chat requests between our form and `POST /responses`."""

from __future__ import annotations

from typing import get_args

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_responses.content import read_items, write_items
from pointsman.adapters.dialects.schema import openai_answer, openai_parameters
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
from pointsman.core.part import Text
from pointsman.core.request import ChatRequest, Effort, Thinking
from pointsman.core.tool import ForcedTool, ResponseSchema, Tool, ToolChoice, functions_of

_INCLUDE = "reasoning.encrypted_content"


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The wire request. `stop` and `seed` have no place in this API."""
    unsupported = Unsupported(target)
    for name in ("stop", "seed"):
        if getattr(request, name) not in (None, ()):
            unsupported.drop(name)
    body: JsonObject = {
        **write_count_body(request, target, unsupported),
        **compact(
            {
                "stream": True if stream else None,
                "temperature": request.temperature,
                "top_p": request.top_p,
                "max_output_tokens": request.max_tokens,
                "metadata": dict(request.metadata) or None,
                "store": False,
                "include": [_INCLUDE] if request.thinking is not None else None,
            }
        ),
        **request.extra,
    }
    return unsupported.close(request, WireRequest("/responses", body))


def write_count_body(request: ChatRequest, target: Target, unsupported: Unsupported) -> JsonObject:
    """What a request and a count of its tokens share."""
    return compact(
        {
            "model": target.model,
            "input": write_items(request.messages, unsupported),
            "tools": [_write_tool(tool, unsupported) for tool in functions_of(request.tools)] or None,
            "tool_choice": _write_choice(request.tool_choice),
            "parallel_tool_calls": request.parallel_tools,
            "text": _write_schema(request.response_schema, unsupported),
            "reasoning": _write_thinking(request.thinking, unsupported),
        }
    )


def _write_tool(tool: Tool, unsupported: Unsupported) -> Json:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": openai_parameters(tool, unsupported),
        "strict": tool.strict is True,
    }


def _write_choice(choice: ToolChoice | None) -> Json:
    return {"type": "function", "name": choice.name} if isinstance(choice, ForcedTool) else choice


def _write_schema(schema: ResponseSchema | None, unsupported: Unsupported) -> JsonObject | None:
    if schema is None:
        return None
    written, strict = openai_answer(schema, unsupported)
    form = compact(
        {
            "type": "json_schema",
            "name": schema.name,
            "description": schema.description,
            "schema": written,
            "strict": strict,
        }
    )
    return {"format": form}


def _write_thinking(thinking: Thinking | None, unsupported: Unsupported) -> JsonObject | None:
    if thinking is None:
        return None
    if thinking.budget is not None:
        unsupported.drop("thinking.budget", "this API takes an effort instead of a budget of reasoning tokens")
    effort = "xhigh" if thinking.effort == "max" else thinking.effort
    return compact({"effort": effort, "summary": "auto" if thinking.show else None}) or None


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """A request as a server reads it."""
    body = inbound.body
    model = inbound.model or as_text(body.get("model"))
    if not model:
        return _wrong("model is required")
    if not isinstance(body.get("input"), (str, list)):
        return _wrong("input is required")
    instructions = text_or_none(body.get("instructions"))
    standing = (Message("system", (Text(instructions),)),) if instructions else ()
    request = ChatRequest(
        model,
        (*standing, *read_items(body.get("input"))),
        temperature=float_or_none(body.get("temperature")),
        top_p=float_or_none(body.get("top_p")),
        max_tokens=int_or_none(body.get("max_output_tokens")),
        tools=tuple(_read_tool(as_object(raw)) for raw in as_list(body.get("tools")) if _is_function(raw)),
        tool_choice=_read_choice(body.get("tool_choice")),
        parallel_tools=held if isinstance(held := body.get("parallel_tool_calls"), bool) else None,
        response_schema=_read_schema(as_object(as_object(body.get("text")).get("format"))),
        thinking=_read_thinking(body),
        metadata={key: as_text(value) for key, value in as_object(body.get("metadata")).items()},
    )
    return Success(InboundCall(request, stream=body.get("stream") is True))


def _wrong(problem: str) -> Failure[InvalidRequest]:
    return Failure(InvalidRequest(detail=problem, problems=(problem,)))


def _is_function(raw: Json) -> bool:
    return as_object(raw).get("type") == "function"


def _read_tool(item: JsonObject) -> Tool:
    return Tool(
        as_text(item.get("name")),
        text_or_none(item.get("description")) or "",
        as_object(item.get("parameters")),
        True if item.get("strict") is True else None,
    )


def _read_choice(raw: Json) -> ToolChoice | None:
    if isinstance(raw, dict) and (name := text_or_none(raw.get("name"))):
        return ForcedTool(name)
    match raw:
        case "auto" | "none" | "required":
            return raw
        case _:
            return None


def _read_schema(form: JsonObject) -> ResponseSchema | None:
    if form.get("type") != "json_schema":
        return None
    strict = form.get("strict")
    return ResponseSchema(
        as_object(form.get("schema")),
        text_or_none(form.get("name")) or "answer",
        text_or_none(form.get("description")),
        strict if isinstance(strict, bool) else None,
    )


def _read_thinking(body: JsonObject) -> Thinking | None:
    raw = as_object(body.get("reasoning"))
    said = "max" if raw.get("effort") == "xhigh" else raw.get("effort")
    effort: Effort | None = next((effort for effort in get_args(Effort) if effort == said), None)
    show = True if raw.get("summary") is not None else None
    if effort is None and show is None and _INCLUDE not in as_list(body.get("include")):
        return None
    return Thinking(effort=effort, show=show)
