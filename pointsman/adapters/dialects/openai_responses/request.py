"""Writes our chat requests as bodies of `POST /responses`. What cannot be carried goes to `Unsupported`."""

from __future__ import annotations

from returns.result import Result

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_responses.messages import write_additional_tools, write_items
from pointsman.adapters.dialects.openai_responses.parameters import PARAMETERS
from pointsman.adapters.dialects.openai_responses.tools import most_hosted_calls, write_tools
from pointsman.adapters.dialects.parameters import join, join_extra, write_parameters
from pointsman.adapters.dialects.strict_schema import openai_answer
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ESSENTIALS, ChatRequest
from pointsman.core.json import JsonObject, compact

PATH = "/responses"


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`. The server keeps nothing of it: what it must know again is carried by us, encrypted."""
    unsupported = Unsupported(target)
    body = write_body(request, unsupported)
    body["store"] = False
    if stream:
        body["stream"] = True
    return unsupported.close(request, WireRequest(PATH, join_extra(body, request.extra, unsupported)))


def write_body(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """All that says what is asked, and how."""
    for name in ESSENTIALS:
        if name in unsupported.target.quirks.lacks and getattr(request, name):
            unsupported.fail(name)
    instructions, messages = split_instructions(request, unsupported)
    items = [*write_additional_tools(request.tools, unsupported), *write_items(request, messages, unsupported)]
    start = compact({"model": unsupported.target.model, "instructions": instructions, "input": items})
    return start | write_settings(request, unsupported)


def write_settings(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """All that a request says beside its messages."""
    declared = [tool for tool in request.tools if not tool.is_additional and tool.loaded_by is None]
    settings = compact(
        {
            "tools": write_tools(declared, unsupported) or None,
            "max_tool_calls": most_hosted_calls(request.tools, unsupported),
            "text": write_format(request, unsupported),
        }
    )
    join(settings, write_parameters(PARAMETERS, request, unsupported))
    return settings


def split_instructions(request: ChatRequest, unsupported: Unsupported) -> tuple[str | None, tuple[Message, ...]]:
    """The first message, where it is one system text, and the others."""
    first, *rest = request.messages or (Message("user", ()),)
    if unsupported.target.quirks.instructions == "apart" and first.role == "system" and len(first.parts) == 1:
        only = first.parts[0]
        if isinstance(only, Text) and only == Text(only.text) and only.text and first.name is None:
            return only.text, tuple(rest)
    return None, request.messages


def write_format(request: ChatRequest, unsupported: Unsupported) -> JsonObject | None:
    """What form the text of the answer has."""
    if request.json_mode:
        return {"format": {"type": "json_object"}}
    schema = request.response_schema
    if schema is None:
        return None
    written, strict = openai_answer(schema, unsupported)
    named = {"name": schema.name, "description": schema.description, "schema": written, "strict": strict}
    return {"format": compact({"type": "json_schema", **named})}
