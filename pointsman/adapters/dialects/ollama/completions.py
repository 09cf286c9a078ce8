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
from pointsman.adapters.dialects.ollama.completion_chat import OLLAMA_GENERATE_CHAT, line_with, needs_chat
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.adapters.dialects.ollama.response import CREATED_AT, read_finish, read_usage, write_finish
from pointsman.adapters.dialects.ollama.stream_reader import OllamaReader, OllamaWriter
from pointsman.core.completion import Completion, CompletionRequest
from pointsman.core.error import InvalidRequest, InvalidResponse, ProviderError
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

_NO_TEXT = "the answer has no response text"


def _write_request(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    stop: list[Json] = list(request.stop)
    options = compact(
        {
            "temperature": request.temperature,
            "top_p": request.top_p,
            "num_predict": request.max_tokens,
            "seed": request.seed,
            "stop": stop or None,
        }
    )
    body = compact(
        {
            "model": target.model,
            "prompt": request.prompt,
            "suffix": request.suffix,
            "stream": False,
            "options": options or None,
        }
    )
    return Success(WireRequest("/api/generate", {**body, **request.extra}))


def _write_streamed(request: CompletionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    return _write_request(request, target).map(
        lambda wire: attrs.evolve(wire, body={**(wire.body or {}), "stream": True})
    )


def _read_response(body: Json, target: Target) -> Result[Completion, ProviderError]:
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


def _read_asked(inbound: Inbound) -> Result[CompletionCall, InvalidRequest]:
    """What a client wants continued; Ollama streams unless it is told not to."""
    return _read_request(inbound).map(
        lambda request: InboundCall(request, stream=inbound.body.get("stream") is not False)
    )


def _read_request(inbound: Inbound) -> Result[CompletionRequest, InvalidRequest]:
    body, options = inbound.body, as_object(inbound.body.get("options"))
    stop = options.get("stop")
    return Success(
        CompletionRequest(
            as_text(body.get("model")),
            as_text(body.get("prompt")),
            suffix=text_or_none(body.get("suffix")),
            temperature=float_or_none(options.get("temperature")),
            top_p=float_or_none(options.get("top_p")),
            max_tokens=int_or_none(options.get("num_predict")),
            seed=int_or_none(options.get("seed")),
            stop=(stop,) if isinstance(stop, str) else tuple(as_text(item) for item in as_list(stop) if as_text(item)),
        )
    )


def _write_response(completion: Completion) -> JsonObject:
    return {
        "model": completion.model,
        "created_at": CREATED_AT,
        "response": completion.text,
        "done": True,
        "done_reason": write_finish(completion.finish_reason),
        **compact({"prompt_eval_count": completion.usage.input, "eval_count": completion.usage.output}),
    }


def _said_in(line: JsonObject) -> Json:
    """What a line says, as a message of chat."""
    return {"content": line.get("response"), "thinking": line.get("thinking")}


def _open_writer(asked: CompletionCall) -> OllamaWriter:
    return OllamaWriter(asked.request.model, line_with)


OLLAMA_COMPLETE = CompletionCodec(
    write_request=_write_request,
    read_response=_read_response,
    read_request=_read_asked,
    write_response=lambda answer, call: _write_response(answer),
    write_streamed=_write_streamed,
    open_reader=lambda target: OllamaReader(target, _said_in),
    open_writer=_open_writer,
    needs_chat=needs_chat,
    chat=OLLAMA_GENERATE_CHAT,
)
"""`POST /api/generate`: lines as those of chat, with a `response` in the place of a message."""
