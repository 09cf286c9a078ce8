"""OpenAI chat answers, both ways: the body of one completion, its token counts and its reasons to end.

Streams are read into the same `PartialResponse`.

Inclusion rule: `prompt_tokens` holds the cached and cache-written ones, `completion_tokens` the reasoning. Some servers
(xAI) count reasoning beside `completion_tokens`: they are told by a total that holds all three.
"""

from __future__ import annotations

from decimal import Decimal

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.media_types import read_base64, write_base64
from pointsman.adapters.dialects.openai_chat.content import (
    read_audio,
    read_citations,
    read_image,
    write_citations,
    write_url,
)
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_chat.tool_calls import (
    details_of,
    read_calls,
    reasoning_part,
    reasoning_text,
    write_call,
)
from pointsman.adapters.dialects.think_tags import split_thoughts
from pointsman.core.chat.part import Audio, FileId, Image, Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Choice, Finish, FinishReason, Other, TokenLogprob, Warning
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import InvalidResponse, ModelUnavailable, ProviderError
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
    if finish is not Finish.STOP or _is_text(parts):
        return finish
    if any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    return Finish.REFUSAL if any(isinstance(part, Refusal) for part in parts) else finish


def _is_text(parts: tuple[Part, ...]) -> bool:
    """Whether an answer is one text, as most are."""
    return len(parts) == 1 and type(parts[0]) is Text


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


NAMELESS = Warning("tool_calls", "the model called a tool without naming it")
UNFILTERED = Warning("content_filter", "the provider's content filter was down; the answer was not filtered")


