"""OpenAI's Responses API, as one record. Source: platform.openai.com/docs/api-reference/responses."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    ChatCodec,
    Codec,
    Dialect,
    Inbound,
    InboundCall,
    Route,
    Target,
    WireRequest,
    WriteFailure,
)
from pointsman.adapters.dialects.openai_chat.embeddings import OPENAI_EMBED
from pointsman.adapters.dialects.openai_chat.errors import error_in_body, read_openai_error, write_openai_error
from pointsman.adapters.dialects.openai_chat.models import OPENAI_MODELS
from pointsman.adapters.dialects.openai_chat.transcriptions import OPENAI_TRANSCRIBE
from pointsman.adapters.dialects.openai_responses.request import read_request, write_count_body, write_request
from pointsman.adapters.dialects.openai_responses.response import invalid, read_response, write_response
from pointsman.adapters.dialects.openai_responses.stream_reader import ResponsesReader
from pointsman.adapters.dialects.openai_responses.stream_writer import ResponsesWriter
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import Json, as_object, count_or_none
from pointsman.core.request import ChatRequest


def _write_count(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    unsupported = Unsupported(target)
    return unsupported.close(
        request, WireRequest("/responses/input_tokens", write_count_body(request, target, unsupported))
    )


def _read_count(body: Json, target: Target) -> Result[int, ProviderError]:
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    tokens = count_or_none(as_object(body).get("input_tokens"))
    return Failure(invalid("the answer has no input_tokens", target)) if tokens is None else Success(tokens)


def _count_asked(inbound: Inbound) -> Result[ChatRequest, InvalidRequest]:
    return read_request(inbound).map(lambda asked: asked.request)


OPENAI_RESPONSES = Dialect(
    name="openai-responses",
    framing="sse",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=ResponsesReader,
        read_request=read_request,
        write_response=lambda answer, call: write_response(answer),
        open_writer=ResponsesWriter,
    ),
    read_error=read_openai_error,
    write_error=write_openai_error,
    embed=OPENAI_EMBED,
    transcribe=OPENAI_TRANSCRIBE,
    models=OPENAI_MODELS,
    count=Codec(
        write_request=_write_count,
        read_response=_read_count,
        read_request=lambda inbound: _count_asked(inbound).map(InboundCall),
        write_response=lambda tokens, call: {"object": "response.input_tokens", "input_tokens": tokens},
    ),
    routes=(
        Route("POST", "/v1/responses", "chat"),
        Route("POST", "/v1/responses/input_tokens", "count"),
        Route("POST", "/v1/embeddings", "embed"),
        Route("POST", "/v1/audio/transcriptions", "transcribe"),
        Route("GET", "/v1/models", "models"),
        Route("GET", "/v1/models/{model}", "model"),
    ),
)
"""Responses without state on the server: `store` is false, and encrypted reasoning is carried by us."""
