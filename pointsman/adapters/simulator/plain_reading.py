"""A chat request read without its dialect: the model, the texts, the functions and the limits of any vendor's body.

It is what a strict simulator falls back on where the vendor takes a request and our reader does not yet, so that what
stands before the simulator is tested, and not the reader that both share. Total: what it has no words for is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.adapters.dialects.dialect import ChatCall, Inbound
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import Part, Text, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import Tool
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, count_or_none

_ROLES: dict[str, Role] = {"system": "system", "developer": "system", "assistant": "assistant", "model": "assistant"}
_RESULTS = ("tool_result", "function_call_output", "custom_tool_call_output")
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def plain_call(inbound: Inbound) -> ChatCall:
    """The request in `inbound`, as far as it can be understood without knowing the dialect."""
    body = inbound.body
    limits = (count_or_none(body.get(name)) for name in _LIMITS)
    request = ChatRequest(
        inbound.model or as_text(body.get("model")),
        tuple(_messages(body)) or (Message("user", (Text(""),)),),
        max_tokens=next((limit for limit in limits if limit), None),
        stop=tuple(filter(None, map(as_text, as_list(body.get("stop_sequences") or body.get("stop"))))),
        tools=tuple(_tools(body)),
    )
    stream = inbound.stream if inbound.stream is not None else body.get("stream") is True
    told = as_object(body.get("stream_options")).get("include_usage") is True
    return ChatCall(request, stream=stream, include_usage=told)


def _messages(body: JsonObject) -> Iterator[Message]:
    for name in ("instructions", "system", "systemInstruction", "system_instruction"):
        if text := _text(body.get(name)):
            yield Message("system", (Text(text),))
    turns = next((body[name] for name in ("messages", "input", "contents") if body.get(name)), None)
    for turn in turns if isinstance(turns, list) else [turns]:
        message = _message(turn)
        if message.parts:
            yield message


def _message(turn: Json) -> Message:
    fields = as_object(turn)
    parts = [as_object(part) for part in (fields, *as_list(fields.get("content")), *as_list(fields.get("parts")))]
    results: list[Part] = [part for one in parts for part in _results(one)]
    if results or fields.get("role") == "tool":
        return Message("tool", tuple(results) or (_result("", _text(turn)),))
    text = _text(turn)
    return Message(_ROLES.get(as_text(fields.get("role")), "user"), (Text(text),) if text else ())


def _results(part: JsonObject) -> Iterator[Part]:
    answer = as_object(part.get("functionResponse") or part.get("function_response"))
    if answer:
        yield _result(as_text(answer.get("name")), _text(answer.get("response")))
    elif part.get("type") in _RESULTS:
        call = as_text(part.get("tool_use_id")) or as_text(part.get("call_id"))
        yield _result(call, _text(part.get("content") or part.get("output")))


def _result(call: str, text: str) -> ToolResult:
    return ToolResult(call, call, (Text(text),))


def _text(value: Json, depth: int = 0) -> str:
    """The text in content of any shape."""
    if isinstance(value, str) or depth > 20:
        return as_text(value)
    if isinstance(value, list):
        return "".join(_text(part, depth + 1) for part in value)
    fields = as_object(value)
    return "".join(_text(fields[name], depth + 1) for name in ("text", "content", "parts", "result") if name in fields)


def _tools(body: JsonObject) -> Iterator[Tool]:
    """The functions alone."""
    for tool in map(as_object, as_list(body.get("tools"))):
        declared = tool.get("functionDeclarations") or tool.get("function_declarations")
        for each in map(as_object, as_list(declared) or [tool.get("function") or tool]):
            schema = each.get("input_schema") or each.get("parameters") or each.get("parametersJsonSchema")
            if isinstance(schema, dict) and as_text(each.get("name")):
                yield Tool(as_text(each.get("name")), as_text(each.get("description")), schema)
