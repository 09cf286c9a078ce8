"""Ollama's parameters, a row each, both ways. Source: docs/api.md and api/types.go of ollama/ollama."""

from __future__ import annotations

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.parameters import (
    Parameter,
    number,
    read_logprobs,
    table_of,
    texts,
    whole,
    write_logprobs,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import NO_LIMIT, ChatRequest, Thinking, bounds_problem, effort_named
from pointsman.core.chat.tool import AllowedTools, ToolChoice
from pointsman.core.json import Json, JsonObject

_LEVELS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "max"}


def _read_limit(body: ObjectReader) -> int | None:
    """`num_predict`: -1 is no limit, and -2 fills the window, which is as much."""
    options = body.inner("options")
    limit = options.whole("num_predict")
    limit = NO_LIMIT if limit == -2 else limit
    problem = bounds_problem("max_tokens", limit)
    if problem is not None:
        options.problem("num_predict", problem.partition(": ")[2])
    return limit


def _write_limit(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    return {"options": {"num_predict": value}}


def _read_choice(body: ObjectReader) -> ToolChoice | None:
    return None  # Ollama has none


def _write_choice(choice: ToolChoice, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """There is no choice on the wire: what of it leaves tools out is done where tools are written."""
    if choice == "none":
        if request.tools:
            unsupported.warn("tool_choice", "Ollama has no tool choice; the tools were left out")
    elif choice != "auto" and (not isinstance(choice, AllowedTools) or choice.required):
        unsupported.drop("tool_choice", "Ollama has no tool choice; the model decides")
    return {}


def _read_think(body: ObjectReader) -> Thinking | None:
    value = body.raw("think")
    if value is None:
        return None
    if isinstance(value, bool):
        return Thinking(show=True) if value else Thinking(effort="none")
    effort = effort_named(value) if isinstance(value, str) else None
    if effort is None:
        body.problem("think", "it is neither true, false nor one of low, medium, high")
        return None
    return Thinking(effort=effort)


def _write_think(thinking: Thinking, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if thinking.budget is not None:
        unsupported.drop("thinking.budget", "Ollama takes no budget of reasoning tokens; only that reasoning is wanted")
    if thinking.effort == "none":
        return {"think": False}
    if thinking.show is False:
        hidden = "it was told not to think" if thinking.effort is None else "thoughts are shown"
        unsupported.drop("thinking.show", f"Ollama cannot hide what a model thinks; {hidden}")
        if thinking.effort is None:
            return {"think": False}
    level = _LEVELS.get(thinking.effort or "")
    if thinking.effort is not None and level != thinking.effort:
        unsupported.warn("thinking.effort", f"Ollama has no effort {thinking.effort!r}; it was sent as {level!r}")
    think: Json = True if level is None else level
    return {"think": think}


PARAMETERS = table_of(
    number("temperature", "options.temperature"),
    number("top_p", "options.top_p"),
    whole("top_k", "options.top_k"),
    number("frequency_penalty", "options.frequency_penalty"),
    number("presence_penalty", "options.presence_penalty"),
    Parameter("logprobs", "logprobs, top_logprobs", read_logprobs, write_logprobs),
    Parameter("max_tokens", "options.num_predict", _read_limit, _write_limit),
    texts("stop", "options.stop"),
    whole("seed", "options.seed"),
    Parameter("tool_choice", "tools", _read_choice, _write_choice, "none or some: tools are left out"),
    Parameter("thinking", "think", _read_think, _write_think, "no budget"),
)
