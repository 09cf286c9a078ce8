"""OpenAI's old completions endpoint, both ways: a prompt continued, or filled in before a suffix."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    CompletionCall,
    CompletionCodec,
    Inbound,
    InboundCall,
    Target,
    WireRequest,
    WriteFailure,
)
from pointsman.adapters.dialects.openai_chat.completion_streams import open_reader, open_writer
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_chat.response import choice_error, invalid
from pointsman.adapters.dialects.openai_chat.usage import read_finish, read_usage, write_finish, write_usage
from pointsman.core.completion import Completion, CompletionRequest
from pointsman.core.error import InvalidRequest, ProviderError, UnsupportedFeature
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    float_or_none,
    int_or_none,
    text_or_none,
)
from pointsman.core.response import Warning

_UNSET: dict[str, Any] = {"temperature": None, "top_p": None, "max_tokens": None, "stop": (), "seed": None}
_KNOWN = frozenset((*_UNSET, "model", "prompt", "suffix", "random_seed", "stream", "stream_options"))


def write_request(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`. Parameters that the provider lacks are left out with a warning, a suffix is refused."""
    quirks = target.quirks
    if request.suffix is not None and "suffix" in quirks.lacks:
        detail = "it cannot fill in before a suffix"
        return Failure(
            UnsupportedFeature(detail=detail, feature="suffix", provider=target.provider, model=target.model)
        )
    lost = {name: unset for name, unset in _UNSET.items() if name in quirks.lacks and getattr(request, name) != unset}
    asked = attrs.evolve(request, **lost)
    body = compact(
        {
            "model": target.model,
            "prompt": asked.prompt,
            "suffix": asked.suffix,
            "temperature": asked.temperature,
            "top_p": asked.top_p,
            "max_tokens": asked.max_tokens,
            "stop": [*asked.stop] or None,
            quirks.seed_field: asked.seed,
        }
    )
    warnings = tuple(Warning(name, f"{target.provider} does not take {name}; it was left out") for name in lost)
    return Success(WireRequest("/completions", {**body, **request.extra}, warnings=warnings))


def write_streamed(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """As `write_request`, for a stream, at whose end usage is asked for."""
    usage: JsonObject = {"stream_options": {"include_usage": True}} if target.quirks.stream_usage else {}
    return write_request(request, target).map(
        lambda wire: attrs.evolve(wire, body={**(wire.body or {}), "stream": True, **usage})
    )


def read_response(body: Json, target: Target) -> Result[Completion, ProviderError]:
    """The first choice's text."""
    answer = as_object(body)
    choice = next((choice for choice in as_list(answer.get("choices")) if isinstance(choice, dict)), None)
    error = error_in_body(body, target) or (choice_error(choice, target) if choice is not None else None)
    if error is not None:
        return Failure(error)
    if choice is None or not isinstance(choice.get("text"), str):
        return Failure(invalid("the answer has no choice with a text", target))
    return Success(
        Completion(
            text=as_text(choice["text"]),
            finish_reason=read_finish(choice.get("finish_reason"), ()),
            usage=read_usage(answer.get("usage")),
            model=as_text(answer.get("model")),
            provider=target.provider,
            id=as_text(answer.get("id")),
        )
    )


def read_request(inbound: Inbound) -> Result[CompletionRequest, InvalidRequest]:
    """What a client wants continued: one text; a list is taken where it holds one."""
    body = inbound.body
    prompts = as_list(body.get("prompt")) or [body.get("prompt")]
    model = inbound.model or as_text(body.get("model"))
    prompt = prompts[0] if len(prompts) == 1 else None
    found = ((not model, "model: it is missing"), (not isinstance(prompt, str), "prompt: one text is needed"))
    problems = tuple(problem for wrong, problem in found if wrong)
    if problems:
        return Failure(InvalidRequest(detail="; ".join(problems), problems=problems, model=model or None))
    stop = body.get("stop")
    seed = int_or_none(body.get("seed"))
    return Success(
        CompletionRequest(
            model,
            as_text(prompt),
            suffix=text_or_none(body.get("suffix")),
            temperature=float_or_none(body.get("temperature")),
            top_p=float_or_none(body.get("top_p")),
            max_tokens=int_or_none(body.get("max_tokens")),
            stop=tuple(text for text in ([stop] if isinstance(stop, str) else as_list(stop)) if isinstance(text, str)),
            seed=seed if seed is not None else int_or_none(body.get("random_seed")),
            extra={name: value for name, value in body.items() if name not in _KNOWN},
        )
    )


def read_call(inbound: Inbound) -> Result[CompletionCall, InvalidRequest]:
    """What a client wants continued, and how it wants to be told."""
    body = inbound.body
    stream = inbound.stream if inbound.stream is not None else body.get("stream") is True
    usage = not stream or as_object(body.get("stream_options")).get("include_usage") is True
    return read_request(inbound).map(lambda request: InboundCall(request, stream, usage))


def write_response(completion: Completion) -> JsonObject:
    """One completion with one choice. `created` is 0: a dialect has no clock."""
    choice: JsonObject = {
        "text": completion.text,
        "index": 0,
        "logprobs": None,
        "finish_reason": write_finish(completion.finish_reason, ()),
    }
    written: JsonObject = {
        "id": completion.id,
        "object": "text_completion",
        "created": 0,
        "model": completion.model,
        "choices": [choice],
    }
    return written | compact({"usage": write_usage(completion.usage)})


OPENAI_COMPLETE = CompletionCodec(
    write_request=write_request,
    read_response=read_response,
    read_request=read_call,
    write_response=lambda answer, call: write_response(answer),
    write_streamed=write_streamed,
    open_reader=open_reader,
    open_writer=open_writer,
)
