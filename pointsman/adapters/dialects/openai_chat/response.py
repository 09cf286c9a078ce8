"""OpenAI chat answers, both ways: the JSON body of one completion. Streams are read into the same `Draft`."""

from __future__ import annotations

import base64

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.openai_chat.content import decoded, read_image, spoken, write_part
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_chat.tool_calls import (
    details_of,
    read_calls,
    reasoning_part,
    reasoning_text,
    write_call,
)
from pointsman.adapters.dialects.openai_chat.usage import read_finish, read_usage, write_finish, write_usage
from pointsman.adapters.dialects.think_tags import split_thoughts
from pointsman.core.error import InvalidResponse, ModelUnavailable, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, int_or_none
from pointsman.core.part import Audio, Image, Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.response import ChatResponse, Warning

SEVERAL = Warning("n", "the server sent several choices; the first is read, the others are left out")
NAMELESS = Warning("tool_calls", "the model called a tool without naming it")
UNFILTERED = Warning("content_filter", "the provider's content filter was down; the answer was not filtered")


@attrs.define
class Draft:
    """An answer taken apart: what its parts are made of, in the order in which the wire has no say."""

    text: str = ""
    reasoning: str = ""
    details: list[Json] = attrs.field(factory=list)
    refusal: str = ""
    sound: bytes = b""
    transcript: str = ""
    images: list[Json] = attrs.field(factory=list)
    calls: list[ToolCall] = attrs.field(factory=list)

    def parts(self) -> tuple[Part, ...]:
        """The parts, in the order: reasoning, text, refusal, sound, pictures, calls."""
        thoughts = reasoning_part(self.reasoning, self.details)
        pictures = (read_image(as_object(item).get("image_url")) for item in self.images)
        found: list[Part | None] = [
            thoughts,
            Text(self.text) if self.text else None,
            Refusal(self.refusal) if self.refusal else None,
            spoken(self.sound, self.transcript) if self.sound else None,
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
    choice = next((choice for choice in choices if not int_or_none(choice.get("index"))), None)
    if choice is None:
        return Failure(invalid("the answer has no choices", target))
    broken = choice_error(choice, target)
    if broken is not None:
        return Failure(broken)
    if not isinstance(choice.get("message"), dict):
        return Failure(invalid("the first choice of the answer has no message", target))
    parts = read_draft(as_object(choice["message"]), target.quirks.think_tags).parts()
    return Success(
        ChatResponse(
            parts=parts,
            finish_reason=read_finish(choice.get("finish_reason"), parts),
            usage=read_usage(answer.get("usage")),
            model=as_text(answer.get("model")),
            provider=target.provider,
            id=as_text(answer.get("id")),
            warnings=warnings_about(choice, parts, len(choices) > 1),
        )
    )


def choice_error(choice: JsonObject, target: Target) -> ProviderError | None:
    """The error inside a choice (OpenRouter), or the bare word of it in place of a finish reason."""
    error = error_in_body(choice, target) if choice.get("error") else None
    if error is None and choice.get("finish_reason") == "error":
        error = ModelUnavailable(
            detail="the answer broke off with an error", provider=target.provider, model=target.model or None
        )
    return error


def warnings_about(choice: JsonObject, parts: tuple[Part, ...], several: bool) -> tuple[Warning, ...]:
    """What the caller should know of an answer that was read."""
    nameless = any(isinstance(part, ToolCall) and not part.name for part in parts)
    unfiltered = bool(as_object(choice.get("content_filter_results")).get("error"))
    found = ((several, SEVERAL), (nameless, NAMELESS), (unfiltered, UNFILTERED))
    return tuple(warning for given, warning in found if given)


def invalid(problem: str, target: Target) -> InvalidResponse:
    """`problem` as the error of a server whose answer is none."""
    return InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)


def read_draft(message: JsonObject, think_tags: bool) -> Draft:
    """A whole message taken apart."""
    text, reasoning, refusal = read_said(message.get("content"))
    thoughts = reasoning_text(message) + reasoning
    if think_tags:
        inline, text = split_thoughts(text)
        thoughts += inline
    sound = as_object(message.get("audio"))
    return Draft(
        text=text,
        reasoning=thoughts,
        details=as_list(message.get("reasoning_details")),
        refusal=as_text(message.get("refusal")) + refusal,
        sound=decoded(as_text(sound.get("data"))) or b"",
        transcript=as_text(sound.get("transcript")),
        images=as_list(message.get("images")),
        calls=read_calls(message),
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


def write_response(response: ChatResponse) -> JsonObject:
    """One completion with one choice. `created` is 0: a dialect has no clock."""
    choice: JsonObject = {
        "index": 0,
        "message": _write_message(response),
        "logprobs": None,
        "finish_reason": write_finish(response.finish_reason, response.parts),
    }
    written: JsonObject = {
        "id": response.id,
        "object": "chat.completion",
        "created": 0,
        "model": response.model,
        "choices": [choice],
    }
    return written | compact({"usage": write_usage(response.usage)})


def _write_message(response: ChatResponse) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": response.text or None, "refusal": response.refusal}
    if response.reasoning:
        message["reasoning_content"] = response.reasoning
    for part in response.parts:
        message |= write_extra(part, message)
    if response.tool_calls:
        message["tool_calls"] = [write_call(call) for call in response.tool_calls]
    return message


def write_extra(part: Part, message: JsonObject) -> JsonObject:
    """The fields for sound, pictures and OpenRouter's state; added to those that `message` has already."""
    if isinstance(part, Audio):
        sound = base64.b64encode(part.source.data).decode()
        return {"audio": {"id": "audio_0", "data": sound, "transcript": part.transcript or "", "expires_at": 0}}
    if isinstance(part, Image):
        return {"images": [*as_list(message.get("images")), write_part(part)]}
    if isinstance(part, Reasoning) and part.state is not None and part.state.origin == "openrouter":
        return {"reasoning_details": [*as_list(message.get("reasoning_details")), *details_of(part.state)]}
    return {}
