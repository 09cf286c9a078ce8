"""Gemini's parameters, a row each, both ways. Source: ai.google.dev/api/generate-content#v1beta.GenerationConfig."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pointsman.adapters.dialects.gemini.tools import read_choice, write_choice
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.parameters import (
    Parameter,
    nest,
    number,
    send_nearest_effort,
    table_of,
    text,
    texts,
    whole,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import Bounds, ChatRequest, Effort, Thinking, bounds_problem, effort_named
from pointsman.core.json import JsonObject, compact

_CONFIG = "generationConfig"
_LEVELS: tuple[Effort, ...] = ("minimal", "low", "medium", "high")
_SECOND = re.compile(r"gemini-2\.")
_BUDGETS: Mapping[Effort, int] = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576}
"""Efforts of the models that take a budget only. Source: ai.google.dev/gemini-api/docs/openai#thinking."""
_DYNAMIC = -1
"""As a budget: the model decides, which is what all others do where nothing is said."""


def _read_logprobs(body: ObjectReader) -> int | None:
    config = body.inner(_CONFIG)
    wanted, alternatives = config.flag("responseLogprobs"), config.whole("logprobs")
    problem = bounds_problem("logprobs", alternatives)
    if problem is not None:
        body.log.problems.append(problem)
    return (alternatives or 0) if wanted else None


def _write_logprobs(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    return {_CONFIG: compact({"responseLogprobs": True, "logprobs": value or None})}


def _read_thinking(body: ObjectReader) -> Thinking | None:
    if _CONFIG not in body or "thinkingConfig" not in body.inner(_CONFIG):
        return None
    config = body.inner(_CONFIG).inner("thinkingConfig")
    show, budget, effort = config.flag("includeThoughts"), config.whole("thinkingBudget"), _read_level(config)
    if budget == 0:
        effort, budget = "none", None
    thinking = Thinking(effort, None if budget == _DYNAMIC else budget, show)
    return None if thinking == Thinking() else thinking


def _read_level(config: ObjectReader) -> Effort | None:
    level = (config.text("thinkingLevel") or "").lower()
    effort = effort_named(level)
    if effort is None and level not in ("", "thinking_level_unspecified"):
        config.log.add_untranslated(config.place("thinkingLevel"))
    return effort


def _write_thinking(thinking: Thinking, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """A budget or a level: the API takes one of them, and Gemini 2 a budget only."""
    budget, effort = thinking.budget, thinking.effort
    if budget is not None and effort not in (None, "none"):
        unsupported.warn("thinking", "Gemini takes a budget or an effort; the budget was sent")
    if effort == "none":
        budget = 0
    level = None if budget is not None or effort is None else _level_taken(effort, unsupported)
    if level is not None and _SECOND.match(unsupported.target.model.rpartition("/")[2]):
        budget, level = _BUDGETS[level], None
    fields = compact({"includeThoughts": thinking.show, "thinkingBudget": budget, "thinkingLevel": level})
    return nest(f"{_CONFIG}.thinkingConfig", fields) if fields else {}


def _level_taken(effort: Effort, unsupported: Unsupported) -> Effort:
    """The effort, or the nearest that there is, with a warning."""
    efforts = unsupported.target.quirks.efforts
    levels: Sequence[Effort] = [each for each in _LEVELS if each in efforts] or _LEVELS
    if effort in levels:
        return effort
    return send_nearest_effort(effort, levels, unsupported)


PARAMETERS = table_of(
    number("temperature", f"{_CONFIG}.temperature", Bounds(0, 2)),
    number("top_p", f"{_CONFIG}.topP", Bounds(0, 1)),
    whole("top_k", f"{_CONFIG}.topK"),
    number("frequency_penalty", f"{_CONFIG}.frequencyPenalty", Bounds(-2, 2)),
    number("presence_penalty", f"{_CONFIG}.presencePenalty", Bounds(-2, 2)),
    Parameter(
        "logprobs", f"{_CONFIG}.responseLogprobs, {_CONFIG}.logprobs", _read_logprobs, _write_logprobs, names=(_CONFIG,)
    ),
    whole("n", f"{_CONFIG}.candidateCount", Bounds(1, 8, whole=True)),
    whole("max_tokens", f"{_CONFIG}.maxOutputTokens"),
    texts("stop", f"{_CONFIG}.stopSequences", most=5),
    whole("seed", f"{_CONFIG}.seed", Bounds(-(2**31), 2**31 - 1, whole=True)),
    text("service_tier", "serviceTier"),
    Parameter("tool_choice", "toolConfig.functionCallingConfig", read_choice, write_choice, names=("toolConfig",)),
    Parameter("thinking", f"{_CONFIG}.thinkingConfig", _read_thinking, _write_thinking, names=(_CONFIG,)),
)
