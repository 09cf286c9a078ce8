"""OpenAI chat's parameters, a row each, both ways. Source: platform.openai.com/docs/api-reference/chat/create.

Servers that imitate it have other words for some: which word a provider takes is one of its quirks, all are read.
"""

from __future__ import annotations

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_chat.tools import read_choice, write_choice
from pointsman.adapters.dialects.parameters import (
    Parameter,
    flag,
    number,
    read_logprobs,
    send_nearest_effort,
    table_of,
    text,
    texts,
    whole,
    write_logprobs,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import (
    EFFORTS,
    NO_LIMIT,
    Bounds,
    ChatRequest,
    Effort,
    Thinking,
    bounds_problem,
    effort_named,
)
from pointsman.core.json import JsonObject, compact, float_or_none


def _read_max_tokens(body: ObjectReader) -> int | None:
    newer, older = body.whole("max_completion_tokens"), body.whole("max_tokens")
    value = older if newer is None else newer
    problem = bounds_problem("max_tokens", value)
    if problem is not None:
        body.log.problems.append(problem)
    return value


def _write_max_tokens(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    quirks = unsupported.target.quirks
    return {} if value == NO_LIMIT and not quirks.unlimited else {quirks.max_tokens_field: value}


def _read_seed(body: ObjectReader) -> int | None:
    seed, random_seed = body.whole("seed"), body.whole("random_seed")
    return random_seed if seed is None else seed


def _write_seed(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    return {unsupported.target.quirks.seed_field: value}


def _read_bias(body: ObjectReader) -> dict[str, float]:
    value = body.raw("logit_bias")
    if value is None:
        return {}
    fields = value if isinstance(value, dict) else {}
    bias = {token: weight for token, item in fields.items() if (weight := float_or_none(item)) is not None}
    if not isinstance(value, dict) or len(bias) < len(value):
        body.problem("logit_bias", "it is not an object of numbers")
    return bias


def _write_bias(value: dict[str, float], request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    return {"logit_bias": {**value}}


def _read_metadata(body: ObjectReader) -> dict[str, str]:
    inner = body.inner("metadata")
    return {name: entry for name in inner.value if (entry := inner.text(name)) is not None}


def _write_metadata(value: dict[str, str], request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    return {"metadata": {**value}}


def _read_thinking(body: ObjectReader) -> Thinking | None:
    """How much to reason, by whichever of the three fields says it."""
    effort = _read_effort(body, "reasoning_effort")
    reasoning = _read_openrouter(body.inner("reasoning")) if "reasoning" in body else None
    switch = _read_switch(body.inner("thinking")) if "thinking" in body else None
    return Thinking(effort) if effort is not None else reasoning or switch


def _read_effort(body: ObjectReader, name: str) -> Effort | None:
    written = body.text(name)
    effort = effort_named(written)
    if written is not None and effort is None:
        body.problem(name, f"{written!r} is not one of {', '.join(EFFORTS)}")
    return effort


def _read_openrouter(reasoning: ObjectReader) -> Thinking | None:
    """OpenRouter's object. Source: openrouter.ai/docs/use-cases/reasoning-tokens."""
    effort, budget = _read_effort(reasoning, "effort"), reasoning.whole("max_tokens")
    enabled, exclude = reasoning.flag("enabled"), reasoning.flag("exclude")
    if effort is None and enabled is not None and budget is None:
        effort = "medium" if enabled else "none"
    thinking = Thinking(effort, budget, None if exclude is None else not exclude)
    return None if thinking == Thinking() else thinking


def _read_switch(thinking: ObjectReader) -> Thinking | None:
    """DeepSeek's object, which turns reasoning on or off. Source: api-docs.deepseek.com/guides/thinking_mode."""
    kind = thinking.text("type")
    if kind not in ("enabled", "disabled"):
        return None
    return Thinking("medium" if kind == "enabled" else "none", thinking.whole("budget_tokens"))


def _write_thinking(thinking: Thinking, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """How much to reason, in the provider's own field; what that field cannot say is told."""
    field = unsupported.target.quirks.effort_field
    if field == "reasoning":
        return _write_openrouter(thinking, unsupported)
    if field == "none":
        unsupported.drop("thinking")
        return {}
    for name, value in (("thinking.budget", thinking.budget), ("thinking.show", thinking.show)):
        if value is not None:
            unsupported.drop(name)
    if field == "thinking":
        return _write_switch(thinking, unsupported)
    effort = _effort_taken(thinking.effort, unsupported)
    return {} if effort is None else {"reasoning_effort": effort}


def _effort_taken(effort: Effort | None, unsupported: Unsupported) -> Effort | None:
    """The effort, or the nearest that the provider has, with a warning."""
    efforts = unsupported.target.quirks.efforts
    if effort is None or not efforts or effort in efforts:
        return effort
    return send_nearest_effort(effort, efforts, unsupported)


def _write_switch(thinking: Thinking, unsupported: Unsupported) -> JsonObject:
    """DeepSeek turns reasoning off by its object, and takes the effort beside it."""
    effort = _effort_taken(thinking.effort, unsupported)
    if effort is None:
        return {}
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {"type": "enabled"}, "reasoning_effort": effort}


def _write_openrouter(thinking: Thinking, unsupported: Unsupported) -> JsonObject:
    effort, budget = _effort_taken(thinking.effort, unsupported), thinking.budget
    if effort is not None and budget is not None:
        unsupported.warn("thinking.budget", "only one of effort and budget can be sent; the budget was left out")
        budget = None
    exclude = None if thinking.show is None else not thinking.show
    fields = compact({"effort": effort, "max_tokens": budget, "exclude": exclude})
    return {"reasoning": fields} if fields else {}


PARAMETERS = table_of(
    number("temperature", "temperature", Bounds(0, 2)),
    number("top_p", "top_p", Bounds(0, 1)),
    whole("top_k", "top_k"),
    number("frequency_penalty", "frequency_penalty", Bounds(-2, 2)),
    number("presence_penalty", "presence_penalty", Bounds(-2, 2)),
    Parameter("logit_bias", "logit_bias", _read_bias, _write_bias, names=("logit_bias",)),
    Parameter("logprobs", "logprobs, top_logprobs", read_logprobs, write_logprobs, names=("logprobs", "top_logprobs")),
    whole("n", "n", Bounds(1, 128)),
    Parameter(
        "max_tokens",
        "max_tokens or max_completion_tokens",
        _read_max_tokens,
        _write_max_tokens,
        names=("max_completion_tokens", "max_tokens"),
    ),
    texts("stop", "stop"),
    Parameter("seed", "seed or random_seed", _read_seed, _write_seed, names=("seed", "random_seed")),
    text("verbosity", "verbosity"),
    text("service_tier", "service_tier"),
    Parameter("tool_choice", "tool_choice", read_choice, write_choice, names=("tool_choice", "function_call")),
    flag("parallel_tools", "parallel_tool_calls"),
    Parameter(
        "thinking",
        "reasoning_effort, reasoning or thinking",
        _read_thinking,
        _write_thinking,
        names=("reasoning_effort", "reasoning", "thinking"),
    ),
    Parameter("metadata", "metadata", _read_metadata, _write_metadata, names=("metadata",)),
)
