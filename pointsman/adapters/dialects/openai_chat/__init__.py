"""The OpenAI chat-completions dialect, which most servers speak: its functions put together. It knows no provider.

Source: platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.dialect import ChatCodec, ContentKind, Dialect, Route, Support
from pointsman.adapters.dialects.openai_chat.completions import OPENAI_COMPLETE
from pointsman.adapters.dialects.openai_chat.embeddings import OPENAI_EMBED
from pointsman.adapters.dialects.openai_chat.errors import read_openai_error, write_openai_error
from pointsman.adapters.dialects.openai_chat.inbound import read_request
from pointsman.adapters.dialects.openai_chat.models import OPENAI_MODELS
from pointsman.adapters.dialects.openai_chat.parameters import PARAMETERS
from pointsman.adapters.dialects.openai_chat.passthrough import PASSTHROUGH, forward_chat
from pointsman.adapters.dialects.openai_chat.request import write_request
from pointsman.adapters.dialects.openai_chat.response import read_response, write_response
from pointsman.adapters.dialects.openai_chat.stream_reader import open_reader
from pointsman.adapters.dialects.openai_chat.stream_writer import open_writer
from pointsman.adapters.dialects.openai_chat.transcriptions import OPENAI_TRANSCRIBE
from pointsman.adapters.dialects.routing import DEPLOYMENT

CONTENT: Mapping[ContentKind, Support] = {
    "image bytes": "native",
    "image url": "native",
    "image file id": "refused",
    "audio bytes": "native",
    "audio url": "refused",
    "file bytes": "native",
    "file url": "refused",
    "file id": "native",
    "tool call": "native",
    "tool result": "native",
    "image in a tool result": "translated",
    "file in a tool result": "translated",
    "failed tool result": "translated",
    "parallel tool results": "native",
    "reasoning": "dropped",
    "refusal": "native",
    "cache control": "dropped",
    "citations": "dropped",
    "message name": "native",
    "freeform tool": "translated",
    "web search": "refused",
    "code execution": "refused",
    "file search": "refused",
    "response schema": "native",
    "json mode": "native",
    "forced tool": "native",
    "allowed tools": "translated",
}
"""For a provider with the quirks that most have; OpenAI itself takes freeform tools and a list of allowed ones."""

OPENAI_CHAT = Dialect(
    name="openai-chat",
    framing="sse",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=open_reader,
        read_request=read_request,
        write_response=write_response,
        open_writer=open_writer,
        forward=forward_chat,
    ),
    read_error=read_openai_error,
    write_error=write_openai_error,
    routes=(
        Route("POST", "/v1/chat/completions", "chat"),
        Route("POST", "/v1/completions", "complete"),
        Route("POST", "/v1/embeddings", "embed"),
        Route("POST", "/v1/audio/transcriptions", "transcribe"),
        Route("GET", "/v1/models", "models"),
        Route("GET", "/v1/models/{model}", "model"),
    ),
    complete=OPENAI_COMPLETE,
    embed=OPENAI_EMBED,
    transcribe=OPENAI_TRANSCRIBE,
    models=OPENAI_MODELS,
    parameters=PARAMETERS,
    content=CONTENT,
    passthrough=PASSTHROUGH,
    sdk_base="/v1",
    bases=("/v1", "/openai/v1", DEPLOYMENT, "/openai"),
    bare_bases=("", "/api/v1"),
)
