"""Whole answers between our form and a Response object; its usage, its status and its reasons."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_responses.content import read_output_item, write_output_item
from pointsman.core.error import InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, count_or_none, text_or_none
from pointsman.core.part import Part, Refusal, ToolCall
from pointsman.core.response import ChatResponse, Finish, FinishReason, Other, Warning
from pointsman.core.usage import UNKNOWN, Usage

_INCOMPLETE = {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.CONTENT_FILTER}
_OURS = ("message", "function_call", "reasoning")


def invalid(problem: str, target: Target) -> InvalidResponse:
    """An answer that is none, and why."""
    return InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in a 2xx body, or the error in it."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    if document.get("status") in ("failed", "cancelled"):
        return Failure(invalid(f"the answer {as_text(document['status'])} without saying why", target))
    if not isinstance(document.get("output"), list):
        return Failure(invalid("the answer has no output", target))
    items = [as_object(raw) for raw in as_list(document["output"])]
    parts = tuple(part for item in items for part in read_output_item(item))
    if not items and document.get("status") != "incomplete":
        return Failure(invalid("the answer has an empty output", target))
    return Success(
        ChatResponse(
            parts=parts,
            finish_reason=read_finish(document, parts),
            usage=read_usage(document.get("usage")),
            service_tier=text_or_none(document.get("service_tier")),
            model=as_text(document.get("model")),
            provider=target.provider,
            id=as_text(document.get("id")),
            warnings=_warnings(items),
        )
    )


def _warnings(items: list[JsonObject]) -> tuple[Warning, ...]:
    foreign = sorted({as_text(item.get("type")) for item in items if item.get("type") not in _OURS})
    text = "the provider ran a tool on its side ({}); that item is not part of the answer"
    return tuple(Warning("output", text.format(kind or "unknown")) for kind in foreign)


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


def read_usage(raw: Json) -> Usage:
    """Input includes what was cached, output includes reasoning."""
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
    """The reverse; unknown usage is null, and unknown parts of it are absent."""
    if usage.input is None and usage.output is None:
        return None
    inner: JsonObject = {}
    if usage.cached_input is not None:
        inner["cached_tokens"] = usage.cached_input
    if usage.cache_write is not None:
        inner["cache_write_tokens"] = usage.cache_write
    outer: JsonObject = {} if usage.reasoning is None else {"reasoning_tokens": usage.reasoning}
    return {
        "input_tokens": usage.input,
        "input_tokens_details": inner,
        "output_tokens": usage.output,
        "output_tokens_details": outer,
        "total_tokens": usage.total,
    }


def write_response(response: ChatResponse) -> JsonObject:
    """The whole answer as a Response object."""
    written = (write_output_item(part, f"{response.id}_{index}") for index, part in enumerate(response.parts))
    return write_document(response, [item for item in written if item is not None], ended=True)


def write_document(response: ChatResponse, output: list[JsonObject], *, ended: bool) -> JsonObject:
    """A Response object; `ended` is False while it is made."""
    reason = _reason(response.finish_reason) if ended else None
    status = "in_progress" if not ended else "incomplete" if reason else "completed"
    items: list[Json] = list(output)
    return {
        "id": response.id,
        "object": "response",
        "created_at": 0,
        "status": status,
        "error": None,
        "incomplete_details": None if reason is None else {"reason": reason},
        "instructions": None,
        "metadata": {},
        "model": response.model,
        "output": items,
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": write_usage(response.usage) if ended else None,
    }


def _reason(reason: FinishReason | None) -> str | None:
    match reason:
        case Finish.LENGTH | Finish.CONTEXT_FULL:
            return "max_output_tokens"
        case Finish.CONTENT_FILTER:
            return "content_filter"
        case Other(raw):
            return raw
        case _:
            return None
