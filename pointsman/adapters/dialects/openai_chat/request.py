"""Writes our chat requests as OpenAI chat bodies. What cannot be carried goes to `Unsupported`. It may not know who asks."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_chat.messages import write_messages
from pointsman.adapters.dialects.schema import openai_answer, openai_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject, compact, dumps_text
from pointsman.core.message import Message
from pointsman.core.part import Text
from pointsman.core.request import ChatRequest, Thinking
from pointsman.core.tool import ForcedTool, ResponseSchema, Tool, ToolChoice, functions_of

PATH = "/chat/completions"

_UNSET: dict[str, Any] = {
    "temperature": None,
    "top_p": None,
    "max_tokens": None,
    "stop": (),
    "seed": None,
    "tool_choice": None,
    "parallel_tools": None,
    "thinking": None,
    "metadata": {},
}
_EFFORTS = {"max": "xhigh"}


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`; a failure lists what the provider cannot carry or what is wrong."""
    unsupported = Unsupported(target)
    asked = _without_lacking(request, unsupported)
    quirks = target.quirks
    body = compact(
        {
            "model": target.model,
            "messages": write_messages(_with_schema_prompt(asked, target), unsupported),
            "temperature": asked.temperature,
            "top_p": asked.top_p,
            quirks.max_tokens_field: asked.max_tokens,
            "stop": [*asked.stop] or None,
            quirks.seed_field: asked.seed,
            "response_format": _write_format(asked.response_schema, unsupported),
            "metadata": {**asked.metadata} or None,
            "stream": stream or None,
            "stream_options": {"include_usage": True} if stream and quirks.stream_usage else None,
        }
    )
    body |= _write_tools(asked, unsupported)
    body |= _write_thinking(asked.thinking, unsupported) if asked.thinking is not None else {}
    return unsupported.close(request, WireRequest(PATH, {**body, **asked.extra}))


def _without_lacking(request: ChatRequest, unsupported: Unsupported) -> ChatRequest:
    """`request` without the fields that the provider lacks: parameters with a note, tools and schemas not at all."""
    lacks = unsupported.target.quirks.lacks
    if not lacks:
        return request
    for name, given in (("tools", request.tools), ("response_schema", request.response_schema)):
        if name in lacks and given:
            unsupported.fail(name)
    left_out = {name: unset for name, unset in _UNSET.items() if name in lacks and getattr(request, name) != unset}
    for name in left_out:
        unsupported.drop(name)
    return attrs.evolve(request, **left_out)


def _write_tools(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if not request.tools:
        if request.tool_choice == "required":
            unsupported.reject("tool_choice: a tool is required, but there are no tools")
        return {}
    return compact(
        {
            "tools": [_write_tool(tool, unsupported) for tool in functions_of(request.tools)],
            "tool_choice": None if request.tool_choice is None else _write_choice(request.tool_choice),
            "parallel_tool_calls": request.parallel_tools,
        }
    )


def _write_tool(tool: Tool, unsupported: Unsupported) -> JsonObject:
    function = compact(
        {
            "name": tool.name,
            "description": tool.description or None,
            "parameters": openai_parameters(tool, unsupported),
            "strict": tool.strict,
        }
    )
    return {"type": "function", "function": function}


def _write_choice(choice: ToolChoice) -> Json:
    if isinstance(choice, ForcedTool):
        return {"type": "function", "function": {"name": choice.name}}
    return choice


def _write_format(schema: ResponseSchema | None, unsupported: Unsupported) -> JsonObject | None:
    if schema is None:
        return None
    if unsupported.target.quirks.schema == "json_object":
        return {"type": "json_object"}
    written, strict = openai_answer(schema, unsupported)
    named = compact(
        {
            "name": schema.name,
            "description": schema.description,
            "schema": written,
            "strict": strict,
        }
    )
    return {"type": "json_schema", "json_schema": named}


def _with_schema_prompt(request: ChatRequest, target: Target) -> tuple[Message, ...]:
    """The messages; where the provider knows only JSON mode, the schema stands at the end of the system prompt."""
    schema = request.response_schema
    if schema is None or target.quirks.schema != "json_object":
        return request.messages
    wanted = f"Answer with one JSON object, and nothing else, that fits this JSON Schema: {dumps_text(schema.schema)}"
    first, rest = request.messages[:1], request.messages[1:]
    if not first or first[0].role != "system":
        return (Message("system", (Text(wanted),)), *request.messages)
    joined = Text(f"{first[0].text}\n\n{wanted}".lstrip())
    return (attrs.evolve(first[0], parts=(joined,)), *rest)


def _write_thinking(thinking: Thinking, unsupported: Unsupported) -> JsonObject:
    """How much to reason, in the provider's own field; the rest of `thinking` is told to `unsupported`."""
    field = unsupported.target.quirks.effort_field
    if field == "reasoning":
        return _write_openrouter(thinking, unsupported)
    if field == "none":
        unsupported.drop("thinking")
        return {}
    for name, given in (("thinking.budget", thinking.budget), ("thinking.show", thinking.show)):
        if given is not None:
            unsupported.drop(name)
    if field == "thinking":
        return _write_switch(thinking, unsupported)
    effort = thinking.effort
    return {} if effort is None else {"reasoning_effort": _EFFORTS.get(effort, effort)}


def _write_switch(thinking: Thinking, unsupported: Unsupported) -> JsonObject:
    """DeepSeek's: on or off, without degrees."""
    if thinking.effort is None:
        return {}
    if thinking.effort != "none":
        unsupported.warn(
            "thinking.effort", f"{unsupported.target.provider} can only turn reasoning on or off; it was turned on"
        )
    return {"thinking": {"type": "disabled" if thinking.effort == "none" else "enabled"}}


def _write_openrouter(thinking: Thinking, unsupported: Unsupported) -> JsonObject:
    effort, budget = thinking.effort, thinking.budget
    if effort is not None and budget is not None:
        unsupported.warn("thinking.budget", "only one of effort and budget can be sent; the budget was left out")
        budget = None
    fields = compact(
        {
            "effort": None if effort is None else _EFFORTS.get(effort, effort),
            "max_tokens": budget,
            "exclude": None if thinking.show is None else not thinking.show,
        }
    )
    return {"reasoning": fields} if fields else {}
