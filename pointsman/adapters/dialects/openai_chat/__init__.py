"""The OpenAI chat-completions dialect, which most servers speak: its functions put together. It knows no provider."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import ChatCodec, Dialect, Route
from pointsman.adapters.dialects.openai_chat.completions import OPENAI_COMPLETE
from pointsman.adapters.dialects.openai_chat.embeddings import OPENAI_EMBED
from pointsman.adapters.dialects.openai_chat.errors import read_openai_error, write_openai_error
from pointsman.adapters.dialects.openai_chat.inbound import read_request
from pointsman.adapters.dialects.openai_chat.models import OPENAI_MODELS
from pointsman.adapters.dialects.openai_chat.request import write_request
from pointsman.adapters.dialects.openai_chat.response import read_response, write_response
from pointsman.adapters.dialects.openai_chat.stream_reader import open_reader
from pointsman.adapters.dialects.openai_chat.stream_writer import open_writer
from pointsman.adapters.dialects.openai_chat.transcriptions import OPENAI_TRANSCRIBE

OPENAI_CHAT = Dialect(
    name="openai-chat",
    framing="sse",
    chat=ChatCodec(
        write_request=write_request,
        read_response=read_response,
        open_reader=open_reader,
        read_request=read_request,
        write_response=lambda answer, call: write_response(answer),
        open_writer=open_writer,
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
)
