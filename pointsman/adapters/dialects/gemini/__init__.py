"""Gemini's generateContent, as one record. Source: ai.google.dev/gemini-api/docs. Knows no HTTP library."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import ChatCodec, Dialect, Route
from pointsman.adapters.dialects.gemini.errors import read_error, write_error
from pointsman.adapters.dialects.gemini.models import GEMINI_COUNT, GEMINI_EMBED, GEMINI_MODELS
from pointsman.adapters.dialects.gemini.request import read_request, write_request
from pointsman.adapters.dialects.gemini.response import read_response, write_response
from pointsman.adapters.dialects.gemini.stream_reader import GeminiReader, GeminiWriter

_MODEL = "/v1beta/models/{model}"

GEMINI = Dialect(
    name="gemini",
    framing="sse",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=GeminiReader,
        read_request=read_request,
        write_response=lambda answer, call: write_response(answer),
        open_writer=GeminiWriter,
    ),
    read_error=read_error,
    write_error=write_error,
    embed=GEMINI_EMBED,
    models=GEMINI_MODELS,
    count=GEMINI_COUNT,
    embed_batch=100,
    routes=(
        Route("POST", f"{_MODEL}:generateContent", "chat", stream=False),
        Route("POST", f"{_MODEL}:streamGenerateContent", "chat", stream=True),
        Route("POST", f"{_MODEL}:countTokens", "count"),
        Route("POST", f"{_MODEL}:batchEmbedContents", "embed"),
        Route("POST", f"{_MODEL}:embedContent", "embed"),
        Route("GET", "/v1beta/models", "models"),
        Route("GET", _MODEL, "model"),
    ),
)
"""Gemini: chat, streams by SSE, embeddings, models, token counts. Its base URL ends in `/v1beta`."""
