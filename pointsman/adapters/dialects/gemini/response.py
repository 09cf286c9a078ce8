"""Whole answers of Gemini, both ways, with their token counts, log probabilities and reasons to end.

Streams are made of the same chunks. Source: ai.google.dev/api/generate-content.
"""

from __future__ import annotations

import re

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.gemini.content import CallIds, write_shown
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.grounding import with_citations, write_grounding
from pointsman.adapters.dialects.gemini.messages import read_answer
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.part import Part, ToolCall
from pointsman.core.chat.response import ChatResponse, Choice, Finish, FinishReason, Other, TokenLogprob
from pointsman.core.chat.usage import UNKNOWN, Usage, add, difference
from pointsman.core.error import ContentFiltered, ProviderError
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    count_or_none,
    float_or_none,
    int_or_none,
    text_or_none,
)


def read_logprobs(candidate: JsonObject) -> tuple[TokenLogprob, ...]:
    """The chosen tokens, each with the likeliest in its place."""
    result = as_object(candidate.get("logprobsResult"))
    chosen, top = as_list(result.get("chosenCandidates")), as_list(result.get("topCandidates"))
    return tuple(_read_token(token, as_object(top[at] if at < len(top) else None)) for at, token in enumerate(chosen))


def _read_token(value: Json, top: JsonObject) -> TokenLogprob:
    token = as_object(value)
    alternatives = tuple(_read_token(item, {}) for item in as_list(top.get("candidates")))
    return TokenLogprob(
        as_text(token.get("token")), float_or_none(token.get("logProbability")) or 0.0, alternatives=alternatives
    )


def write_logprobs(tokens: tuple[TokenLogprob, ...]) -> JsonObject:
    """The fields of a candidate; none where nothing is known."""
    if not tokens:
        return {}
    chosen: list[Json] = [_write_token(token) for token in tokens]
    top: list[Json] = [{"candidates": [_write_token(item) for item in token.alternatives]} for token in tokens]
    mean = sum(token.logprob for token in tokens) / len(tokens)
    return {"avgLogprobs": mean, "logprobsResult": {"topCandidates": top, "chosenCandidates": chosen}}


def _write_token(token: TokenLogprob) -> JsonObject:
    return {"token": token.token, "logProbability": token.logprob}


FINISH: dict[str, Finish] = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    **dict.fromkeys(
        (
            *("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"),
            *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
        ),
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
_AUDIO = "AUDIO"
_OWN = re.compile(r"[A-Z][A-Z_]*")
"""What a reason of Gemini's looks like; its clients know others as `OTHER`."""


def read_finish(raw: Json, parts: tuple[Part, ...]) -> FinishReason:
    """`finishReason`, which is STOP for calls too."""
    reason = text_or_none(raw)
    if reason in (None, "STOP") and any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    return Finish.STOP if reason is None else FINISH.get(reason) or Other(reason)


def write_finish(reason: FinishReason | None) -> str:
    """The reverse, within the vendor's words."""
    if isinstance(reason, Other):
        return reason.raw if _OWN.fullmatch(reason.raw) else "OTHER"
    return _WRITTEN.get(reason or Finish.STOP, "STOP")


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
        audio_input=_sound(raw.get("promptTokensDetails")),
        audio_output=_sound(raw.get("candidatesTokensDetails")),
    )


def _sound(details: Json) -> int | None:
    """Of counts by modality, that of sound."""
    counts = [
        count_or_none(one.get("tokenCount"))
        for one in map(as_object, as_list(details))
        if one.get("modality") == _AUDIO
    ]
    return sum(count or 0 for count in counts) if counts else None


def _details(sound: int | None, whole: int | None) -> Json:
    """The reverse; None where nothing is sound."""
    if not sound:
        return None
    rest = difference(whole, sound) or 0
    texts: list[Json] = [{"modality": "TEXT", "tokenCount": rest}] if rest else []
    return [*texts, {"modality": _AUDIO, "tokenCount": sound}]


