"""What a Response object repeats of the request that it answers, as typed clients expect it."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import ChatCall, Quirks, Target
from pointsman.adapters.dialects.openai_responses.content import NAME
from pointsman.adapters.dialects.openai_responses.request import split_instructions, write_settings
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.json import Json, JsonObject

_DEFAULTS: JsonObject = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": None,
    "store": False,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
"""The fields that are repeated, with what they are where the request says nothing."""
_PLAIN = Quirks(strict="never")
"""Schemas are repeated as they came."""


def echo(call: ChatCall) -> JsonObject:
    """The settings of the request, as its client wrote them where it wrote them in this dialect."""
    request = call.request
    original = request.original
    unsupported = Unsupported(Target("", request.model, _PLAIN))
    body: JsonObject = {"instructions": split_instructions(request, unsupported)[0]}
    body |= write_settings(request, unsupported)
    if original is not None and original.dialect == NAME:
        body |= original.body
    return {name: _repeat(body.get(name), default) for name, default in _DEFAULTS.items()}


def _repeat(value: Json, default: Json) -> Json:
    """A value that was given, with its parts that were not."""
    if isinstance(value, dict) and isinstance(default, dict):
        return {**default, **value}
    return default if value is None else value
