"""A chat request as the body of `POST /v1/messages` or `…/count_tokens`. Knows no answer.

`max_tokens` is required on the wire: a request without it gets 4096, above the thinking budget where there is one.
A thinking `budget` becomes `enabled`, an `effort` `adaptive` with `output_config.effort`, the effort `none` `disabled`.
"""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.dialects.anthropic_messages import write_system, write_turns
from pointsman.adapters.dialects.anthropic_strict import write_strict
from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.gaps import Gaps
from pointsman.core.json import Json, JsonObject, compact
from pointsman.core.request import ChatRequest, Thinking
from pointsman.core.tool import ForcedTool, Tool, ToolChoice

VERSION = {"anthropic-version": "2023-06-01"}
DEFAULT_MAX_TOKENS = 4096
LEAST_BUDGET = 1024

_CONTENT = frozenset({"tools", "response_schema"})
_NOTHING: dict[str, Json] = {"stop": [], "tools": [], "metadata": {}, "extra": {}}


def write_chat(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The request on the wire, with a warning for each parameter that the API does not have."""
    gaps = Gaps(target)
    taken = _carried(request, gaps)
    body = {**_prompt(taken, target, gaps), **_sampling(taken, gaps), **({"stream": True} if stream else {})}
    return gaps.close(request, WireRequest("/v1/messages", {**body, **request.extra}, headers=VERSION))


def write_count(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The question how many input tokens `request` has; sampling plays no part in it."""
    gaps = Gaps(target)
    body = {**_prompt(_carried(request, gaps), target, gaps), **request.extra}
    return gaps.close(request, WireRequest("/v1/messages/count_tokens", body, headers=VERSION))


def _carried(request: ChatRequest, gaps: Gaps) -> ChatRequest:
    """`request` without what the provider is known to lack, each noted."""
    without: dict[str, Any] = {}
    for field in attrs.fields(ChatRequest):
        if field.name in gaps.target.quirks.lacks and getattr(request, field.name) not in (None, (), {}):
            (gaps.refuse if field.name in _CONTENT else gaps.ignored)(field.name)
            without[field.name] = _NOTHING.get(field.name)
    return attrs.evolve(request, **without) if without else request


def _prompt(request: ChatRequest, target: Target, gaps: Gaps) -> JsonObject:
    """What counts as input: messages, tools, schema, thinking."""
    has_tools = bool(request.tools) or "tools" in request.extra
    strict = write_strict(request, gaps)
    turns = write_turns(request.messages, gaps)
    if not turns and not gaps.hard and "messages" not in request.extra:
        gaps.reject("messages: at least one message of the user with content is needed")
    return compact(
        {
            "model": target.model,
            "system": write_system(request.messages, gaps),
            "messages": turns,
            "tools": [_tool(tool, strict.get(tool.name)) for tool in request.tools] or None,
            "tool_choice": _choice(request.tool_choice, request.parallel_tools) if has_tools else None,
            "thinking": _thinking(request.thinking, gaps),
            "output_config": _output_config(request, strict.get(None), gaps),
        }
    )


def _sampling(request: ChatRequest, gaps: Gaps) -> JsonObject:
    if request.seed is not None:
        gaps.ignored("seed")
    return compact(
        {
            "max_tokens": _max_tokens(request, gaps),
            "temperature": _temperature(request, gaps),
            "top_p": request.top_p,
            "stop_sequences": list(request.stop) or None,
            "metadata": _metadata(request, gaps),
        }
    )


def _tool(tool: Tool, strict: JsonObject | None) -> JsonObject:
    return compact(
        {
            "name": tool.name,
            "description": tool.description or None,
            "input_schema": tool.parameters if strict is None else strict,
            "strict": tool.strict,
        }
    )


def _choice(choice: ToolChoice | None, parallel: bool | None) -> Json:
    if choice is None and parallel is None:
        return None
    if choice == "none":
        return {"type": "none"}
    disable = None if parallel is None else not parallel
    if isinstance(choice, ForcedTool):
        return compact({"type": "tool", "name": choice.name, "disable_parallel_tool_use": disable})
    return compact({"type": "any" if choice == "required" else "auto", "disable_parallel_tool_use": disable})


def _is_off(thinking: Thinking) -> bool:
    return thinking.effort == "none" or thinking.budget == 0


def _thinking(thinking: Thinking | None, gaps: Gaps) -> Json:
    if thinking is None:
        return None
    if _is_off(thinking):
        return {"type": "disabled"}
    display = None if thinking.show is None else "summarized" if thinking.show else "omitted"
    budget = _budget(thinking)
    if budget is None:
        return compact({"type": "adaptive", "display": display})
    if budget != thinking.budget:
        gaps.note("thinking", f"the thinking budget was raised to {LEAST_BUDGET}, the least the API takes")
    return compact({"type": "enabled", "budget_tokens": budget, "display": display})


def _budget(thinking: Thinking | None) -> int | None:
    if thinking is None or thinking.budget is None or _is_off(thinking):
        return None
    return max(LEAST_BUDGET, thinking.budget)


def _output_config(request: ChatRequest, written: JsonObject | None, gaps: Gaps) -> Json:
    schema = request.response_schema
    if schema is not None and schema.description is not None:
        gaps.ignored("response_schema.description")
    effort = request.thinking.effort if request.thinking is not None and not _is_off(request.thinking) else None
    if effort == "minimal":
        gaps.note("thinking", "the effort 'minimal' was sent as 'low', the least the API has")
        effort = "low"
    form: Json = None if written is None else {"type": "json_schema", "schema": written}
    return compact({"effort": effort, "format": form}) or None


def _max_tokens(request: ChatRequest, gaps: Gaps) -> int:
    budget = _budget(request.thinking)
    if request.max_tokens is None:
        return DEFAULT_MAX_TOKENS + (budget or 0)
    if budget is not None and request.max_tokens <= budget and "max_tokens" not in request.extra:
        gaps.reject(f"max_tokens: {request.max_tokens} is not above the thinking budget of {budget} tokens")
    return request.max_tokens


def _temperature(request: ChatRequest, gaps: Gaps) -> float | None:
    wanted = request.temperature
    if wanted is None:
        return None
    if request.thinking is not None and not _is_off(request.thinking) and wanted != 1:
        gaps.ignored("temperature", "the API takes no temperature with thinking; it was left out")
        return None
    if wanted > 1:
        gaps.note("temperature", f"the temperature {wanted:g} was lowered to 1, the highest the API takes")
    return min(wanted, 1.0)


def _metadata(request: ChatRequest, gaps: Gaps) -> Json:
    if request.metadata.keys() - {"user_id"}:
        gaps.note("metadata", "the API takes no metadata but user_id; the rest was left out")
    user = request.metadata.get("user_id")
    return None if user is None else {"user_id": user}
