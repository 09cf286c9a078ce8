"""The body of a request as a server receives it, read into a chat request. Knows no answer.

Fields of the body that are no field of ours (`top_k`, `service_tier`, `cache_control`…) are kept in `extra`.
"""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.anthropic.messages import read_conversation
from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, float_or_none, int_or_none, text_or_none
from pointsman.core.request import ChatRequest, Effort, Thinking
from pointsman.core.tool import ForcedTool, ResponseSchema, Tool, ToolChoice

_KNOWN = frozenset(
    {
        "model",
        "messages",
        "system",
        "max_tokens",
        "temperature",
        "top_p",
        "stop_sequences",
        "stream",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "metadata",
    }
)
_EFFORTS: dict[str, Effort] = {"low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "max"}
_CHOICES: dict[str, ToolChoice] = {"auto": "auto", "any": "required", "none": "none"}


def read_chat(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client asks, or an `InvalidRequest` that lists everything wrong with it."""
    body, problems = inbound.body, list[str]()
    request = _request(inbound, problems)
    streaming = inbound.stream if inbound.stream is not None else body.get("stream") is True
    return Failure(_invalid(problems, request.model)) if problems else Success(InboundCall(request, streaming))


def read_count(inbound: Inbound) -> Result[ChatRequest, InvalidRequest]:
    """The request whose input tokens a client wants counted."""
    return read_chat(inbound).map(lambda asked: asked.request)


def _invalid(problems: list[str], model: str) -> InvalidRequest:
    return InvalidRequest(detail="; ".join(problems), problems=tuple(problems), model=model or None)


def _request(inbound: Inbound, problems: list[str]) -> ChatRequest:
    body = inbound.body
    model = text_or_none(body.get("model")) or inbound.model or ""
    if not model:
        problems.append("model: it is missing")
    if not as_list(body.get("messages")):
        problems.append("messages: at least one message is needed")
    choice = as_object(body.get("tool_choice"))
    return ChatRequest(
        model,
        read_conversation(body.get("system"), body.get("messages"), problems),
        temperature=_number(body, "temperature", problems),
        top_p=_number(body, "top_p", problems),
        max_tokens=_whole(body, "max_tokens", problems),
        stop=tuple(stop for stop in as_list(body.get("stop_sequences")) if isinstance(stop, str)),
        tools=tuple(_tool(n, as_object(tool), problems) for n, tool in enumerate(as_list(body.get("tools")))),
        tool_choice=_choice(choice, problems) if choice else None,
        parallel_tools=_parallel(choice.get("disable_parallel_tool_use")),
        response_schema=_schema(as_object(as_object(body.get("output_config")).get("format"))),
        thinking=_thinking(body.get("thinking"), as_object(body.get("output_config"))),
        metadata=_metadata(as_object(body.get("metadata"))),
        extra={name: value for name, value in body.items() if name not in _KNOWN},
    )


def _number(body: JsonObject, name: str, problems: list[str]) -> float | None:
    number = float_or_none(body.get(name))
    if number is None and body.get(name) is not None:
        problems.append(f"{name}: it is not a number")
    return number


def _whole(body: JsonObject, name: str, problems: list[str]) -> int | None:
    number = int_or_none(body.get(name))
    if body.get(name) is not None and (number is None or number < 1):
        problems.append(f"{name}: it is not a whole number above 0")
        return None
    return number


def _tool(at: int, tool: JsonObject, problems: list[str]) -> Tool:
    kind, strict = tool.get("type"), tool.get("strict")
    if kind not in (None, "custom"):
        problems.append(f"tools[{at}]: a tool of type {kind!r} is not supported")
    elif not text_or_none(tool.get("name")):
        problems.append(f"tools[{at}].name: it is missing")
    return Tool(
        as_text(tool.get("name")),
        as_text(tool.get("description")),
        as_object(tool.get("input_schema")),
        strict if isinstance(strict, bool) else None,
    )


def _choice(choice: JsonObject, problems: list[str]) -> ToolChoice | None:
    kind = as_text(choice.get("type"))
    if kind == "tool":
        return ForcedTool(as_text(choice.get("name")))
    if kind not in _CHOICES:
        problems.append(f"tool_choice.type: {kind!r} is not 'auto', 'any', 'tool' or 'none'")
    return _CHOICES.get(kind)


def _parallel(disabled: Json) -> bool | None:
    return None if not isinstance(disabled, bool) else not disabled


def _schema(form: JsonObject) -> ResponseSchema | None:
    return ResponseSchema(as_object(form.get("schema"))) if form.get("type") == "json_schema" else None


def _thinking(value: Json, output_config: JsonObject) -> Thinking | None:
    thinking, effort = as_object(value), _EFFORTS.get(as_text(output_config.get("effort")))
    if not thinking:
        return Thinking(effort) if effort is not None else None
    if thinking.get("type") == "disabled":
        return Thinking("none")
    show = {"summarized": True, "omitted": False}.get(as_text(thinking.get("display")))
    return Thinking(effort, int_or_none(thinking.get("budget_tokens")), show)


def _metadata(metadata: JsonObject) -> dict[str, str]:
    user = metadata.get("user_id")
    return {"user_id": user} if isinstance(user, str) else {}
