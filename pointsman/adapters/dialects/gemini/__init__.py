"""Gemini's generateContent, as one record. Source: ai.google.dev/gemini-api/docs. Knows no HTTP library."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.dialect import ChatCodec, ContentKind, Dialect, Operation, Route, Support
from pointsman.adapters.dialects.gemini.content import DIALECT
from pointsman.adapters.dialects.gemini.count import GEMINI_COUNT
from pointsman.adapters.dialects.gemini.embeddings import GEMINI_EMBED
from pointsman.adapters.dialects.gemini.errors import read_error, write_error
from pointsman.adapters.dialects.gemini.inbound import read_request
from pointsman.adapters.dialects.gemini.models import GEMINI_MODELS
from pointsman.adapters.dialects.gemini.parameters import PARAMETERS
from pointsman.adapters.dialects.gemini.passthrough import PASSTHROUGH, forward_chat
from pointsman.adapters.dialects.gemini.request import AS_EVENTS, write_request
from pointsman.adapters.dialects.gemini.response import read_response, write_response
from pointsman.adapters.dialects.gemini.stream_reader import open_reader
from pointsman.adapters.dialects.gemini.stream_writer import open_writer

CONTENT: Mapping[ContentKind, Support] = {
    "image bytes": "native",
    "image url": "native",
    "image file id": "native",
    "audio bytes": "native",
    "audio url": "native",
    "file bytes": "native",
    "file url": "native",
    "file id": "native",
    "tool call": "native",
    "tool result": "native",
    "image in a tool result": "native",
    "file in a tool result": "native",
    "failed tool result": "native",
    "parallel tool results": "native",
    "reasoning": "native",
    "refusal": "translated",
    "cache control": "dropped",
    "citations": "dropped",
    "message name": "dropped",
    "freeform tool": "translated",
    "web search": "native",
    "code execution": "native",
    "file search": "refused",
    "response schema": "native",
    "json mode": "native",
    "forced tool": "native",
    "allowed tools": "native",
}
"""Models before Gemini 3 get what is in a result, beside its text, in a message of the user. Reasoning is Gemini's own;
that of others is left out with a warning. A search of files stays with the vendor that has the files."""
_COLLECTIONS = ("/v1beta/models/{model}", "/v1beta/{model}")
"""Names of other collections (`tunedModels/…`), and those with a provider before them, come without `models/`."""
_METHODS: tuple[tuple[str, Operation, bool | None], ...] = (
    ("generateContent", "chat", False),
    ("streamGenerateContent", "chat", True),
    ("countTokens", "count", None),
    ("batchEmbedContents", "embed", None),
    ("embedContent", "embed", None),
)

GEMINI = Dialect(
    name="gemini",
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
    read_error=read_error,
    write_error=write_error,
    embed=GEMINI_EMBED,
    models=GEMINI_MODELS,
    count=GEMINI_COUNT,
    embed_batch=100,
    routes=(
        *(
            Route("POST", f"{place}:{method}", operation, stream)
            for place in _COLLECTIONS
            for method, operation, stream in _METHODS
        ),
        Route("GET", "/v1beta/models", "models"),
        Route("GET", "/v1beta/models/{model}", "model"),
    ),
    parameters=PARAMETERS,
    content=CONTENT,
    passthrough=PASSTHROUGH,
    events_asked_by=AS_EVENTS[0],
    origin=DIALECT,
    sdk_base="/v1beta",
    bases=("/v1beta", "/v1", "/v1alpha"),
    bare_bases=("",),
)
"""Gemini: chat, streams by SSE, embeddings, models, token counts. Its base URL ends in `/v1beta`."""
