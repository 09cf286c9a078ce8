"""The parameters of the Messages API: of this table its reader and its writer are made. Knows no content.

`max_tokens` is required on the wire: without one goes the most that the model can write, or `USUAL_MOST`.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.adapters.dialects.anthropic.thinking import USUAL_MOST, plan_thinking, read_thinking, write_thinking
from pointsman.adapters.dialects.anthropic.tools import read_choice, read_parallel, write_choice
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.parameters import Parameter, ParameterTable, number, table_of, texts, whole
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import NO_LIMIT, Bounds, ChatRequest
from pointsman.core.json import JsonObject

LEAST_ANSWER = 4096
"""Output tokens beside the thinking where nobody says how many."""
_LEAST_TOP_P = 0.95
"""The least that the API takes with thinking."""
_TIERS: Mapping[str, str] = {"auto": "auto", "standard_only": "standard_only", "default": "standard_only"}
"""OpenAI's `default` is what nobody paid more for."""

_TEMPERATURE = number("temperature", "temperature", Bounds(0, 1))
_TOP_P = number("top_p", "top_p", Bounds(0, 1))
_TOP_K = whole("top_k", "top_k")
_MAX_TOKENS = whole("max_tokens", "max_tokens")
_STOP = texts("stop", "stop_sequences")


def _write_temperature(value: float, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if _thinks(request, unsupported) and value != 1:
        unsupported.drop("temperature", "the API takes no temperature with thinking; it was left out")
        return {}
    return _TEMPERATURE.write(value, request, unsupported)


def _write_top_p(value: float, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if _thinks(request, unsupported) and value < _LEAST_TOP_P:
        unsupported.warn("top_p", f"top_p was raised from {value:g} to {_LEAST_TOP_P}, the least beside thinking")
        value = _LEAST_TOP_P
    return _TOP_P.write(value, request, unsupported)


def _write_top_k(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if _thinks(request, unsupported):
        unsupported.drop("top_k", "the API takes no top_k with thinking; it was left out")
        return {}
    return _TOP_K.write(value, request, unsupported)


def _write_max_tokens(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    most, budget = unsupported.target.max_output, _budget(request, unsupported)
    if value == NO_LIMIT:
        return {"max_tokens": default_max_tokens(request, unsupported)}
    if budget is not None and value <= budget:
        unsupported.reject(f"max_tokens: {value} is not above the thinking budget of {budget} tokens")
    if most is not None and value > most:
        unsupported.warn("max_tokens", f"max_tokens was lowered from {value} to {most}, the most the model can write")
        value = most
    return {"max_tokens": value}


def default_max_tokens(request: ChatRequest, unsupported: Unsupported) -> int:
    """How many tokens are asked for where nobody limits them: the most that is known to be possible."""
    return max(unsupported.target.max_output or USUAL_MOST, (_budget(request, unsupported) or 0) + LEAST_ANSWER)


def _write_stop(value: tuple[str, ...], request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    seen = tuple(stop for stop in value if stop.strip())
    if len(seen) < len(value):
        unsupported.drop("stop", "the API takes no stop sequence of white space alone; it was left out")
    return _STOP.write(seen, request, unsupported) if seen else {}


def _write_tier(value: str, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if value not in _TIERS:
        unsupported.drop("service_tier", f"the API has no service tier {value!r}; it was left out")
        return {}
    return {"service_tier": _TIERS[value]}


def _thinks(request: ChatRequest, unsupported: Unsupported) -> bool:
    plan = plan_thinking(request, unsupported)
    return plan is not None and plan.kind != "disabled"


def _budget(request: ChatRequest, unsupported: Unsupported) -> int | None:
    plan = plan_thinking(request, unsupported)
    return None if plan is None else plan.budget


def _read_metadata(body: ObjectReader) -> Mapping[str, str] | None:
    user = body.inner("metadata").text("user_id") if "metadata" in body else None
    return None if user is None else {"user_id": user}


def _write_metadata(value: Mapping[str, str], request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if value.keys() - {"user_id"}:
        unsupported.warn("metadata", "the API takes no metadata but user_id; the rest was left out")
    return {"metadata": {"user_id": value["user_id"]}} if "user_id" in value else {}


PARAMETERS: ParameterTable = table_of(
    attrs.evolve(_TEMPERATURE, write=_write_temperature, note="0 to 1; not with thinking"),
    attrs.evolve(_TOP_P, write=_write_top_p, note=f"0 to 1; with thinking at least {_LEAST_TOP_P}"),
    attrs.evolve(_TOP_K, write=_write_top_k, note="not with thinking"),
    attrs.evolve(_MAX_TOKENS, write=_write_max_tokens, note=f"by default the model's most, else {USUAL_MOST}"),
    attrs.evolve(_STOP, write=_write_stop, note="none of white space alone"),
    Parameter(
        "service_tier", "service_tier", lambda body: body.text("service_tier"), _write_tier, "auto, standard_only"
    ),
    Parameter("tool_choice", "tool_choice", read_choice, lambda value, request, notes: write_choice(request, notes)),
    Parameter(
        "parallel_tools",
        "tool_choice.disable_parallel_tool_use",
        read_parallel,
        lambda value, request, notes: write_choice(request, notes),
        "negated",
    ),
    Parameter("thinking", "thinking", read_thinking, write_thinking, "an effort or a budget, as the model knows"),
    Parameter("metadata", "metadata", _read_metadata, _write_metadata, "user_id alone"),
)
COUNTED = ("thinking", "tool_choice", "parallel_tools")
"""Those that play a part in the count of input tokens."""
