"""Token counts of OpenAI chat answers, both ways.

Inclusion rule: `prompt_tokens` holds the cached and cache-written ones, `completion_tokens` the reasoning. Some servers
(xAI) count reasoning beside `completion_tokens`: they are told by a total that holds all three.
"""

from __future__ import annotations

from decimal import Decimal

from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.json import Json, JsonObject, as_object, compact, count_or_none
from pointsman.core.money.amount import read_amount


def read_usage(value: Json) -> Usage:
    """Counts as far as the server gives them; None where it doesn't."""
    if not isinstance(value, dict):
        return UNKNOWN
    prompt, completion = count_or_none(value.get("prompt_tokens")), count_or_none(value.get("completion_tokens"))
    if _PLAIN_USAGE.issuperset(value):
        return Usage(prompt, completion)
    before, after = as_object(value.get("prompt_tokens_details")), as_object(value.get("completion_tokens_details"))
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


_PLAIN_USAGE = frozenset(("prompt_tokens", "completion_tokens", "total_tokens"))
"""What the usage of most servers holds, and nothing else."""


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
    for value in values:
        if (count := count_or_none(value)) is not None:
            return count
    return None


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
