"""Ollama's own API, as one record. Source: docs/api.md and server/routes.go of ollama/ollama. Knows no HTTP library."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import ChatCodec, Dialect, Route
from pointsman.adapters.dialects.ollama.completions import OLLAMA_COMPLETE
from pointsman.adapters.dialects.ollama.errors import read_error, write_error
from pointsman.adapters.dialects.ollama.models import (
    OLLAMA_EMBED,
    OLLAMA_MODELS,
    OLLAMA_RUNNING,
    OLLAMA_SHOW,
)
from pointsman.adapters.dialects.ollama.request import read_request, write_request
from pointsman.adapters.dialects.ollama.response import read_response, write_response
from pointsman.adapters.dialects.ollama.stream_reader import OllamaReader, OllamaWriter

__all__ = ["OLLAMA", "OLLAMA_RUNNING", "OLLAMA_SHOW"]

OLLAMA = Dialect(
    name="ollama",
    framing="ndjson",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=OllamaReader,
        read_request=read_request,
        write_response=lambda answer, call: write_response(answer),
        open_writer=lambda asked: OllamaWriter(asked.request.model),
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
        Route("GET", "/api/tags", "models"),
        Route("POST", "/api/show", "model"),
        Route("GET", "/api/ps", "running"),
        Route("GET", "/api/version", "version"),
    ),
)
"""Ollama native: chat as NDJSON, generate, embed, tags, show, ps. Its base URL is the bare address."""
