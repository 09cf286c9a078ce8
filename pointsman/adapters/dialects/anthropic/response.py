"""A whole answer of the Messages API, both ways. Knows no stream.

Blocks of tools that ran on the provider's side (`server_tool_use`, `web_search_tool_result`…) are no calls for the
client: they are left out with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.anthropic.content import own, read_part, write_call, write_reasoning, write_text
from pointsman.adapters.dialects.anthropic.errors import error_in_body
from pointsman.adapters.dialects.anthropic.usage import read_usage, write_usage
from pointsman.adapters.dialects.dialect import Target
from pointsman.core.error import InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, text_or_none
from pointsman.core.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.response import ChatResponse, Finish, FinishReason, Other, Warning

FINISHES: dict[str, Finish] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "pause_turn": Finish.PAUSED,
    "refusal": Finish.REFUSAL,
    "model_context_window_exceeded": Finish.CONTEXT_FULL,
}
STOP_REASONS: dict[Finish, str] = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.PAUSED: "pause_turn",
    Finish.REFUSAL: "refusal",
    Finish.CONTENT_FILTER: "refusal",
    Finish.CONTEXT_FULL: "model_context_window_exceeded",
}


def read_finish(stop_reason: Json) -> FinishReason:
    """Why the answer ended; a reason that is missing is the unknown one with no name."""
    raw = as_text(stop_reason)
    return FINISHES.get(raw) or Other(raw)


def write_finish(response: ChatResponse) -> str | None:
    """The stop_reason; an answer with a refusal in it ended by refusal."""
    reason = response.finish_reason
    if reason is Finish.STOP and response.refusal is not None:
        return "refusal"
    return STOP_REASONS[reason] if isinstance(reason, Finish) else reason.raw if reason is not None else None


def left_out(kind: str) -> Warning:
    """The warning for a block that is not for the client."""
    return Warning(kind, f"a block of type {kind!r} was left out of the answer")


def refused(stop_details: Json) -> tuple[Warning, ...]:
    """Why the model refused, where the provider tells it."""
    details = as_object(stop_details)
    told = [text for name in ("category", "explanation") if (text := text_or_none(details.get(name)))]
    return (Warning("refusal", ": ".join(told)),) if told else ()


def read_message(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in the body of a 2xx reply, or the error that it holds."""
    message = as_object(body)
    if message.get("type") == "error" or message.get("error"):
        return Failure(error_in_body(message, target))
    problem = _problem(message)
    if problem is not None:
        return Failure(
            InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model)
        )
    blocks = [as_object(block) for block in as_list(message["content"])]
    pairs = [(as_text(block.get("type")), read_part(block)) for block in blocks]
    unknown = dict.fromkeys(kind for kind, part in pairs if part is None)
    return Success(
        ChatResponse(
            parts=tuple(part for _, part in pairs if part is not None),
            finish_reason=read_finish(message.get("stop_reason")),
            usage=read_usage(message.get("usage")),
            service_tier=text_or_none(as_object(message.get("usage")).get("service_tier")),
            model=as_text(message.get("model")),
            provider=target.provider,
            id=as_text(message.get("id")),
            warnings=(*map(left_out, unknown), *refused(message.get("stop_details"))),
        )
    )


def _problem(message: JsonObject) -> str | None:
    content = message.get("content")
    if not isinstance(content, list):
        return "the answer is not a message: it has no list 'content'"
    if not all(isinstance(block, dict) and isinstance(block.get("type"), str) for block in content):
        return "the answer has a content block without a type"
    return None


def write_part(part: Part) -> JsonObject | None:
    """The block of an answer that holds `part`; None for what an answer on this wire cannot hold."""
    match part:
        case Text():
            return write_text(part)
        case Refusal(text):
            return {"type": "text", "text": text}
        case ToolCall():
            return write_call(part)
        case Reasoning(text, state, redacted):
            if redacted and own(state, "redacted_thinking") is None:
                return None
            return write_reasoning(part) or {"type": "thinking", "thinking": text, "signature": ""}
        case _:
            return None


def write_message(response: ChatResponse) -> JsonObject:
    """The body of a 200 reply. Pictures and sound in an answer have no place on this wire."""
    return {
        "id": response.id,
        "type": "message",
        "role": "assistant",
        "model": response.model,
        "content": list(_blocks(response)),
        "stop_reason": write_finish(response),
        "stop_sequence": None,
        "usage": write_usage(response.usage),
    }


def _blocks(response: ChatResponse) -> Iterator[JsonObject]:
    for part in response.parts:
        block = write_part(part)
        if block is not None:
            yield block
