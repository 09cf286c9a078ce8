"""Whole answers of Gemini, both ways. Streams are made of the same chunks."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.gemini.content import CallIds, write_shown
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.grounding import with_citations, write_grounding
from pointsman.adapters.dialects.gemini.logprobs import read_logprobs, write_logprobs
from pointsman.adapters.dialects.gemini.messages import read_answer
from pointsman.adapters.dialects.gemini.usage import read_finish, read_tier, read_usage, write_finish, write_usage
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.part import Part
from pointsman.core.chat.response import ChatResponse, Choice, TokenLogprob
from pointsman.core.error import ContentFiltered, InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, int_or_none, text_or_none


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


def invalid(problem: str, target: Target) -> InvalidResponse:
    """`problem` as the error of a server whose answer is none."""
    return InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)


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
