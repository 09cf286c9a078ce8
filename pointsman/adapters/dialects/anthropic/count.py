"""The count of input tokens, both ways. Sampling plays no part in it, so nothing is said of it and nothing warned."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.anthropic.errors import not_expected
from pointsman.adapters.dialects.anthropic.parameters import COUNTED, PARAMETERS
from pointsman.adapters.dialects.anthropic.request import close, write_content
from pointsman.adapters.dialects.dialect import InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.parameters import join, write_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import PARAMETERS as ALL
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import ProviderError
from pointsman.core.json import Json, JsonObject, as_object, count_or_none

PATH = "/v1/messages/count_tokens"


def write_count(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The question how many input tokens `request` has."""
    unsupported = Unsupported(target)
    body = write_content(request, unsupported)
    join(body, write_parameters(PARAMETERS, _without_sampling(request), unsupported))
    return close(PATH, body, request, unsupported)


def _without_sampling(request: ChatRequest) -> ChatRequest:
    plain: dict[str, Any] = {name: getattr(_PLAIN, name) for name in ALL if name not in COUNTED}
    return attrs.evolve(request, **plain)


_PLAIN = ChatRequest("", ())


def read_counted(body: Json, target: Target) -> Result[int, ProviderError]:
    """The number of input tokens."""
    counted = count_or_none(as_object(body).get("input_tokens"))
    if counted is None:
        return Failure(not_expected(body, target, "the answer is not a token count: it has no 'input_tokens'"))
    return Success(counted)


def write_counted(tokens: int, call: InboundCall[ChatRequest]) -> JsonObject:
    """The body that tells the number of input tokens."""
    return {"input_tokens": tokens}
