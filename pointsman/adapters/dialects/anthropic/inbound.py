"""Server side: parses the body of `POST /v1/messages`. What has no place in our types is reported, never dropped."""

from __future__ import annotations

from returns.result import Failure, Result

from pointsman.adapters.dialects.anthropic.messages import read_conversation
from pointsman.adapters.dialects.anthropic.parameters import PARAMETERS
from pointsman.adapters.dialects.anthropic.tools import read_tools
from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.parameters import read_parameters
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.error import InvalidRequest
from pointsman.core.json import as_object

_ESSENTIAL = frozenset({"container", "mcp_servers", "format"})
"""State and servers at the vendor's, without which something else is asked; and a form of answer that is not known."""


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client asks, or an `InvalidRequest` that lists everything wrong with it."""
    body = ObjectReader(inbound.body, "", ReadLog())
    request = _request(body, inbound.model)
    stream = body.flag("stream") is True if inbound.stream is None else inbound.stream
    body.close(_ESSENTIAL)
    problems = tuple(body.log.problems)
    if problems:
        detail = "; ".join(problems)
        return Failure(InvalidRequest(detail=detail, problems=problems, model=request.model or None))
    return check(request).map(lambda read: InboundCall(read, stream, untranslated=body.log.list_untranslated))


def _request(body: ObjectReader, model: str | None) -> ChatRequest:
    model = body.text("model") or model or ""
    if not model:
        body.problem("model", "it is missing")
    if not body.items("messages"):
        body.problem("messages", "at least one message is needed")
    return ChatRequest(
        model,
        read_conversation(body),
        tools=read_tools(body),
        response_schema=_read_format(body),
        **read_parameters(PARAMETERS, body),
    )


def _read_format(body: ObjectReader) -> ResponseSchema | None:
    """Also by the name that it had in the beta."""
    config = body.inner("output_config") if "output_config" in body else None
    for place, name in ((config, "format"), (body, "output_format")):
        form = as_object(place.value.get(name)) if place is not None else {}
        if place is not None and form.get("type") == "json_schema":
            place.inner(name).skip("type", "schema")
            return ResponseSchema(as_object(form.get("schema")))
    return None