@attrs.define
class PartialResponse:
    """An answer taken apart: what its parts are made of, in the order in which the wire has no say."""

    text: str = ""
    annotations: list[Json] = attrs.field(factory=list)
    reasoning: str = ""
    details: list[Json] = attrs.field(factory=list)
    refusal: str = ""
    sound: bytes = b""
    transcript: str = ""
    images: list[Json] = attrs.field(factory=list)
    calls: list[ToolCall] = attrs.field(factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but a text, as in most answers."""
        beside = self.annotations or self.reasoning or self.details or self.refusal or self.sound or self.images
        return not (beside or self.calls)

    def parts(self) -> tuple[Part, ...]:
        """The parts, in the order: reasoning, text, refusal, sound, pictures, calls."""
        if self.is_plain:
            return (Text(self.text),) if self.text else ()
        thoughts = reasoning_part(self.reasoning, self.details)
        pictures = (read_image(as_object(item).get("image_url")) for item in self.images)
        found: list[Part | None] = [
            thoughts,
            Text(self.text, citations=read_citations(self.annotations)) if self.text else None,
            Refusal(self.refusal) if self.refusal else None,
            read_audio(self.sound, self.transcript) if self.sound else None,
            *pictures,
            *self.calls,
        ]
        return tuple(part for part in found if part is not None)


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in a 2xx body; an error inside it, and a body without an answer, are failures."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    answer = as_object(body)
    choices = [choice for choice in as_list(answer.get("choices")) if isinstance(choice, dict)]
    if len(choices) > 1:
        choices.sort(key=lambda choice: int_or_none(choice.get("index")) or 0)
    if not choices:
        return Failure(invalid("the answer has no choices", target))
    choice = choices[0]
    broken = choice_error(choice, target)
    if broken is not None:
        return Failure(broken)
    if not isinstance(choice.get("message"), dict) and choice.get("finish_reason") != "content_filter":
        return Failure(invalid("the first choice of the answer has no message", target))
    first = _read_choice(choice, target)
    return Success(
        ChatResponse(
            parts=first.parts,
            finish_reason=first.finish_reason,
            logprobs=first.logprobs,
            choices=tuple(_read_choice(each, target) for each in choices[1:]),
            usage=read_usage(answer.get("usage")),
            model=as_text(answer.get("model")),
            provider=target.provider,
            id=as_text(answer.get("id")),
            service_tier=text_or_none(answer.get("service_tier")),
            stop_sequence=read_stop(choice),
            warnings=warnings_about(choice, first.parts),
        )
    )


def _read_choice(choice: JsonObject, target: Target) -> Choice:
    message = as_object(choice.get("message"))
    parts = _read_plain(message, target) or read_draft(message, target).parts()
    return Choice(
        parts=parts,
        finish_reason=read_finish(choice.get("finish_reason"), parts),
        logprobs=read_logprobs(choice.get("logprobs")),
    )


def _read_plain(message: JsonObject, target: Target) -> tuple[Part, ...]:
    """The one text that most answers are; nothing where there may be more to it."""
    text = message.get("content")
    if not isinstance(text, str) or not text or (target.quirks.think_tags and "<" in text):
        return ()
    for name, value in message.items():
        if value and name != "content" and name != "role":
            return ()
    return (Text(text),)


def read_stop(choice: JsonObject) -> str | None:
    """The stop sequence that ended a choice, which vLLM tells and OpenAI does not."""
    return text_or_none(choice.get("stop_reason"))


def choice_error(choice: JsonObject, target: Target) -> ProviderError | None:
    """The error inside a choice (OpenRouter), or the bare word of it in place of a finish reason."""
    error = error_in_body(choice, target) if choice.get("error") else None
    if error is None and choice.get("finish_reason") == "error":
        error = ModelUnavailable(
            detail="the answer broke off with an error", provider=target.provider, model=target.model or None
        )
    return error


def warnings_about(choice: JsonObject, parts: tuple[Part, ...]) -> tuple[Warning, ...]:
    """What the caller should know of an answer that was read."""
    unfiltered = bool(as_object(choice.get("content_filter_results")).get("error"))
    if not unfiltered and _is_text(parts):
        return ()
    nameless = any(isinstance(part, ToolCall) and not part.name for part in parts)
    known = ((nameless, NAMELESS), (unfiltered, UNFILTERED))
    return tuple(warning for is_so, warning in known if is_so)


def invalid(problem: str, target: Target) -> InvalidResponse:
    """`problem` as the error of a server whose answer is none."""
    return InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)


def read_draft(message: JsonObject, target: Target) -> PartialResponse:
    """A whole message taken apart."""
    text, reasoning, refusal = read_said(message.get("content"))
    thoughts = reasoning_text(message) + reasoning
    if target.quirks.think_tags:
        inline, text = split_thoughts(text)
        thoughts += inline
    sound = as_object(message.get("audio"))
    return PartialResponse(
        text=text,
        annotations=as_list(message.get("annotations")),
        reasoning=thoughts,
        details=as_list(message.get("reasoning_details")),
        refusal=as_text(message.get("refusal")) + refusal,
        sound=(read_base64(as_text(sound.get("data"))) or b"") if sound else b"",
        transcript=as_text(sound.get("transcript")),
        images=as_list(message.get("images")),
        calls=read_calls(message, target.nonce),
    )


def read_said(content: Json) -> tuple[str, str, str]:
    """Text, reasoning and refusal in a content that is text, or Mistral's list of chunks."""
    if isinstance(content, str):
        return content, "", ""
    text = reasoning = refusal = ""
    for item in as_list(content):
        chunk = as_object(item)
        thoughts = chunk.get("thinking")
        text += as_text(item) + as_text(chunk.get("text"))
        reasoning += as_text(thoughts) + "".join(as_text(as_object(step).get("text")) for step in as_list(thoughts))
        refusal += as_text(chunk.get("refusal"))
    return text, reasoning, refusal


def write_response(response: ChatResponse, call: ChatCall | None = None) -> JsonObject:
    """One completion. What it is to be called, and when it was made, is known of the `call` it answers."""
    first = Choice(parts=response.parts, finish_reason=response.finish_reason, logprobs=response.logprobs)
    written: JsonObject = {
        "id": response.id if call is None else call.answer_id(response.id, "chatcmpl-"),
        "object": "chat.completion",
        "created": 0 if call is None else int(call.at),
        "model": response.model if call is None else call.request.model,
        "choices": [_write_choice(choice, at) for at, choice in enumerate((first, *response.choices))],
    }
    return written | compact({"usage": write_usage(response.usage), "service_tier": response.service_tier})


def _write_choice(choice: Choice, index: int) -> JsonObject:
    return {
        "index": index,
        "message": write_message(choice.parts),
        "logprobs": write_logprobs(choice.logprobs),
        "finish_reason": write_finish(choice.finish_reason, choice.parts),
    }


def write_message(parts: tuple[Part, ...]) -> JsonObject:
    """An answer as the message it is."""
    texts = [part for part in parts if isinstance(part, Text)]
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    thoughts = "".join(part.text for part in parts if isinstance(part, Reasoning))
    calls = [part for part in parts if isinstance(part, ToolCall)]
    message: JsonObject = {
        "role": "assistant",
        "content": "".join(text.text for text in texts) or None,
        "refusal": "".join(refusals) or None,
    }
    annotations = write_citations(tuple(citation for text in texts for citation in text.citations))
    if annotations:
        message["annotations"] = annotations
    if thoughts:
        message["reasoning_content"] = thoughts
    for part in parts:
        message |= write_extra(part, message)
    if calls:
        message["tool_calls"] = [write_call(call) for call in calls]
    return message


def write_extra(part: Part, message: JsonObject) -> JsonObject:
    """The fields for sound, pictures and OpenRouter's state; added to those that `message` has already."""
    if isinstance(part, Audio):
        sound = write_base64(part.data)
        return {"audio": {"id": "audio_0", "data": sound, "transcript": part.transcript or "", "expires_at": 0}}
    if isinstance(part, Image) and not isinstance(part.source, FileId):
        url: JsonObject = {"url": write_url(part.source, picture=True)}
        return {"images": [*as_list(message.get("images")), {"type": "image_url", "image_url": url}]}
    if isinstance(part, Reasoning) and part.state is not None and part.state.origin == "openrouter":
        return {"reasoning_details": [*as_list(message.get("reasoning_details")), *details_of(part.state)]}
    return {}


def read_logprobs(value: Json) -> tuple[TokenLogprob, ...]:
    """The tokens of an answer with their log probabilities."""
    return () if value is None else tuple(map(_read_token, as_list(as_object(value).get("content"))))


def _read_token(value: Json) -> TokenLogprob:
    token = as_object(value)
    data = token.get("bytes")
    numbers = [number for number in data if isinstance(number, int)] if isinstance(data, list) else None
    return TokenLogprob(
        as_text(token.get("token")),
        float_or_none(token.get("logprob")) or 0.0,
        None if numbers is None else bytes(number & 255 for number in numbers),
        tuple(map(_read_token, as_list(token.get("top_logprobs")))),
    )


def write_logprobs(tokens: tuple[TokenLogprob, ...]) -> JsonObject | None:
    """As `read_logprobs`; None where nothing is known."""
    return {"content": [_write_token(token) for token in tokens], "refusal": None} if tokens else None


def _write_token(token: TokenLogprob, *, alternative: bool = False) -> JsonObject:
    data: Json = None if token.data is None else [*token.data]
    written: JsonObject = {"token": token.token, "logprob": token.logprob, "bytes": data}
    if not alternative:
        written["top_logprobs"] = [_write_token(each, alternative=True) for each in token.alternatives]
    return written
