"""Client side: writes `POST /api/chat`. What Ollama cannot take goes to `Unsupported`."""

from __future__ import annotations

from returns.result import Result

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.ollama.messages import write_messages
from pointsman.adapters.dialects.ollama.parameters import PARAMETERS
from pointsman.adapters.dialects.ollama.tools import write_tools
from pointsman.adapters.dialects.parameters import join_extra, write_parameters
from pointsman.adapters.dialects.strict_schema import grammar_answer
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.json import Json, JsonObject

_NOT_CUT: JsonObject = {"truncate": False, "shift": False}
"""Overflow is asked to be an error: left to itself, Ollama cuts the conversation in silence."""


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The wire request."""
    unsupported = Unsupported(target)
    body: JsonObject = {"model": target.model, "messages": write_messages(request.messages, unsupported)}
    return close_request(request, "/api/chat", body, stream, unsupported)


def close_request(
    request: ChatRequest, path: str, body: JsonObject, stream: bool, unsupported: Unsupported
) -> Result[WireRequest, WriteFailure]:
    """`body` with what chat and generate have in common, on its way to `path`."""
    tools = write_tools(request, unsupported)
    wanted = _write_format(request, unsupported)
    whole: JsonObject = {
        **body,
        "stream": stream,
        **({"tools": tools} if tools else {}),
        **({} if wanted is None else {"format": wanted}),
        **write_parameters(PARAMETERS, request, unsupported),
        **_NOT_CUT,
    }
    return unsupported.close(request, WireRequest(path, join_extra(whole, request.extra, unsupported)))


def _write_format(request: ChatRequest, unsupported: Unsupported) -> Json:
    schema = request.response_schema
    if schema is not None and schema.description is not None:
        unsupported.drop("response_schema.description", "Ollama shows the model no schema, nor its description")
    if request.json_mode:
        return "json"
    return None if schema is None else grammar_answer(schema, unsupported)
