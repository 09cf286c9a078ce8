"""A whole answer of the Messages API and its token counts, both ways. Knows no stream.

The inclusion rule: on the wire `input_tokens` is without the cache; ours is the sum of it, `cache_read_input_tokens`
and `cache_creation_input_tokens`. `output_tokens` includes thinking on both sides. A stream's counts are cumulative:
what comes later replaces what came before.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.anthropic.content import (
    ORIGIN,
    own,
    read_answer_block,
    write_call,
    write_reasoning,
    write_text,
)
from pointsman.adapters.dialects.anthropic.errors import error_in_body
from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.core.chat.part import Citation, Part, ProviderPart, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason, Other, Warning
from pointsman.core.chat.usage import Usage, difference
from pointsman.core.error import InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, text_or_none


@attrs.define
class Counts:
    """The counts and the service tier as the wire has them, each None until it is told."""

    fresh: int | None = None
    written: int | None = None
    hourly: int | None = None
    read: int | None = None
    output: int | None = None
    thinking: int | None = None
    tier: str | None = None

    def take(self, value: object) -> None:
        """Replace what `value`, a usage object, tells."""
        usage = as_object(value)
        self.fresh = _later(usage, "input_tokens", self.fresh)
        writes = as_object(usage.get("cache_creation"))
        self.hourly = _later(writes, "ephemeral_1h_input_tokens", self.hourly)
        self.written = _later(usage, "cache_creation_input_tokens", _later_sum(writes, self.written))
        self.read = _later(usage, "cache_read_input_tokens", self.read)
        self.output = _later(usage, "output_tokens", self.output)
        self.tier = text_or_none(usage.get("service_tier")) or self.tier
        self.thinking = _later(as_object(usage.get("output_tokens_details")), "thinking_tokens", self.thinking)

    def begin(self, value: object) -> None:
        """Take the usage of `message_start`: its output is provisional, and a prompt of 0 tokens a placeholder."""
        self.take(value)
        self.output = None
        if self.fresh == 0 and not self.written and not self.read:
            self.fresh = None

    def usage(self) -> Usage:
        """The normal form."""
        whole = None if self.fresh is None else self.fresh + (self.written or 0) + (self.read or 0)
        return Usage(whole, self.output, self.read, self.written, self.thinking, cache_write_1h=self.hourly)


def _later(usage: JsonObject, name: str, known: int | None) -> int | None:
    told = count_or_none(usage.get(name))
    return known if told is None else told


def _later_sum(writes: JsonObject, known: int | None) -> int | None:
    """All that was written, where only its kinds are told."""
    kinds = [count for name in _KINDS if (count := count_or_none(writes.get(name))) is not None]
    return sum(kinds) if kinds else known


_KINDS = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def read_usage(value: object) -> Usage:
    """The usage object of a whole answer."""
    counts = Counts()
    counts.take(value)
    return counts.usage()


def write_usage(usage: Usage) -> JsonObject:
    """The usage object. Its two required counts are 0 where they are unknown: the vendor's clients take no null."""
    known = compact(
        {
            "cache_creation_input_tokens": usage.cache_write,
            "cache_creation": _write_kinds(usage),
            "cache_read_input_tokens": usage.cached_input,
            "output_tokens_details": None if usage.reasoning is None else {"thinking_tokens": usage.reasoning},
        }
    )
    fresh = difference(difference(usage.input, usage.cached_input), usage.cache_write)
    return {"input_tokens": fresh or 0, **known, "output_tokens": usage.output or 0}


def _write_kinds(usage: Usage) -> JsonObject | None:
    if usage.cache_write_1h is None:
        return None
    brief = difference(usage.cache_write, usage.cache_write_1h)
    return compact(dict(zip(_KINDS, (brief, usage.cache_write_1h), strict=True)))


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

_TIERS = frozenset({"standard", "priority", "batch"})


