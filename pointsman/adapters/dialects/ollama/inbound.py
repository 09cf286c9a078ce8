"""Server side: parses `POST /api/chat`. What has no place in our types is reported, never dropped."""

from __future__ import annotations

from returns.result import Failure, Result

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request
from pointsman.adapters.dialects.ollama.messages import read_messages
from pointsman.adapters.dialects.ollama.parameters import PARAMETERS
from pointsman.adapters.dialects.ollama.tools import read_tools
from pointsman.adapters.dialects.parameters import read_parameters
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.error import InvalidRequest
from pointsman.core.json import JsonObject, as_object, loads

ESSENTIAL = ("raw", "template", "context")
"""Fields that change what the model is shown."""


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """A request as a server reads it; Ollama streams unless it is told not to."""
    log = ReadLog()
    body = ObjectReader(inbound.body, "", log)
    model = read_model(body, inbound)
    json_mode, schema = _read_format(body)
    request = ChatRequest(
        model,
        read_messages(body),
        tools=read_tools(body),
        response_schema=schema,
        json_mode=json_mode,
        **read_parameters(PARAMETERS, body),
    )
    stream = body.flag("stream") is not False
    close_body(body)
    if log.problems:
        return Failure(invalid_request(log, model))
    return check(request).map(lambda sound: InboundCall(sound, stream, untranslated=log.list_untranslated))


def close_body(body: ObjectReader) -> None:
    """Report what nobody read; what is false or empty asks for nothing."""
    body.skip(*(name for name in ESSENTIAL if not body.value.get(name)))
    body.close(ESSENTIAL)


def read_model(body: ObjectReader, inbound: Inbound) -> str:
    """The model's name."""
    model = inbound.model or body.text("model") or ""
    body.skip("model")
    if not model:
        body.log.problems.append("model is required")
    return model


def _read_format(body: ObjectReader) -> tuple[bool, ResponseSchema | None]:
    """Whether any JSON object is wanted, and the schema where one is: as an object, or as text."""
    value = body.raw("format")
    if value in (None, ""):
        return False, None
    if value == "json":
        return True, None
    schema: JsonObject = as_object(loads(value).value_or(None) if isinstance(value, str) else value)
    if not schema:
        body.problem("format", 'it is neither "json" nor a JSON Schema')
    return False, ResponseSchema(schema) if schema else None
