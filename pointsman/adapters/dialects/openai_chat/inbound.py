"""Server side: parses a chat-completions request. What has no place in our types is reported, never dropped."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, read_model_name
from pointsman.adapters.dialects.openai_chat.messages import read_messages
from pointsman.adapters.dialects.openai_chat.parameters import PARAMETERS
from pointsman.adapters.dialects.openai_chat.tools import read_tools
from pointsman.adapters.dialects.parameters import read_parameters
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.effect import is_failure
from pointsman.core.error import InvalidRequest

_ESSENTIAL = ("modalities", "audio", "plugins")
"""Fields that change what is answered, and not only how."""


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client asks of a server, or everything that is wrong with it."""
    body = ObjectReader(inbound.body, "", log := ReadLog())
    model = read_model_name(inbound, body)
    json_mode, schema = _read_format(body)
    request = ChatRequest(
        model,
        read_messages(body),
        tools=read_tools(body),
        response_schema=schema,
        json_mode=json_mode,
        **read_parameters(PARAMETERS, body),
    )
    streams, usage = read_streaming(body, inbound)
    body.close(_ESSENTIAL)
    if log.problems:
        return Failure(invalid_request(log, model))
    checked = check(request)
    if is_failure(checked):
        return Failure(checked.failure())
    return Success(InboundCall(request, streams, usage, log.list_untranslated))


def read_streaming(body: ObjectReader, inbound: Inbound) -> tuple[bool, bool]:
    """Whether the answer is to be streamed, and whether with its usage at the end."""
    wanted = body.flag("stream") is True
    streams = wanted if inbound.stream is None else inbound.stream
    if "stream_options" not in body:
        body.skip("stream_options")
        return streams, not streams
    options = body.inner("stream_options")
    usage = options.flag("include_usage") is True
    options.skip("include_obfuscation")  # pads frames against listeners on the network; the client's hop has none
    return streams, usage or not streams


def invalid_request(log: ReadLog, model: str) -> InvalidRequest:
    """The error that lists all that is wrong with a body."""
    problems = tuple(log.problems)
    return InvalidRequest(detail="; ".join(problems), problems=problems, model=model or None)


def _read_format(body: ObjectReader) -> tuple[bool, ResponseSchema | None]:
    """Whether any JSON object is wanted, and the schema where one is."""
    if "response_format" not in body:
        body.skip("response_format")
        return False, None
    wanted = body.inner("response_format")
    kind = wanted.text("type")
    if kind == "json_object":
        return True, None
    if kind != "json_schema":
        if kind not in (None, "text"):
            wanted.log.add_untranslated("response_format", essential=True)
        return False, None
    named = wanted.inner("json_schema")
    schema = named.raw("schema")
    if schema is not None and not isinstance(schema, dict):
        named.problem("schema", "it is not an object")
    return False, ResponseSchema(
        schema if isinstance(schema, dict) else {},
        named.text("name") or "answer",
        named.text("description"),
        named.flag("strict"),
    )
