"""Whole answers between our form and Gemini's; its usage and its finish reasons."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.gemini.content import read_parts, write_part
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.core.error import ContentFiltered, InvalidResponse, ProviderError
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    count_or_none,
    text_or_none,
)
from pointsman.core.part import Part, ToolCall
from pointsman.core.response import ChatResponse, Finish, FinishReason, Other
from pointsman.core.usage import UNKNOWN, Usage, add, difference

FINISH: dict[str, Finish] = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT"),
        Finish.CONTENT_FILTER,
    ),
}
_WRITTEN: dict[FinishReason, str] = {
    Finish.STOP: "STOP",
    Finish.TOOL_CALLS: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.CONTEXT_FULL: "MAX_TOKENS",
    Finish.CONTENT_FILTER: "SAFETY",
    Finish.REFUSAL: "SAFETY",
    Finish.PAUSED: "STOP",
}


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in a 2xx body, or the error or the block in it."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    error = error_in_body(body, target) or blocked(as_object(body), target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    candidates = document.get("candidates")
    if not isinstance(candidates, list) or not candidates:
        problem = "the answer has no candidates"
        return Failure(
            InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)
        )
    first = as_object(candidates[0])
    parts = read_parts(as_object(first.get("content")).get("parts"))
    return Success(
        ChatResponse(
            parts=parts,
            finish_reason=read_finish(first.get("finishReason"), parts),
            usage=read_usage(document.get("usageMetadata")),
            model=as_text(document.get("modelVersion")),
            provider=target.provider,
            id=as_text(document.get("responseId")),
        )
    )


def blocked(document: JsonObject, target: Target) -> ContentFiltered | None:
    """A prompt that was blocked: a reason and no candidates."""
    reason = text_or_none(as_object(document.get("promptFeedback")).get("blockReason"))
    if reason is None or as_list(document.get("candidates")):
        return None
    return ContentFiltered(
        detail=f"the prompt was blocked ({reason})",
        category=reason,
        provider=target.provider,
        model=target.model or None,
        status=200,
    )


def read_finish(raw: Json, parts: tuple[Part, ...]) -> FinishReason:
    """`finishReason`, which is STOP for calls too."""
    reason = text_or_none(raw)
    if reason in (None, "STOP") and any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    return Finish.STOP if reason is None else FINISH.get(reason) or Other(reason)


def write_finish(reason: FinishReason | None) -> str:
    """The reverse."""
    return reason.raw if isinstance(reason, Other) else _WRITTEN.get(reason or Finish.STOP, "STOP")


def read_usage(raw: Json) -> Usage:
    """The prompt's count includes what was cached, the candidates' count excludes the thoughts."""
    if not isinstance(raw, dict):
        return UNKNOWN
    prompt = count_or_none(raw.get("promptTokenCount"))
    tools = count_or_none(raw.get("toolUsePromptTokenCount"))
    said = count_or_none(raw.get("candidatesTokenCount"))
    thoughts = count_or_none(raw.get("thoughtsTokenCount"))
    if said is None and thoughts is not None:
        said = 0
    return Usage(
        input=prompt if tools is None else add(prompt, tools),
        output=said if thoughts is None else add(said, thoughts),
        cached_input=count_or_none(raw.get("cachedContentTokenCount")),
        reasoning=thoughts,
    )


def write_usage(usage: Usage) -> JsonObject | None:
    """The reverse; what is unknown is absent."""
    written = compact(
        {
            "promptTokenCount": usage.input,
            "candidatesTokenCount": difference(usage.output, usage.reasoning),
            "thoughtsTokenCount": usage.reasoning,
            "cachedContentTokenCount": usage.cached_input,
            "totalTokenCount": usage.total,
        }
    )
    return written or None


def write_response(response: ChatResponse) -> JsonObject:
    """The whole answer as a body."""
    parts: list[Json] = [out for part in response.parts if (out := write_part(part, None)) is not None]
    return write_chunk(parts, write_finish(response.finish_reason), response)


def write_chunk(parts: list[Json], finish: str | None, response: ChatResponse) -> JsonObject:
    """A GenerateContentResponse: a whole answer, or a chunk of one."""
    candidate = compact({"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0})
    return compact(
        {
            "candidates": [candidate],
            "usageMetadata": write_usage(response.usage),
            "modelVersion": response.model or None,
            "responseId": response.id or None,
        }
    )
