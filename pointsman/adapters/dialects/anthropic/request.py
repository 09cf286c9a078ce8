"""A chat request as the body of `POST /v1/messages` or `…/count_tokens`. Knows no answer.

`max_tokens` is required on the wire: a request without it gets 4096, above the thinking budget where there is one.
A thinking `budget` becomes `enabled`, an `effort` `adaptive` with `output_config.effort`, the effort `none` `disabled`.
"""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.dialects.anthropic.messages import write_system, write_turns
from pointsman.adapters.dialects.anthropic.schema import write_strict
from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, compact
from pointsman.core.request import ChatRequest, Thinking
from pointsman.core.tool import ForcedTool, Tool, ToolChoice, functions_of

VERSION = {"anthropic-version": "2023-06-01"}
DEFAULT_MAX_TOKENS = 4096
LEAST_BUDGET = 1024

_CONTENT = frozenset({"tools", "response_schema"})
_NOTHING: dict[str, Json] = {"stop": [], "tools": [], "metadata": {}, "extra": {}}


def write_chat(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The request on the wire, with a warning for each parameter that the API does not have."""
    unsupported = Unsupported(target)
    taken = _carried(request, unsupported)
    body = {
        **_prompt(taken, target, unsupported),
        **_sampling(taken, unsupported),
        **({"stream": True} if stream else {}),
    }
    return unsupported.close(request, WireRequest("/v1/messages", {**body, **request.extra}, headers=VERSION))


def write_count(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The question how many input tokens `request` has; sampling plays no part in it."""
    unsupported = Unsupported(target)
    body = {**_prompt(_carried(request, unsupported), target, unsupported), **request.extra}
    return unsupported.close(request, WireRequest("/v1/messages/count_tokens", body, headers=VERSION))


def _carried(request: ChatRequest, unsupported: Unsupported) -> ChatRequest:
    """`request` without what the provider is known to lack, each noted."""
    without: dict[str, Any] = {}
    for field in attrs.fields(ChatRequest):
        if field.name in unsupported.target.quirks.lacks and getattr(request, field.name) not in (None, (), {}):
            (unsupported.fail if field.name in _CONTENT else unsupported.drop)(field.name)
            without[field.name] = _NOTHING.get(field.name)
    return attrs.evolve(request, **without) if without else request


def _prompt(request: ChatRequest, target: Target, unsupported: Unsupported) -> JsonObject:
    """What counts as input: messages, tools, schema, thinking."""
    has_tools = bool(request.tools) or "tools" in request.extra
    strict = write_strict(request, unsupported)
    turns = write_turns(request.messages, unsupported)
    if not turns and not unsupported.features and "messages" not in request.extra:
        unsupported.reject("messages: at least one message of the user with content is needed")
    return compact(
        {
            "model": target.model,
            "system": write_system(request.messages, unsupported),
            "messages": turns,
            "tools": [_tool(tool, strict.get(tool.name)) for tool in functions_of(request.tools)] or None,
            "tool_choice": _choice(request.tool_choice, request.parallel_tools) if has_tools else None,
            "thinking": _thinking(request.thinking, unsupported),
            "output_config": _output_config(request, strict.get(None), unsupported),
        }
    )


def _sampling(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if request.seed is not None:
        unsupported.drop("seed")
    return compact(
        {
            "max_tokens": _max_tokens(request, unsupported),
            "temperature": _temperature(request, unsupported),
            "top_p": request.top_p,
            "stop_sequences": list(request.stop) or None,
            "metadata": _metadata(request, unsupported),
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


def _thinking(thinking: Thinking | None, unsupported: Unsupported) -> Json:
    if thinking is None:
        return None
    if _is_off(thinking):
        return {"type": "disabled"}
    display = None if thinking.show is None else "summarized" if thinking.show else "omitted"
    budget = _budget(thinking)
    if budget is None:
        return compact({"type": "adaptive", "display": display})
    if budget != thinking.budget:
        unsupported.warn("thinking", f"the thinking budget was raised to {LEAST_BUDGET}, the least the API takes")
    return compact({"type": "enabled", "budget_tokens": budget, "display": display})


def _budget(thinking: Thinking | None) -> int | None:
    if thinking is None or thinking.budget is None or _is_off(thinking):
        return None
    return max(LEAST_BUDGET, thinking.budget)


def _output_config(request: ChatRequest, written: JsonObject | None, unsupported: Unsupported) -> Json:
    schema = request.response_schema
    if schema is not None and schema.description is not None:
        unsupported.drop("response_schema.description")
    effort = request.thinking.effort if request.thinking is not None and not _is_off(request.thinking) else None
    if effort == "minimal":
        unsupported.warn("thinking", "the effort 'minimal' was sent as 'low', the least the API has")
        effort = "low"
    form: Json = None if written is None else {"type": "json_schema", "schema": written}
    return compact({"effort": effort, "format": form}) or None


def _max_tokens(request: ChatRequest, unsupported: Unsupported) -> int:
    budget = _budget(request.thinking)
    if request.max_tokens is None:
        return DEFAULT_MAX_TOKENS + (budget or 0)
    if budget is not None and request.max_tokens <= budget and "max_tokens" not in request.extra:
        unsupported.reject(f"max_tokens: {request.max_tokens} is not above the thinking budget of {budget} tokens")
    return request.max_tokens


def _temperature(request: ChatRequest, unsupported: Unsupported) -> float | None:
    wanted = request.temperature
    if wanted is None:
        return None
    if request.thinking is not None and not _is_off(request.thinking) and wanted != 1:
        unsupported.drop("temperature", "the API takes no temperature with thinking; it was left out")
        return None
    if wanted > 1:
        unsupported.warn("temperature", f"the temperature {wanted:g} was lowered to 1, the highest the API takes")
    return min(wanted, 1.0)


def _metadata(request: ChatRequest, unsupported: Unsupported) -> Json:
    if request.metadata.keys() - {"user_id"}:
        unsupported.warn("metadata", "the API takes no metadata but user_id; the rest was left out")
    user = request.metadata.get("user_id")
    return None if user is None else {"user_id": user}