def read_finish(stop_reason: Json) -> FinishReason:
    """Why the answer ended; a reason that is missing is the unknown one with no name."""
    raw = as_text(stop_reason)
    return FINISHES.get(raw) or Other(raw)


def write_finish(response: ChatResponse) -> str | None:
    """The stop_reason; an answer with a refusal in it ended by refusal.

    A reason of another vendor is told as the plain end, for the vendor's clients know no others.
    """
    reason = response.finish_reason
    if reason is None:
        return None
    if reason is Finish.STOP and response.refusal is not None:
        return "refusal"
    if reason is Finish.STOP and response.stop_sequence is not None:
        return "stop_sequence"
    if isinstance(reason, Finish):
        return STOP_REASONS[reason]
    return "tool_use" if response.tool_calls else "end_turn"


def read_refusal(stop_details: Json) -> tuple[Warning, ...]:
    """Why the model refused, where the provider says it."""
    details = as_object(stop_details)
    words = [text for name in ("category", "explanation") if (text := text_or_none(details.get(name)))]
    return (Warning("refusal", ": ".join(words)),) if words else ()


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in the body of a 2xx reply, or the error that it holds."""
    message = as_object(body)
    if message.get("type") == "error" or message.get("error"):
        return Failure(error_in_body(message, target))
    problem = _problem(message)
    if problem is not None:
        return Failure(
            InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model)
        )
    return Success(
        ChatResponse(
            parts=tuple(read_answer_block(as_object(block)) for block in as_list(message["content"])),
            finish_reason=read_finish(message.get("stop_reason")),
            usage=read_usage(message.get("usage")),
            model=as_text(message.get("model")),
            provider=target.provider,
            id=as_text(message.get("id")),
            warnings=read_refusal(message.get("stop_details")),
            stop_sequence=text_or_none(message.get("stop_sequence")),
            service_tier=text_or_none(as_object(message.get("usage")).get("service_tier")),
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
            return _write_text(part)
        case Refusal(text):
            return {"type": "text", "text": text}
        case ToolCall():
            return write_call(part)
        case Reasoning(text, state, redacted):
            if redacted and own(state, "redacted_thinking") is None:
                return None
            return write_reasoning(part) or {"type": "thinking", "thinking": text, "signature": ""}
        case ProviderPart(dialect, wire) if dialect == ORIGIN:
            return wire
        case _:
            return None


def _write_text(part: Text) -> JsonObject:
    """Sources that another vendor names are told as results of a web search, which is what they mostly are."""
    block = write_text(part)
    if "citations" not in block and part.citations:
        block["citations"] = [_write_citation(citation) for citation in part.citations]
    return block


def _write_citation(citation: Citation) -> JsonObject:
    return {
        "type": "web_search_result_location",
        "url": citation.url or "",
        "title": citation.title,
        "cited_text": citation.quote or "",
        "encrypted_index": "",
    }


def write_response(response: ChatResponse, call: ChatCall) -> JsonObject:
    """The body of a 200 reply. Pictures and sound in an answer have no place on this wire."""
    return {
        **write_head(response.id, response.model, call),
        "content": list(_blocks(response)),
        "stop_reason": write_finish(response),
        "stop_sequence": response.stop_sequence,
        "usage": write_response_usage(response),
    }


def write_head(id: str, model: str, call: ChatCall) -> JsonObject:
    """The beginning of an answer. The model is called what the client asked for."""
    named = call.request.model or model
    return {"id": id or f"msg_{call.id}", "type": "message", "role": "assistant", "model": named}


def write_response_usage(response: ChatResponse) -> JsonObject:
    """The usage object, with the tier that served."""
    tier = response.service_tier if response.service_tier in _TIERS else None
    return compact({**write_usage(response.usage), "service_tier": tier})


def _blocks(response: ChatResponse) -> Iterator[JsonObject]:
    for part in response.parts:
        block = write_part(part)
        if block is not None:
            yield block