def write_usage(usage: Usage, service_tier: str | None = None) -> JsonObject | None:
    """The reverse; what is unknown is absent."""
    written = compact(
        {
            "promptTokenCount": usage.input,
            "candidatesTokenCount": difference(usage.output, usage.reasoning),
            "thoughtsTokenCount": usage.reasoning,
            "cachedContentTokenCount": usage.cached_input,
            "totalTokenCount": usage.total,
            "promptTokensDetails": _details(usage.audio_input, usage.input),
            "candidatesTokensDetails": _details(usage.audio_output, difference(usage.output, usage.reasoning)),
            "serviceTier": service_tier,
        }
    )
    return written or None


def read_tier(raw: Json) -> str | None:
    """The tier that served an answer, which stands beside its counts."""
    return text_or_none(raw.get("serviceTier")) if isinstance(raw, dict) else None


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in a 2xx body, or the error or the block in it."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    document = as_object(body)
    error = error_in_body(body, target) or read_block(document, target)
    if error is not None:
        return Failure(error)
    candidates = [item for item in as_list(document.get("candidates")) if isinstance(item, dict)]
    candidates.sort(key=lambda candidate: int_or_none(candidate.get("index")) or 0)
    if not candidates:
        return Failure(invalid("the answer has no candidates", target))
    ids = CallIds(target.nonce)
    first, *others = [_read_candidate(candidate, ids) for candidate in candidates]
    return Success(
        ChatResponse(
            parts=first.parts,
            finish_reason=first.finish_reason,
            logprobs=first.logprobs,
            choices=tuple(others),
            usage=read_usage(document.get("usageMetadata")),
            model=as_text(document.get("modelVersion")),
            provider=target.provider,
            id=as_text(document.get("responseId")),
            service_tier=read_tier(document.get("usageMetadata")),
        )
    )


def _read_candidate(candidate: JsonObject, ids: CallIds) -> Choice:
    parts = with_citations(read_answer(candidate, ids), candidate)
    return Choice(
        parts=parts,
        finish_reason=read_finish(candidate.get("finishReason"), parts),
        logprobs=read_logprobs(candidate),
    )


def read_block(document: JsonObject, target: Target) -> ContentFiltered | None:
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


def write_response(response: ChatResponse, call: ChatCall | None = None) -> JsonObject:
    """The whole answer as a body. What its model is to be called is known of the `call` it answers."""
    first = Choice(parts=response.parts, finish_reason=response.finish_reason, logprobs=response.logprobs)
    candidates: list[Json] = [write_choice(choice, at) for at, choice in enumerate((first, *response.choices))]
    return {"candidates": candidates, **write_tail(response, call)}


def write_choice(choice: Choice, index: int) -> JsonObject:
    """A whole candidate."""
    finish = write_finish(choice.finish_reason)
    return write_candidate(write_parts(choice.parts), index, finish, choice.parts, choice.logprobs)


def write_parts(parts: tuple[Part, ...]) -> list[Json]:
    """The parts of an answer; what only another dialect has words for is not among them."""
    unheard = Unsupported(Target("", ""))
    return [wire for part in parts if (wire := write_shown(part, unheard)) is not None]


def write_candidate(
    shown: list[Json],
    index: int,
    finish: str | None,
    parts: tuple[Part, ...] = (),
    logprobs: tuple[TokenLogprob, ...] = (),
) -> JsonObject:
    """A candidate that shows these parts; the sources are those in all its `parts`."""
    candidate = compact(
        {
            "content": {"role": "model", "parts": shown},
            "finishReason": finish,
            "index": index,
            "groundingMetadata": write_grounding(parts),
        }
    )
    return candidate | write_logprobs(logprobs)


def write_tail(response: ChatResponse, call: ChatCall | None) -> JsonObject:
    """What stands beside the candidates."""
    return compact(
        {
            "usageMetadata": write_usage(response.usage, response.service_tier),
            "modelVersion": (response.model if call is None else call.request.model) or None,
            "responseId": (response.id if call is None else call.answer_id(response.id, "")) or None,
        }
    )
