"""Gemini's count of tokens, both ways: `:countTokens`. Source: ai.google.dev/api/tokens."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    ChatCall,
    Codec,
    Inbound,
    InboundCall,
    Target,
    WireRequest,
    WriteFailure,
)
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.inbound import read_body
from pointsman.adapters.dialects.gemini.passthrough import forward_count
from pointsman.adapters.dialects.gemini.request import COLLECTIONS, write_body
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.routing import model_path, resource_name
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import Json, JsonObject, as_object, count_or_none

_WHOLE = "generateContentRequest"


def write_request(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST that counts all of `request`, its tools too."""
    unsupported = Unsupported(target)
    asked: JsonObject = {"model": resource_name(target.model, COLLECTIONS), **write_body(request, unsupported)}
    return model_path(target, COLLECTIONS).bind(
        lambda path: unsupported.close(request, WireRequest(f"{path}:countTokens", {_WHOLE: asked}))
    )


def read_response(body: Json, target: Target) -> Result[int, ProviderError]:
    """The count."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    total = count_or_none(as_object(body).get("totalTokens"))
    return Failure(invalid("the answer has no totalTokens", target)) if total is None else Success(total)


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client wants counted: contents alone, or a whole request."""
    body = ObjectReader(inbound.body, "", ReadLog(), camel=True)
    return read_body(body.inner(_WHOLE) if _WHOLE in body else body, inbound)


def write_response(total: int, call: InboundCall[ChatRequest] | None = None) -> JsonObject:
    """The count as a body."""
    return {"totalTokens": total}


GEMINI_COUNT = Codec(write_request, read_response, read_request, write_response, forward=forward_count)
"""`:countTokens`."""
