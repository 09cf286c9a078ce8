"""Writes our chat requests as `generateContent` bodies. The model and streaming stand in the path.

What a provider cannot take goes to `Unsupported`.
"""

from __future__ import annotations

from returns.result import Result

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.gemini.messages import write_conversation
from pointsman.adapters.dialects.gemini.parameters import PARAMETERS
from pointsman.adapters.dialects.gemini.schema import is_own, unknown_type
from pointsman.adapters.dialects.gemini.tools import write_tools
from pointsman.adapters.dialects.parameters import join, join_extra, write_parameters
from pointsman.adapters.dialects.routing import model_path
from pointsman.adapters.dialects.schema_subsets import GEMINI
from pointsman.adapters.dialects.strict_schema import strict_answer
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.original import Pairs
from pointsman.core.chat.request import ESSENTIALS, ChatRequest
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.json import JsonObject

COLLECTIONS = ("models", "tunedModels")
"""What a model's resource name may begin with. Source: ai.google.dev/api/models."""
AS_EVENTS: Pairs = (("alt", "sse"),)
"""By which a stream is asked for as server-sent events."""
JSON = "application/json"


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`; a failure lists what the provider cannot carry or what is wrong."""
    unsupported = Unsupported(target)
    body = write_body(request, unsupported)
    return model_path(target, COLLECTIONS).bind(
        lambda path: unsupported.close(request, chat_wire(path, body, stream=stream))
    )


def chat_wire(path: str, body: JsonObject, *, stream: bool) -> WireRequest:
    """The POST of `body` to the model at `path`."""
    if stream:
        return WireRequest(f"{path}:streamGenerateContent", body, query=AS_EVENTS)
    return WireRequest(f"{path}:generateContent", body)


def write_body(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """What is sent of a request, for an answer or for a count."""
    for name in ESSENTIALS:
        if name in unsupported.target.quirks.lacks and getattr(request, name):
            unsupported.fail(name)
    body: JsonObject = {
        **write_conversation(request.messages, unsupported),
        **write_tools(request, unsupported),
        **write_parameters(PARAMETERS, request, unsupported),
    }
    join(body, _write_format(request, unsupported))
    return join_extra(body, request.extra, unsupported)


def _write_format(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """JSON of any shape, or by a schema; one in Gemini's own words goes as it is."""
    schema = request.response_schema
    if schema is not None:
        if schema.description is not None:
            unsupported.drop("response_schema.description")
        name = "responseSchema" if is_own(schema.schema) else "responseJsonSchema"
        return {"generationConfig": {"responseMimeType": JSON, name: _write_schema(schema, unsupported)}}
    return {"generationConfig": {"responseMimeType": JSON}} if request.json_mode else {}


def _write_schema(schema: ResponseSchema, unsupported: Unsupported) -> JsonObject:
    if is_own(schema.schema):
        return schema.schema
    unknown = unknown_type(schema.schema)
    if unknown is not None:
        unsupported.fail_schema(f"response_schema: JSON Schema has no such type, at {unknown}")
        return schema.schema
    return strict_answer(schema, GEMINI, unsupported).schema
