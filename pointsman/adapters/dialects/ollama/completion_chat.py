"""Ollama's generate where it asks for more than a text to go on with: a system text, pictures, a schema, thinking.

Only a chat can do that, so it is read as one; what comes of it is told as generate tells it.
"""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.adapters.dialects.dialect import ChatCall, ChatCodec, Inbound
from pointsman.adapters.dialects.ollama.request import read_request, write_request
from pointsman.adapters.dialects.ollama.response import CREATED_AT, read_response, write_end
from pointsman.adapters.dialects.ollama.stream_reader import OllamaReader, OllamaWriter
from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json, JsonObject, compact
from pointsman.core.response import ChatResponse


def needs_chat(inbound: Inbound) -> bool:
    """Whether a request to generate asks for what a completion has not."""
    body = inbound.body
    return body.get("think") is not None or any(body.get(name) for name in ("system", "images", "format"))


def _read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    body = inbound.body
    said: Json = compact({"role": "user", "content": body.get("prompt") or "", "images": body.get("images")})
    system: list[Json] = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    return read_request(attrs.evolve(inbound, body={**body, "messages": [*system, said]}))


def _write_response(response: ChatResponse) -> JsonObject:
    said: JsonObject = {"response": response.text, "thinking": response.reasoning or None}
    return {"model": response.model, "created_at": CREATED_AT, **compact(said), **write_end(response)}


def line_with(said: JsonObject) -> JsonObject:
    """What a message of chat says, as a line of generate."""
    return compact({"response": said.get("content"), "thinking": said.get("thinking")})


OLLAMA_GENERATE_CHAT = ChatCodec(
    write_request=write_request,
    read_response=read_response,
    open_reader=OllamaReader,
    read_request=_read_request,
    write_response=lambda answer, call: _write_response(answer),
    open_writer=lambda asked: OllamaWriter(asked.request.model, line_with),
)
