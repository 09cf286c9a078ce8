"""Writes our chat requests as OpenAI chat bodies. What a provider cannot take goes to `Unsupported`."""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_chat.messages import write_messages
from pointsman.adapters.dialects.openai_chat.parameters import PARAMETERS
from pointsman.adapters.dialects.openai_chat.tools import write_tools
from pointsman.adapters.dialects.parameters import join_extra, write_parameters
from pointsman.adapters.dialects.strict_schema import openai_answer
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ESSENTIALS, ChatRequest
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.json import JsonObject, compact, dumps_text

PATH = "/chat/completions"


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`; a failure lists what the provider cannot carry or what is wrong."""
    unsupported = Unsupported(target)
    for name in ESSENTIALS:
        if name in target.quirks.lacks and getattr(request, name):
            unsupported.fail(name)
    body: JsonObject = {
        "model": target.model,
        "messages": write_messages(_with_schema_prompt(request, target), unsupported),
        **write_tools(request, unsupported),
        **write_parameters(PARAMETERS, request, unsupported),
        **compact({"response_format": _write_format(request, unsupported)}),
        **stream_fields(target, stream),
    }
    return unsupported.close(request, WireRequest(PATH, join_extra(body, request.extra, unsupported)))


def stream_fields(target: Target, stream: bool) -> JsonObject:
    """What asks for a stream, with its usage at the end."""
    if not stream:
        return {}
    return compact({"stream": True, "stream_options": {"include_usage": True} if target.quirks.stream_usage else None})


def _write_format(request: ChatRequest, unsupported: Unsupported) -> JsonObject | None:
    schema = request.response_schema
    if request.json_mode or (schema is not None and unsupported.target.quirks.schema == "json_object"):
        return {"type": "json_object"}
    return None if schema is None else {"type": "json_schema", "json_schema": _write_schema(schema, unsupported)}


def _write_schema(schema: ResponseSchema, unsupported: Unsupported) -> JsonObject:
    written, strict = openai_answer(schema, unsupported)
    return compact({"name": schema.name, "description": schema.description, "schema": written, "strict": strict})


def _with_schema_prompt(request: ChatRequest, target: Target) -> tuple[Message, ...]:
    """The messages; where the provider knows only JSON mode, the schema stands at the end of the system prompt."""
    schema = request.response_schema
    if schema is None or target.quirks.schema != "json_object":
        return request.messages
    wanted = f"Answer with one JSON object, and nothing else, that fits this JSON Schema: {dumps_text(schema.schema)}"
    first, rest = request.messages[:1], request.messages[1:]
    if not first or first[0].role != "system":
        return (Message("system", (Text(wanted),)), *request.messages)
    joined = Text(f"{first[0].text}\n\n{wanted}".lstrip())
    return (attrs.evolve(first[0], parts=(joined,)), *rest)
