"""OpenAI's old completions endpoint, both ways: a prompt continued, or filled in before a suffix."""

from __future__ import annotations

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
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request, read_model_name
from pointsman.adapters.dialects.openai_chat.completion_streams import open_reader, open_writer
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_chat.inbound import read_streaming
from pointsman.adapters.dialects.openai_chat.parameters import PARAMETERS
from pointsman.adapters.dialects.openai_chat.passthrough import forward_completion
from pointsman.adapters.dialects.openai_chat.request import stream_fields
from pointsman.adapters.dialects.openai_chat.response import choice_error, read_finish, write_finish
from pointsman.adapters.dialects.openai_chat.usage import read_usage, write_usage
from pointsman.adapters.dialects.parameters import join_extra, read_parameters, write_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import Choice
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, int_or_none

_FIELDS = (
    *("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "logit_bias", "n", "max_tokens"),
    *("stop", "seed"),
)
COMPLETION_PARAMETERS = {field: PARAMETERS[field] for field in _FIELDS}
"""Those of chat that completions have, under the same names."""


def write_request(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`. Parameters that the provider lacks are left out with a warning, a suffix is refused."""
    older = attrs.evolve(target, quirks=attrs.evolve(target.quirks, max_tokens_field="max_tokens"))
    unsupported = Unsupported(older)
    if request.suffix is not None and "suffix" in target.quirks.lacks:
        unsupported.fail("suffix")
    chat = ChatRequest(request.model, (), **{field: getattr(request, field) for field in _FIELDS})
    body = compact({"model": target.model, "prompt": request.prompt, "suffix": request.suffix})
    body |= write_parameters(COMPLETION_PARAMETERS, chat, unsupported)
    return unsupported.close(chat, WireRequest("/completions", join_extra(body, request.extra, unsupported)))


def write_streamed(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """As `write_request`, for a stream, at whose end usage is asked for."""
    return write_request(request, target).map(
        lambda wire: attrs.evolve(wire, body={**(wire.body or {}), **stream_fields(target, True)})
    )


def read_response(body: Json, target: Target) -> Result[Completion, ProviderError]:
    """The text of the first choice, and those of the others."""
    answer = as_object(body)
    choices = [choice for choice in as_list(answer.get("choices")) if isinstance(choice, dict)]
    choices.sort(key=lambda choice: int_or_none(choice.get("index")) or 0)
    choice = choices[0] if choices else None
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
            choices=tuple(map(_read_choice, choices[1:])),
        )
    )


def _read_choice(choice: JsonObject) -> Choice:
    text = as_text(choice.get("text"))
    return Choice(parts=(Text(text),) if text else (), finish_reason=read_finish(choice.get("finish_reason"), ()))


def read_request(inbound: Inbound) -> Result[CompletionCall, InvalidRequest]:
    """What a client wants continued, and how it wants to be told.

    Several prompts, and prompts of token ids, reach only a provider of this dialect: our type holds one text.
    """
    body = ObjectReader(inbound.body, "", log := ReadLog())
    model = read_model_name(inbound, body)
    request = CompletionRequest(
        model,
        _read_prompt(body),
        suffix=body.text("suffix") or None,
        **read_parameters(COMPLETION_PARAMETERS, body),
    )
    streams, usage = read_streaming(body, inbound)
    body.close()
    if log.problems:
        return Failure(invalid_request(log, model))
    return Success(InboundCall(request, streams, usage, log.list_untranslated))


def _read_prompt(body: ObjectReader) -> str:
    value = body.raw("prompt")
    prompts = value if isinstance(value, list) else [value]
    if len(prompts) == 1 and isinstance(prompts[0], str):
        return prompts[0]
    if not prompts or not all(isinstance(prompt, (str, int, list)) for prompt in prompts):
        body.problem("prompt", "a text, a list of texts or token ids is needed")
    body.log.add_untranslated("prompt (several, or token ids)", essential=True)
    return ""


def write_response(completion: Completion, call: CompletionCall | None = None) -> JsonObject:
    """One completion. What it is to be called, and when it was made, is known of the `call` it answers."""
    first = Choice(parts=(Text(completion.text),), finish_reason=completion.finish_reason)
    written: JsonObject = {
        "id": completion.id if call is None else call.answer_id(completion.id, "cmpl-"),
        "object": "text_completion",
        "created": 0 if call is None else int(call.at),
        "model": completion.model if call is None else call.request.model,
        "choices": [_write_choice(choice, at) for at, choice in enumerate((first, *completion.choices))],
    }
    return written | compact({"usage": write_usage(completion.usage)})


def _write_choice(choice: Choice, index: int) -> JsonObject:
    finish = write_finish(choice.finish_reason, ())
    return {"text": choice.text, "index": index, "logprobs": None, "finish_reason": finish}


OPENAI_COMPLETE = CompletionCodec(
    write_request=write_request,
    read_response=read_response,
    read_request=read_request,
    write_response=write_response,
    write_streamed=write_streamed,
    open_reader=open_reader,
    open_writer=open_writer,
    forward=forward_completion,
)
