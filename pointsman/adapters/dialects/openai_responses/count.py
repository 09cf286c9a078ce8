"""Counts of input tokens: `POST /responses/input_tokens`, both ways."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_responses.request import PATH, write_body
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import ProviderError
from pointsman.core.json import Json, JsonObject, as_object, count_or_none

COUNT_PATH = f"{PATH}/input_tokens"
_COUNTED = ("model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning")
"""Fields of a request that a count takes; what else a request says makes no difference to it."""


def write_count_request(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST that counts what `request` would use."""
    unsupported = Unsupported(target)
    body = write_body(request, unsupported)
    return unsupported.close(request, WireRequest(COUNT_PATH, {name: body[name] for name in _COUNTED if name in body}))


def read_count(body: Json, target: Target) -> Result[int, ProviderError]:
    """The number of tokens in a 2xx body."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    tokens = count_or_none(as_object(body).get("input_tokens"))
    return Failure(invalid("the answer has no input_tokens", target)) if tokens is None else Success(tokens)


def write_count(tokens: int, call: InboundCall[ChatRequest]) -> JsonObject:
    """The answer to a client that counts."""
    return {"object": "response.input_tokens", "input_tokens": tokens}
