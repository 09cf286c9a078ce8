"""Reads OpenAI chat bodies as a server receives them, into our requests. Fields it does not know become `extra`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from returns.result import Failure, Result

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.adapters.dialects.openai_chat.messages import read_messages
from pointsman.core.error import InvalidRequest
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    float_or_none,
    int_or_none,
    text_or_none,
)
from pointsman.core.request import ChatRequest, Effort, Thinking, check
from pointsman.core.tool import ForcedTool, ResponseSchema, Tool, ToolChoice

_Value = TypeVar("_Value")
_KNOWN = frozenset(
    (
        "model",
        "messages",
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "seed",
        "random_seed",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "reasoning_effort",
        "reasoning",
        "thinking",
        "metadata",
        "stream",
        "stream_options",
    )
)
_EFFORTS: dict[str, Effort] = {
    "none": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client asks of a server, or everything that is wrong with it."""
    body = inbound.body
    problems: list[str] = []
    model = inbound.model or as_text(body.get("model"))
    if not model:
        problems.append("model: it is missing")
    request = ChatRequest(
        model,
        read_messages(body.get("messages"), problems),
        temperature=_number(body, "temperature", float_or_none, problems),
        top_p=_number(body, "top_p", float_or_none, problems),
        max_tokens=_either(body, "max_completion_tokens", "max_tokens", problems),
        stop=_read_stop(body.get("stop"), problems),
        seed=_either(body, "seed", "random_seed", problems),
        tools=_read_tools(body.get("tools"), problems),
        tool_choice=_read_choice(body.get("tool_choice"), problems),
        parallel_tools=_flag(body, "parallel_tool_calls"),
        response_schema=_read_format(as_object(body.get("response_format"))),
        thinking=_read_thinking(body),
        metadata={name: text for name, text in as_object(body.get("metadata")).items() if isinstance(text, str)},
        extra={name: value for name, value in body.items() if name not in _KNOWN},
    )
    if problems:
        return Failure(InvalidRequest(detail="; ".join(problems), problems=tuple(problems), model=model or None))
    stream = inbound.stream if inbound.stream is not None else body.get("stream") is True
    usage = not stream or as_object(body.get("stream_options")).get("include_usage") is True
    return check(request).map(lambda sound: InboundCall(sound, stream, usage))


def _number(body: JsonObject, name: str, read: Callable[[object], _Value | None], problems: list[str]) -> _Value | None:
    value = read(body.get(name))
    if value is None and body.get(name) is not None:
        problems.append(f"{name}: it is not a number of the right kind")
    return value


def _either(body: JsonObject, first: str, second: str, problems: list[str]) -> int | None:
    found = _number(body, first, int_or_none, problems)
    return found if found is not None else _number(body, second, int_or_none, problems)


def _flag(body: JsonObject, name: str) -> bool | None:
    value = body.get(name)
    return value if isinstance(value, bool) else None


def _read_stop(value: Json, problems: list[str]) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else as_list(value)
    texts = tuple(stop for stop in stops if isinstance(stop, str))
    if len(texts) < len(stops) or (value is not None and not isinstance(value, (str, list))):
        problems.append("stop: it is neither text nor a list of texts")
    return texts


def _read_tools(value: Json, problems: list[str]) -> tuple[Tool, ...]:
    tools: list[Tool] = []
    for at, item in enumerate(as_list(value)):
        function = as_object(as_object(item).get("function"))
        if not as_text(function.get("name")):
            problems.append(f"tools[{at}]: only functions with a name are known here")
            continue
        tools.append(_read_tool(function))
    return tuple(tools)


def _read_tool(function: JsonObject) -> Tool:
    name, description = as_text(function.get("name")), as_text(function.get("description"))
    parameters, strict = function.get("parameters"), _flag(function, "strict")
    if isinstance(parameters, dict):
        return Tool(name, description, parameters, strict)
    return Tool(name, description, strict=strict)


def _read_choice(value: Json, problems: list[str]) -> ToolChoice | None:
    if value is None:
        return None
    if value in ("auto", "none", "required"):
        return cast(ToolChoice, value)
    if value == "any":
        return "required"
    name = as_text(as_object(as_object(value).get("function")).get("name"))
    if not name:
        problems.append("tool_choice: it is neither auto, none, required nor a function")
        return None
    return ForcedTool(name)


def _read_format(value: JsonObject) -> ResponseSchema | None:
    """The schema asked for. JSON mode is the schema that takes any object."""
    if value.get("type") == "json_object":
        return ResponseSchema({"type": "object"})
    named = as_object(value.get("json_schema"))
    if value.get("type") != "json_schema" or not named:
        return None
    return ResponseSchema(
        as_object(named.get("schema")),
        as_text(named.get("name")) or "answer",
        text_or_none(named.get("description")),
        _flag(named, "strict"),
    )


def _read_thinking(body: JsonObject) -> Thinking | None:
    """How much to reason, by whichever of the three fields says it."""
    effort = _EFFORTS.get(as_text(body.get("reasoning_effort")))
    if effort is not None:
        return Thinking(effort)
    reasoning = as_object(body.get("reasoning"))
    if reasoning:
        return _read_openrouter(reasoning)
    switch = as_text(as_object(body.get("thinking")).get("type"))
    if switch in ("enabled", "disabled"):
        return Thinking("medium" if switch == "enabled" else "none")
    return None


def _read_openrouter(reasoning: JsonObject) -> Thinking | None:
    effort = _EFFORTS.get(as_text(reasoning.get("effort")))
    if effort is None and isinstance(reasoning.get("enabled"), bool) and reasoning.get("max_tokens") is None:
        effort = "medium" if reasoning["enabled"] else "none"
    exclude = _flag(reasoning, "exclude")
    thinking = Thinking(effort, int_or_none(reasoning.get("max_tokens")), None if exclude is None else not exclude)
    return None if thinking == Thinking() else thinking
