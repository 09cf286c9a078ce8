"""The Anthropic Messages dialect (docs.claude.com/en/api). Knows no HTTP; the key's header is added elsewhere."""

from __future__ import annotations

from pointsman.adapters.dialects.anthropic.errors import read_error, write_error
from pointsman.adapters.dialects.anthropic.inbound import read_chat, read_count
from pointsman.adapters.dialects.anthropic.models import (
    read_counted,
    read_page,
    read_query,
    write_counted,
    write_page,
    write_query,
)
from pointsman.adapters.dialects.anthropic.request import write_chat, write_count
from pointsman.adapters.dialects.anthropic.response import read_message, write_message
from pointsman.adapters.dialects.anthropic.stream_reader import open_reader
from pointsman.adapters.dialects.anthropic.stream_writer import open_writer
from pointsman.adapters.dialects.dialect import ChatCodec, Codec, Dialect, InboundCall, Route

ANTHROPIC = Dialect(
    name="anthropic",
    framing="sse",
    chat=ChatCodec(
        write_chat, read_message, open_reader, read_chat, lambda answer, call: write_message(answer), open_writer
    ),
    read_error=read_error,
    write_error=write_error,
    routes=(
        Route("POST", "/v1/messages", "chat"),
        Route("POST", "/v1/messages/count_tokens", "count"),
        Route("GET", "/v1/models", "models"),
        Route("GET", "/v1/models/{model}", "model"),
    ),
    models=Codec(
        write_query,
        read_page,
        lambda inbound: read_query(inbound).map(InboundCall),
        lambda page, call: write_page(page),
    ),
    count=Codec(write_count, read_counted, read_chat, lambda counted, call: write_counted(counted)),
)
"""Base URL as the vendor's SDK takes it: `https://api.anthropic.com`."""
