"""Ollama's text completion, whole and streamed: generate."""

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
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request
from pointsman.adapters.dialects.ollama.completion_chat import (
    OLLAMA_GENERATE_CHAT,
    line_with,
    message_in,
    needs_chat,
)
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.adapters.dialects.ollama.inbound import close_body, read_model
from pointsman.adapters.dialects.ollama.parameters import PARAMETERS
from pointsman.adapters.dialects.ollama.passthrough import forward_completion
from pointsman.adapters.dialects.ollama.response import read_finish, read_usage, write_finish, write_time
from pointsman.adapters.dialects.ollama.stream_reader import OllamaReader
from pointsman.adapters.dialects.ollama.stream_writer import OllamaWriter
from pointsman.adapters.dialects.parameters import join_extra, read_parameters, write_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import InvalidRequest, InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_object, as_text, compact

_NO_TEXT = "the answer has no response text"
_FIELDS = (*("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "max_tokens", "stop", "seed"),)
COMPLETION_PARAMETERS = {field: PARAMETERS[field] for field in _FIELDS}
"""Those of chat that completions have, under the same names."""


def write_request(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """`POST /api/generate`, whole."""
    unsupported = Unsupported(target)
    fields = {field: getattr(request, field) for field in (*_FIELDS, "logit_bias", "n")}
    chat = ChatRequest(request.model, (), **fields)
    body = compact({"model": target.model, "prompt": request.prompt, "suffix": request.suffix, "stream": False})
    body |= write_parameters(COMPLETION_PARAMETERS, chat, unsupported)
    return unsupported.close(chat, WireRequest("/api/generate", join_extra(body, request.extra, unsupported)))


def write_streamed(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The same, streamed."""
    return write_request(request, target).map(
        lambda wire: attrs.evolve(wire, body={**(wire.body or {}), "stream": True})
    )


def read_response(body: Json, target: Target) -> Result[Completion, ProviderError]:
    """The text in a 2xx body, or the error in it."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    if not isinstance(document.get("response"), str):
        return Failure(
            InvalidResponse(detail=_NO_TEXT, problems=(_NO_TEXT,), provider=target.provider, model=target.model or None)
        )
    return Success(
        Completion(
            text=as_text(document.get("response")),
            finish_reason=read_finish(document.get("done_reason"), ()),
            usage=read_usage(document),
            model=as_text(document.get("model")),
            provider=target.provider,
        )
    )


def read_request(inbound: Inbound) -> Result[CompletionCall, InvalidRequest]:
    """What a client wants continued; Ollama streams unless it is told not to."""
    log = ReadLog()
    body = ObjectReader(inbound.body, "", log)
    request = CompletionRequest(
        read_model(body, inbound),
        body.text("prompt") or "",
        suffix=body.text("suffix") or None,
        **read_parameters(COMPLETION_PARAMETERS, body),
    )
    stream = body.flag("stream") is not False
    close_body(body)
    if log.problems:
        return Failure(invalid_request(log, request.model))
    return Success(InboundCall(request, stream, untranslated=log.list_untranslated))


def write_response(completion: Completion, call: CompletionCall) -> JsonObject:
    """One completion."""
    return {
        "model": call.request.model,
        "created_at": write_time(call.at),
        "response": completion.text,
        "done": True,
        "done_reason": write_finish(completion.finish_reason),
        **compact({"prompt_eval_count": completion.usage.input, "eval_count": completion.usage.output}),
    }


OLLAMA_COMPLETE = CompletionCodec(
    write_request=write_request,
    read_response=read_response,
    read_request=read_request,
    write_response=write_response,
    write_streamed=write_streamed,
    open_reader=lambda target: OllamaReader(target, message_in),
    open_writer=lambda call: OllamaWriter(call, line_with),
    needs_chat=needs_chat,
    chat=OLLAMA_GENERATE_CHAT,
    forward=forward_completion,
)
"""`POST /api/generate`: lines as those of chat, with a `response` in the place of a message."""
