"""Ollama's generate where it asks for more than a text to go on with: a system text, pictures, a schema, thinking.

Only a chat can do that, so it is read as one; what comes of it is told as generate tells it.
"""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, ChatCodec, Inbound, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.adapters.dialects.ollama.inbound import read_request as read_chat
from pointsman.adapters.dialects.ollama.messages import write_message
from pointsman.adapters.dialects.ollama.passthrough import forward_completion
from pointsman.adapters.dialects.ollama.request import close_request
from pointsman.adapters.dialects.ollama.response import read_document, write_end, write_time
from pointsman.adapters.dialects.ollama.stream_reader import OllamaReader
from pointsman.adapters.dialects.ollama.stream_writer import OllamaWriter
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import Json, JsonObject, as_object, compact


def needs_chat(inbound: Inbound) -> bool:
    """Whether a request to generate asks for what a completion has not."""
    body = inbound.body
    return body.get("think") is not None or any(body.get(name) for name in ("system", "images", "format"))


def _read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    body = inbound.body
    said: Json = compact({"role": "user", "content": body.get("prompt") or "", "images": body.get("images")})
    system: list[Json] = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    rest = {name: value for name, value in body.items() if name not in ("prompt", "system", "images")}
    return read_chat(attrs.evolve(inbound, body={**rest, "messages": [*system, said]}))


def _write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The same question as generate has it: one message of the user, and what stands above it."""
    unsupported = Unsupported(target)
    written = [write_message(message.role, message.parts, unsupported) for message in request.messages]
    systems = [message["content"] for message in written if message["role"] == "system"]
    others = [message for message in written if message["role"] != "system"]
    if len(others) != 1 or others[0]["role"] != "user":
        unsupported.fail("a conversation in a completion")
    body: JsonObject = {"model": target.model, "prompt": others[-1]["content"] if others else ""}
    if systems:
        body["system"] = "\n\n".join(str(text) for text in systems)
    if others and "images" in others[-1]:
        body["images"] = others[-1]["images"]
    return close_request(request, "/api/generate", body, stream, unsupported)


def _read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    error = error_in_body(body, target)
    document = as_object(body)
    return (
        Success(read_document(document, as_object(message_in(document)), target)) if error is None else Failure(error)
    )


def _write_response(response: ChatResponse, call: ChatCall) -> JsonObject:
    said: JsonObject = {"response": response.text, "thinking": response.reasoning or None}
    head: JsonObject = {"model": call.request.model, "created_at": write_time(call.at)}
    return {**head, **compact(said), **write_end(response)}


def message_in(line: JsonObject) -> Json:
    """What a line of generate says, as a message of chat."""
    return {"content": line.get("response"), "thinking": line.get("thinking")}


def line_with(said: JsonObject) -> JsonObject:
    """What a message of chat says, as a line of generate."""
    return compact({"response": said.get("content"), "thinking": said.get("thinking")})


OLLAMA_GENERATE_CHAT = ChatCodec(
    write_request=_write_request,
    read_response=_read_response,
    open_reader=lambda target: OllamaReader(target, message_in),
    read_request=_read_request,
    write_response=_write_response,
    open_writer=lambda call: OllamaWriter(call, line_with),
    forward=forward_completion,
)
