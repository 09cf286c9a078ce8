"""The Anthropic Messages dialect (docs.claude.com/en/api). Knows no HTTP; the key's header is added elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.anthropic.content import ORIGIN
from pointsman.adapters.dialects.anthropic.count import read_counted, write_count, write_counted
from pointsman.adapters.dialects.anthropic.errors import read_error, write_error
from pointsman.adapters.dialects.anthropic.inbound import read_request
from pointsman.adapters.dialects.anthropic.models import read_page, read_query, write_page, write_query
from pointsman.adapters.dialects.anthropic.parameters import PARAMETERS
from pointsman.adapters.dialects.anthropic.passthrough import PASSTHROUGH, forward, forward_count
from pointsman.adapters.dialects.anthropic.request import write_request
from pointsman.adapters.dialects.anthropic.response import read_response, write_response
from pointsman.adapters.dialects.anthropic.stream_reader import open_reader
from pointsman.adapters.dialects.anthropic.stream_writer import open_writer
from pointsman.adapters.dialects.dialect import ChatCodec, Codec, ContentKind, Dialect, Route, Support

CONTENT: Mapping[ContentKind, Support] = {
    "image bytes": "native",
    "image url": "native",
    "image file id": "native",
    "audio bytes": "refused",
    "audio url": "refused",
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
    "cache control": "native",
    "citations": "native",
    "message name": "dropped",
    "freeform tool": "translated",
    "web search": "native",
    "code execution": "native",
    "file search": "refused",
    "response schema": "native",
    "json mode": "translated",
    "forced tool": "native",
    "allowed tools": "translated",
}
"""Files are PDF and text. Reasoning and citations go back with the state that this API gave them; those of others are
left out with a warning."""

ANTHROPIC = Dialect(
    name="anthropic",
    framing="sse",
    chat=ChatCodec(write_request, read_response, open_reader, read_request, write_response, open_writer, forward),
    read_error=read_error,
    write_error=write_error,
    routes=(
        Route("POST", "/v1/messages", "chat"),
        Route("POST", "/v1/messages/count_tokens", "count"),
        Route("GET", "/v1/models", "models"),
        Route("GET", "/v1/models/{model}", "model"),
    ),
    models=Codec(write_query, read_page, read_query, write_page),
    count=Codec(write_count, read_counted, read_request, write_counted, forward=forward_count),
    parameters=PARAMETERS,
    content=CONTENT,
    passthrough=PASSTHROUGH,
    origin=ORIGIN,
    bases=("/v1", "/anthropic/v1"),
    bare_bases=("", "/anthropic"),
)
"""Base URL as the vendor's SDK takes it: `https://api.anthropic.com`."""
