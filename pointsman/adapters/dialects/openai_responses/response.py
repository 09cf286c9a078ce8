"""Whole answers between our form and a Response object, with their token counts and ends.

Inclusion rule: `input_tokens` holds the cached and cache-written ones, `output_tokens` the reasoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_responses.echo import echo
from pointsman.adapters.dialects.openai_responses.output_items import (
    prefix_of,
    read_logprobs,
    read_output_item,
    write_output_item,
)
from pointsman.adapters.dialects.openai_responses.tools import ToolNames, names_of
from pointsman.core.chat.part import Part, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason, Other
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, count_or_none, text_or_none

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


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in a 2xx body, or the error in it."""
    document = as_object(body)
    failure = read_failure(document, target)
    if failure is not None:
        return Failure(failure)
    if not isinstance(document.get("output"), list):
        return Failure(invalid("the answer has no output", target))
    if not document["output"] and document.get("status") in (None, "completed"):
        return Failure(invalid("the answer has an empty output", target))
    return Success(read_document(document, target, read_output(document, target)))


def read_failure(document: JsonObject, target: Target) -> ProviderError | None:
    """The error in a Response object, or in what stands for one; None where there is none."""
    error = error_in_body(document, target)
    if error is not None:
        return error
    if document.get("status") in ("failed", "cancelled"):
        return invalid(f"the answer {as_text(document['status'])} without saying why", target)
    return None


def read_output(document: JsonObject, target: Target) -> tuple[Part, ...]:
    """The parts of a Response object."""
    items = [as_object(item) for item in as_list(document.get("output"))]
    return tuple(part for at, item in enumerate(items) for part in read_output_item(item, made_up_id(target, at)))


def made_up_id(target: Target, at: int) -> str:
    """The id of the call in the output item `at` that came without one."""
    return f"call_{target.nonce}_{at}" if target.nonce else f"call_{at}"


def read_document(document: JsonObject, target: Target, parts: tuple[Part, ...]) -> ChatResponse:
    """What a Response object says, with the `parts` that it holds or that were streamed before it."""
    return ChatResponse(
        parts=parts,
        finish_reason=read_finish(document, parts),
        usage=read_usage(document.get("usage")),
        model=as_text(document.get("model")),
        provider=target.provider,
        id=as_text(document.get("id")),
        logprobs=read_logprobs(as_object(item) for item in as_list(document.get("output"))),
        service_tier=text_or_none(document.get("service_tier")),
    )


def write_response(response: ChatResponse, call: ChatCall) -> JsonObject:
    """The whole answer as a Response object."""
    document = DocumentWriter(call, response_id(response.id, call))
    texts = sum(isinstance(part, Text) for part in response.parts)
    items = (
        write_output_item(
            part,
            document.item_id(part, at),
            document.names,
            response.logprobs if texts == 1 and isinstance(part, Text) else (),
        )
        for at, part in enumerate(response.parts)
    )
    return document.write_ended(response, [item for item in items if item is not None])


def response_id(given: str, call: ChatCall) -> str:
    """The answer's id: the provider's, or one that is made of the call's."""
    return given or f"resp_{call.id or '0'}"


class DocumentWriter:
    """Writes the Response objects of one answer: the one that it begins with, and the one that it ends with."""

    def __init__(self, call: ChatCall, id: str) -> None:
        self.id = id
        self.names: ToolNames = names_of(call.request.tools)
        self._call = call
        self._echo = echo(call)

    def item_id(self, part: Part, at: int) -> str:
        """The id of the output item `at`, which holds `part`; always the same one."""
        return f"{prefix_of(part, self.names)}_{self.id.removeprefix('resp_')}_{at}"

    def write_begun(self) -> JsonObject:
        """While the answer is made."""
        return self._document("in_progress", ())

    def write_ended(self, response: ChatResponse, output: Sequence[JsonObject]) -> JsonObject:
        """The whole answer."""
        reason = write_incomplete_reason(response.finish_reason)
        ended: JsonObject = {
            "model": self._call.request.model or response.model,
            "incomplete_details": None if reason is None else {"reason": reason},
            "usage": write_usage(response.usage),
        }
        if response.service_tier is not None:
            ended["service_tier"] = response.service_tier
        return self._document("completed" if reason is None else "incomplete", output) | ended

    def write_failed(self, error: JsonObject, partial: ChatResponse, output: Sequence[JsonObject]) -> JsonObject:
        """An answer that broke off, with what had come of it."""
        return self._document("failed", output) | {"error": error, "usage": write_usage(partial.usage)}

    def _document(self, status: str, output: Iterable[JsonObject]) -> JsonObject:
        return {
            "id": self.id,
            "object": "response",
            "created_at": int(self._call.at),
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self._call.request.model,
            "output": [*output],
            "usage": None,
            **self._echo,
        }
