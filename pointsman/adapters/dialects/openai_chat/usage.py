"""OpenAI chat's token counts and finish reasons in our normal forms, both ways. Tables and small functions.

Inclusion rule: `prompt_tokens` holds the cached and cache-written ones, `completion_tokens` the reasoning. Some servers
(xAI) count reasoning beside `completion_tokens`: they are told by a total that holds all three.
"""

from __future__ import annotations

from decimal import Decimal

from pointsman.core.chat.part import Part, Refusal, ToolCall
from pointsman.core.chat.response import Finish, FinishReason, Other
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.json import Json, JsonObject, as_object, as_text, compact, count_or_none
from pointsman.core.money.amount import read_amount

FINISHES: dict[str, Finish] = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "eos_token": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
    "model_length": Finish.CONTEXT_FULL,
}
WRITTEN: dict[Finish, str] = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.TOOL_CALLS: "tool_calls",
    Finish.CONTENT_FILTER: "content_filter",
    Finish.REFUSAL: "content_filter",
    Finish.CONTEXT_FULL: "length",
    Finish.PAUSED: "stop",
}


def read_finish(raw: Json, parts: tuple[Part, ...]) -> FinishReason:
    """Why the answer ended. A `stop` is TOOL_CALLS with calls, and REFUSAL with a refusal: servers differ."""
    name = as_text(raw)
    finish = FINISHES.get(name)
    if finish is None:
        return Other(name)
    if finish is Finish.STOP and any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    if finish is Finish.STOP and any(isinstance(part, Refusal) for part in parts):
        return Finish.REFUSAL
    return finish


def write_finish(reason: FinishReason | None, parts: tuple[Part, ...]) -> str | None:
    """The wire's word for it; None, of an answer that broke off, is null there."""
    if reason is None:
        return None
    if isinstance(reason, Other):  # typed clients take OpenAI's own words only
        return "stop"
    if reason is Finish.REFUSAL and any(isinstance(part, Refusal) for part in parts):
        return "stop"
    return WRITTEN[reason]


def read_usage(value: Json) -> Usage:
    """Counts as far as the server gives them; None where it doesn't."""
    if not isinstance(value, dict):
        return UNKNOWN
    before, after = as_object(value.get("prompt_tokens_details")), as_object(value.get("completion_tokens_details"))
    prompt, completion = count_or_none(value.get("prompt_tokens")), count_or_none(value.get("completion_tokens"))
    reasoning = _first(after.get("reasoning_tokens"), value.get("reasoning_tokens"))
    if prompt is not None and completion is not None and reasoning:
        beside = count_or_none(value.get("total_tokens")) == prompt + completion + reasoning
        completion += reasoning if beside else 0
    cached = _first(before.get("cached_tokens"), value.get("prompt_cache_hit_tokens"), value.get("cached_tokens"))
    return Usage(
        prompt,
        completion,
        cached,
        count_or_none(before.get("cache_write_tokens")),
        reasoning,
        audio_input=count_or_none(before.get("audio_tokens")) or None,
        audio_output=count_or_none(after.get("audio_tokens")) or None,
        told_cost=_told_cost(value),
    )


def _told_cost(usage: JsonObject) -> Decimal | None:
    """Dollars that the server itself says it takes (OpenRouter: `cost`, beside it what the user's own key pays)."""
    cost = usage.get("cost")
    cost = as_object(cost).get("total_cost") if isinstance(cost, dict) else cost
    if isinstance(cost, bool) or not isinstance(cost, (int, float)):
        return None
    own_key = as_object(usage.get("cost_details")).get("upstream_inference_cost") if usage.get("is_byok") else None
    amounts = [read_amount(one).value_or(None) for one in (cost, own_key) if one is not None]
    return None if None in amounts else sum((one for one in amounts if one is not None), Decimal(0))


def _first(*values: Json) -> int | None:
    return next((count for count in map(count_or_none, values) if count is not None), None)


def write_usage(usage: Usage) -> JsonObject | None:
    """The `usage` object, None where nothing is known."""
    written = compact(
        {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.total,
            "prompt_tokens_details": compact(
                {
                    "cached_tokens": usage.cached_input,
                    "cache_write_tokens": usage.cache_write,
                    "audio_tokens": usage.audio_input,
                }
            )
            or None,
            "completion_tokens_details": compact(
                {"reasoning_tokens": usage.reasoning, "audio_tokens": usage.audio_output}
            )
            or None,
        }
    )
    return written or None
