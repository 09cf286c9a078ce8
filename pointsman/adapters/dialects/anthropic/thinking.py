"""How much a model is to think, both ways. Knows no other parameter but the limit that thinking counts towards.

An effort goes as `adaptive` thinking with `output_config.effort`, a budget as `enabled` thinking, the effort `none` as
`disabled`. Models before 4.6 know budgets alone, those since 4.7 efforts alone: the one is then told by the other
(platform.claude.com/docs/en/build-with-claude/adaptive-thinking).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import attrs

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import NO_LIMIT, ChatRequest, Effort, Thinking
from pointsman.core.json import JsonObject, compact

USUAL_MOST = 32_000
"""Output tokens that every Claude since version 4 can write."""
LEAST_BUDGET = 1024
"""Tokens of thinking, the least the API takes."""
_EFFORTS: Mapping[str, Effort] = {"low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
_DISPLAYS: Mapping[str, bool] = {"summarized": True, "omitted": False}
_KINDS = frozenset({"enabled", "adaptive"})
_BUDGETS: Mapping[Effort, int] = {"low": 2048, "medium": 8192, "high": 16_384, "xhigh": 32_768, "max": 32_768}
"""Tokens that stand for an effort."""
_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_FIRST_EFFORTS, _LAST_BUDGETS = (4, 6), (4, 6)
_EARLY_EFFORT = re.compile(r"claude-opus-4[-.]5(?!\d)")
"""Takes an effort beside a budget."""


@attrs.frozen
class ThinkingPlan:
    """What goes on the wire; `notes` say what was changed."""

    kind: Literal["disabled", "adaptive", "enabled"]
    budget: int | None = None
    effort: Effort | None = None
    notes: tuple[str, ...] = ()


def plan_thinking(request: ChatRequest, unsupported: Unsupported) -> ThinkingPlan | None:
    """What becomes of the `thinking` of `request`; None where nothing is said of it, or the provider lacks it."""
    thinking = request.thinking
    if thinking is None or "thinking" in unsupported.target.quirks.lacks:
        return None
    if thinking.effort == "none" or thinking.budget == 0:
        return ThinkingPlan("disabled")
    version = _version(unsupported.target.model)
    if version is not None and version < _FIRST_EFFORTS:
        return _by_budget(thinking, request, unsupported)
    if version is not None and version > _LAST_BUDGETS and thinking.budget is not None:
        return _by_effort(thinking, thinking.budget)
    return _as_asked(thinking)


def _version(model: str) -> tuple[int, int] | None:
    match = _VERSION.search(model.lower())
    return None if match is None else (int(match[1]), int(match[2] or 0))


def _as_asked(thinking: Thinking) -> ThinkingPlan:
    effort, notes = _known_effort(thinking.effort)
    if thinking.budget is None:
        return ThinkingPlan("adaptive", None, effort, notes)
    budget = max(LEAST_BUDGET, thinking.budget)
    if budget != thinking.budget:
        notes = (*notes, f"the thinking budget was raised to {LEAST_BUDGET}, the least the API takes")
    return ThinkingPlan("enabled", budget, effort, notes)


def _known_effort(effort: Effort | None) -> tuple[Effort | None, tuple[str, ...]]:
    if effort != "minimal":
        return effort, ()
    return "low", ("the effort 'minimal' was sent as 'low', the least the API has",)


def _by_budget(thinking: Thinking, request: ChatRequest, unsupported: Unsupported) -> ThinkingPlan:
    plan = _as_asked(thinking)
    effort, name = plan.effort or "high", unsupported.target.model
    if plan.budget is not None:
        if plan.effort is None or _EARLY_EFFORT.search(name):
            return plan
        return attrs.evolve(plan, effort=None, notes=(*plan.notes, f"{name} knows no efforts; its budget was sent"))
    budget = min(_BUDGETS[effort], _room(request, unsupported) // 2)
    if budget < LEAST_BUDGET:
        return ThinkingPlan("disabled", notes=("max_tokens leaves no room for thinking; it was switched off",))
    note = f"{name} knows no efforts; {effort!r} was sent as a thinking budget of {budget} tokens"
    return ThinkingPlan("enabled", budget, None, (note,))


def _room(request: ChatRequest, unsupported: Unsupported) -> int:
    limit = request.max_tokens if "max_tokens" not in unsupported.target.quirks.lacks else None
    return unsupported.target.max_output or USUAL_MOST if limit is None or limit == NO_LIMIT else limit


def _by_effort(thinking: Thinking, budget: int) -> ThinkingPlan:
    effort, notes = _known_effort(thinking.effort)
    if effort is None:
        enough: list[Effort] = [level for level, tokens in _BUDGETS.items() if budget <= tokens]
        effort = enough[0] if enough else "max"
    note = f"the model knows no thinking budgets; that of {budget} tokens was sent as the effort {effort!r}"
    return ThinkingPlan("adaptive", None, effort, (*notes, note))


def write_thinking(thinking: Thinking, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The `thinking` and the effort of the body."""
    plan = plan_thinking(request, unsupported)
    if plan is None:
        return {}
    for note in plan.notes:
        unsupported.warn("thinking", note)
    if plan.kind == "disabled":
        return {"thinking": {"type": "disabled"}}
    display = None if thinking.show is None else "summarized" if thinking.show else "omitted"
    config: JsonObject = {} if plan.effort is None else {"output_config": {"effort": plan.effort}}
    return {"thinking": compact({"type": plan.kind, "budget_tokens": plan.budget, "display": display}), **config}


def read_thinking(body: ObjectReader) -> Thinking | None:
    """How much to think. Words that are not known stay unread, and so are reported."""
    effort = _read_effort(body.inner("output_config")) if "output_config" in body else None
    if "thinking" not in body:
        return None if effort is None else Thinking(effort)
    thinking = body.inner("thinking")
    kind = thinking.value.get("type")
    if kind == "disabled":
        thinking.skip("type")
        return Thinking("none")
    if kind in _KINDS:
        thinking.skip("type")
    show = _DISPLAYS.get(str(thinking.value.get("display")))
    if show is not None:
        thinking.skip("display")
    return Thinking(effort, thinking.whole("budget_tokens"), show)


def _read_effort(config: ObjectReader) -> Effort | None:
    effort = _EFFORTS.get(str(config.value.get("effort")))
    if effort is not None:
        config.skip("effort")
    return effort
