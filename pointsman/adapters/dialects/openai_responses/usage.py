"""The token counts and the ends of the Responses API in our normal forms, both ways.

Inclusion rule: `input_tokens` holds the cached and cache-written ones, `output_tokens` the reasoning.
"""

from __future__ import annotations

from pointsman.core.chat.part import Part, Refusal, ToolCall
from pointsman.core.chat.response import Finish, FinishReason, Other
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.json import Json, JsonObject, as_object, as_text, count_or_none, text_or_none

_INCOMPLETE = {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.CONTENT_FILTER}


def read_finish(document: JsonObject, parts: tuple[Part, ...]) -> FinishReason:
    """By status, and by what the answer holds."""
    status = document.get("status")
    if status == "incomplete":
        reason = text_or_none(as_object(document.get("incomplete_details")).get("reason")) or "incomplete"
        return _INCOMPLETE.get(reason) or Other(reason)
    if status not in (None, "completed"):
        return Other(as_text(status))
    if any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    return Finish.REFUSAL if any(isinstance(part, Refusal) for part in parts) else Finish.STOP


def write_incomplete_reason(reason: FinishReason | None) -> str | None:
    """Why an answer is incomplete; None where it is not."""
    match reason:
        case Finish.LENGTH | Finish.CONTEXT_FULL:
            return "max_output_tokens"
        case Finish.CONTENT_FILTER:
            return "content_filter"
        case Other(raw):
            return raw
        case _:
            return None


def read_usage(raw: Json) -> Usage:
    """Counts as far as the server gives them."""
    if not isinstance(raw, dict):
        return UNKNOWN
    details = as_object(raw.get("input_tokens_details"))
    return Usage(
        input=count_or_none(raw.get("input_tokens")),
        output=count_or_none(raw.get("output_tokens")),
        cached_input=count_or_none(details.get("cached_tokens")),
        cache_write=count_or_none(details.get("cache_write_tokens")),
        reasoning=count_or_none(as_object(raw.get("output_tokens_details")).get("reasoning_tokens")),
    )


def write_usage(usage: Usage) -> Json:
    """The reverse. Unknown usage is null; in one that is known in part, typed clients want a number everywhere."""
    if usage.input is None and usage.output is None:
        return None
    read, written = usage.input or 0, usage.output or 0
    return {
        "input_tokens": read,
        "input_tokens_details": {
            "cached_tokens": usage.cached_input or 0,
            "cache_write_tokens": usage.cache_write or 0,
        },
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": read + written,
    }
