"""OpenAI's Responses API, as one record. Source: platform.openai.com/docs/api-reference/responses.

It is asked without state on the server: `store` is false, and encrypted reasoning is carried by us.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.dialect import ChatCodec, Codec, ContentKind, Dialect, Route, Support
from pointsman.adapters.dialects.openai_chat.embeddings import OPENAI_EMBED
from pointsman.adapters.dialects.openai_chat.errors import read_openai_error, write_openai_error
from pointsman.adapters.dialects.openai_chat.models import OPENAI_MODELS
from pointsman.adapters.dialects.openai_chat.transcriptions import OPENAI_TRANSCRIBE
from pointsman.adapters.dialects.openai_responses.content import NAME, ORIGIN
from pointsman.adapters.dialects.openai_responses.count import read_count, write_count, write_count_request
from pointsman.adapters.dialects.openai_responses.inbound import read_request
from pointsman.adapters.dialects.openai_responses.parameters import PARAMETERS
from pointsman.adapters.dialects.openai_responses.passthrough import PASSTHROUGH, forward, forward_count
from pointsman.adapters.dialects.openai_responses.request import write_request
from pointsman.adapters.dialects.openai_responses.response import read_response, write_response
from pointsman.adapters.dialects.openai_responses.stream_reader import open_reader
from pointsman.adapters.dialects.openai_responses.stream_writer import open_writer

CONTENT: Mapping[ContentKind, Support] = {
    "image bytes": "native",
    "image url": "native",
    "image file id": "native",
    "audio bytes": "native",
    "audio url": "refused",
    "file bytes": "native",
    "file url": "native",
    "file id": "native",
    "tool call": "native",
    "tool result": "native",
    "image in a tool result": "native",
    "file in a tool result": "native",
    "failed tool result": "translated",
    "parallel tool results": "native",
    "reasoning": "dropped",  # but for OpenAI's own, which goes back as it came
    "refusal": "native",
    "cache control": "dropped",
    "citations": "native",
    "message name": "dropped",
    "freeform tool": "native",
    "web search": "native",
    "code execution": "native",
    "file search": "refused",  # but for OpenAI's own: the files of another vendor's tool stand with that vendor
    "response schema": "native",
    "json mode": "native",
    "forced tool": "native",
    "allowed tools": "native",
}

OPENAI_RESPONSES = Dialect(
    name=NAME,
    framing="sse",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=open_reader,
        read_request=read_request,
        write_response=write_response,
        open_writer=open_writer,
        forward=forward,
    ),
    read_error=read_openai_error,
    write_error=write_openai_error,
    embed=OPENAI_EMBED,
    transcribe=OPENAI_TRANSCRIBE,
    models=OPENAI_MODELS,
    count=Codec(
        write_request=write_count_request,
        read_response=read_count,
        read_request=read_request,
        write_response=write_count,
        forward=forward_count,
    ),
    routes=(
        Route("POST", "/v1/responses", "chat"),
        Route("POST", "/v1/responses/input_tokens", "count"),
        Route("POST", "/v1/embeddings", "embed"),
        Route("POST", "/v1/audio/transcriptions", "transcribe"),
        Route("GET", "/v1/models", "models"),
        Route("GET", "/v1/models/{model}", "model"),
    ),
    parameters=PARAMETERS,
    content=CONTENT,
    passthrough=PASSTHROUGH,
    origin=ORIGIN,
    sdk_base="/v1",
    bases=("/v1", "/openai/v1", "/openai"),
    bare_bases=("", "/api/v1"),
)
