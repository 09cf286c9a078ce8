"""Ollama's own API, as one record. Source: docs/api.md and server/routes.go of ollama/ollama. Knows no HTTP library."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.dialect import ChatCodec, ContentKind, Dialect, Route, Support
from pointsman.adapters.dialects.ollama.completions import OLLAMA_COMPLETE
from pointsman.adapters.dialects.ollama.embeddings import OLLAMA_EMBED
from pointsman.adapters.dialects.ollama.errors import read_error, write_error
from pointsman.adapters.dialects.ollama.inbound import read_request
from pointsman.adapters.dialects.ollama.models import OLLAMA_MODELS, OLLAMA_RUNNING, OLLAMA_SHOW
from pointsman.adapters.dialects.ollama.parameters import PARAMETERS
from pointsman.adapters.dialects.ollama.passthrough import PASSTHROUGH, forward_chat
from pointsman.adapters.dialects.ollama.request import write_request
from pointsman.adapters.dialects.ollama.response import read_response, write_response
from pointsman.adapters.dialects.ollama.stream_reader import open_reader
from pointsman.adapters.dialects.ollama.stream_writer import open_writer

__all__ = ["OLLAMA", "OLLAMA_RUNNING", "OLLAMA_SHOW"]

CONTENT: Mapping[ContentKind, Support] = {
    "image bytes": "native",
    "image url": "refused",
    "image file id": "refused",
    "audio bytes": "refused",
    "audio url": "refused",
    "file bytes": "refused",
    "file url": "refused",
    "file id": "refused",
    "tool call": "native",
    "tool result": "native",
    "image in a tool result": "native",
    "file in a tool result": "refused",
    "failed tool result": "translated",
    "parallel tool results": "native",
    "reasoning": "native",
    "refusal": "translated",
    "cache control": "dropped",
    "citations": "dropped",
    "message name": "dropped",
    "freeform tool": "translated",
    "web search": "refused",
    "code execution": "refused",
    "file search": "refused",
    "response schema": "native",
    "json mode": "native",
    "forced tool": "dropped",
    "allowed tools": "translated",
}

OLLAMA = Dialect(
    name="ollama",
    framing="ndjson",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=open_reader,
        read_request=read_request,
        write_response=write_response,
        open_writer=open_writer,
        forward=forward_chat,
    ),
    read_error=read_error,
    write_error=write_error,
    complete=OLLAMA_COMPLETE,
    embed=OLLAMA_EMBED,
    models=OLLAMA_MODELS,
    routes=(
        Route("POST", "/api/chat", "chat"),
        Route("POST", "/api/generate", "complete"),
        Route("POST", "/api/embed", "embed"),
        Route("POST", "/api/embeddings", "embed"),
        Route("GET", "/api/tags", "models"),
        Route("POST", "/api/show", "model"),
        Route("GET", "/api/ps", "running"),
        Route("GET", "/api/version", "version"),
    ),
    parameters=PARAMETERS,
    content=CONTENT,
    passthrough=PASSTHROUGH,
    details=OLLAMA_SHOW,
    running=OLLAMA_RUNNING,
    bases=("/api",),
    bare_bases=("",),
)
"""Ollama native: chat as NDJSON, generate, embed, tags, show, ps. Its base URL is the bare address."""
