"""Server side: parses the body of `POST /responses`. What has no place in our types is reported, never dropped."""

from __future__ import annotations

from returns.result import Failure, Result

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.openai_responses.messages import read_additional_tools, read_items
from pointsman.adapters.dialects.openai_responses.parameters import PARAMETERS, report_include
from pointsman.adapters.dialects.openai_responses.tool_search import read_loaded_tools
from pointsman.adapters.dialects.openai_responses.tools import read_tools
from pointsman.adapters.dialects.parameters import read_parameters
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.tool import AnyTool, ResponseSchema
from pointsman.core.error import InvalidRequest
from pointsman.core.json import as_object

_STATE = ("previous_response_id", "conversation", "prompt")
"""What stands on the server: with one of these, the input may be missing."""
_ESSENTIAL = (*_STATE, "background")
_DEFAULTS = (("background", False), ("truncation", "disabled"))
"""Values that say no more than silence does."""


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client asks of a server, or everything that is wrong with it."""
    log = ReadLog()
    body = ObjectReader(inbound.body, "", log)
    stream = body.flag("stream") if inbound.stream is None else inbound.stream
    request = _read_body(body, inbound)
    if log.problems:
        problems = tuple(log.problems)
        return Failure(InvalidRequest(detail="; ".join(problems), problems=problems, model=request.model or None))
    return check(request).map(lambda sound: InboundCall(sound, bool(stream), untranslated=log.list_untranslated))


def _read_body(body: ObjectReader, inbound: Inbound) -> ChatRequest:
    model = inbound.model or body.text("model") or ""
    if not model:
        body.problem("model", "it is missing")
    schema, json_mode = _read_format(body)
    report_include(body)
    request = ChatRequest(
        model,
        _read_messages(body),
        tools=_read_all_tools(body),
        response_schema=schema,
        json_mode=json_mode,
        **read_parameters(PARAMETERS, body),
    )
    _close(body)
    return request


def _read_all_tools(body: ObjectReader) -> tuple[AnyTool, ...]:
    """The tools that the model may call: those that are declared, and those that its searches have brought."""
    declared = (*read_additional_tools(body), *read_tools(body))
    return (*declared, *read_loaded_tools(body, declared))


def _close(body: ObjectReader) -> None:
    body.skip("model", "stream", "stream_options")
    body.skip(*(name for name, value in _DEFAULTS if body.value.get(name) == value))
    if body.value.get("store") is not True:
        body.skip("store")
    body.close(_ESSENTIAL)


def _read_messages(body: ObjectReader) -> tuple[Message, ...]:
    """The instructions and the input. A client that goes on with what the server holds may say nothing new."""
    instructions = body.text("instructions")
    system = (Message("system", (Text(instructions),)),) if instructions else ()
    if "input" not in body and not any(name in body for name in _STATE):
        body.problem("input", "it is missing")
    messages = (*system, *read_items(body))
    return messages or ((Message("user", ()),) if any(name in body for name in _STATE) else ())


def _read_format(body: ObjectReader) -> tuple[ResponseSchema | None, bool]:
    """The schema of the answer, and whether it is to be JSON of any shape."""
    form = body.inner("text").inner("format")
    kind = form.text("type")
    if kind == "json_schema":
        return _read_schema(form), False
    if kind not in (None, "text", "json_object"):
        form.log.add_untranslated(form.path, essential=True)
    return None, kind == "json_object"


def _read_schema(form: ObjectReader) -> ResponseSchema:
    schema = form.raw("schema")
    if not isinstance(schema, dict):
        form.problem("schema", "it is not an object")
    return ResponseSchema(
        as_object(schema), form.text("name") or "answer", form.text("description"), form.flag("strict")
    )
