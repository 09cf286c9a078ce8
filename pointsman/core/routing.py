"""Which models are asked for a request, in which order, and why: one pure decision. It knows no client and no clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from pointsman.core.explanation import Explanation, Ranked
from pointsman.core.model_facts import NO_FACTS, Ability, ModelFacts
from pointsman.core.observed import UNOBSERVED, Observed
from pointsman.core.options import Strategy
from pointsman.core.part import Audio, File, Image, Part, ToolResult
from pointsman.core.price import cost_of
from pointsman.core.request import ChatRequest
from pointsman.core.token_estimate import estimate_request
from pointsman.core.usage import Usage

AUTO = "auto"
"""The model name that leaves the choice to the router."""

USUAL_OUTPUT = 500
"""Output tokens that a ranking reckons with where `max_tokens` does not say."""

TASKS: Mapping[str, tuple[str, ...]] = {
    "analysis": ("claude", "gpt", "llama"),
    "ui_generation": ("gpt", "claude", "llama"),
    "config_management": ("llama", "gpt", "claude"),
    "general": ("llama", "gpt", "claude"),
    "code_repair": ("claude", "gpt", "llama"),
}
"""For each task the families, providers or `provider/model`s to be preferred, best first."""

GENERAL = "general"


@attrs.frozen(kw_only=True)
class Candidate:
    """A model that could be asked, and all that is known of it at this moment.

    `origins` are those of the opaque state it understands, `in_flight` the calls it is busy with, `cooling` the
    seconds until its circuit breaker lets a call through (0: it does), `too_dear` why a budget would refuse it.
    """

    provider: str
    model: str
    family: str = ""
    local: bool = False
    origins: frozenset[str] = frozenset()
    facts: ModelFacts = NO_FACTS
    observed: Observed = UNOBSERVED
    in_flight: int = 0
    cooling: float = 0.0
    too_dear: str = ""
    weight: float = 1.0

    @property
    def ref(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}"


@attrs.frozen(kw_only=True)
class Needs:
    """What a request needs of a model; tokens are estimates. `origins` are those of the opaque state it carries."""

    abilities: frozenset[Ability] = frozenset()
    input_tokens: int = 0
    output_tokens: int = USUAL_OUTPUT
    reserved_output: int = 0
    origins: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Ranking:
    """The candidates in the order in which they are to be asked, and the reasons."""

    order: tuple[Candidate, ...]
    explanation: Explanation


def family_of(kind: str, model: str, local: bool) -> str:
    """The family of a model: `claude`, `gpt`, `gemini`, `llama` (which stands for what runs locally), or its kind."""
    name = model.lower()
    for family, pattern in _FAMILIES:
        if pattern.search(name):
            return family
    return "llama" if local else _KINDS.get(kind, kind)


_FAMILIES = (
    ("claude", re.compile(r"claude")),
    ("gpt", re.compile(r"\bgpt-?\d|chatgpt|(^|/)o[134](-|$)")),
    ("gemini", re.compile(r"gemini")),
    ("llama", re.compile(r"llama")),
)
_KINDS = {
    "anthropic": "claude",
    "openai": "gpt",
    "openai-responses": "gpt",
    "azure": "gpt",
    "azure-entra": "gpt",
    "gemini": "gemini",
}


def needs_of(request: ChatRequest) -> Needs:
    """What `request` needs."""
    parts = [part for message in request.messages for part in message.parts]
    abilities: set[Ability] = set()
    if request.tools:
        abilities.add("tools")
    if request.response_schema is not None:
        abilities.add("schema")
    origins = set()
    for part in parts:
        if ability := _ability(part):
            abilities.add(ability)
        state = getattr(part, "state", None)
        if state is not None:
            origins.add(state.origin)
    return Needs(
        abilities=frozenset(abilities),
        input_tokens=estimate_request(request),
        output_tokens=request.max_tokens or USUAL_OUTPUT,
        reserved_output=request.max_tokens or 0,
        origins=frozenset(origins),
    )


def _ability(part: Part) -> Ability | None:
    match part:
        case Image():
            return "vision"
        case Audio():
            return "audio"
        case File():
            return "files"
        case ToolResult(_, _, content) if any(isinstance(inner, Image) for inner in content):
            return "vision"
        case _:
            return None


def rank(
    candidates: Sequence[Candidate],
    needs: Needs,
    strategy: Strategy,
    task: str = GENERAL,
    tables: Mapping[str, tuple[str, ...]] = TASKS,
    turn: int = 0,
) -> Ranking:
    """Who is asked, in which order. `turn` is the number of this call, for the strategies that take turns.

    Who cannot do it is passed over; who is cooling down too, unless nobody else is left. A conversation that carries
    a provider's opaque state stays with who understands it.
    """
    passed: list[Ranked] = []
    able = []
    for candidate in candidates:
        reason = lacking(candidate, needs)
        if reason:
            passed.append(Ranked(candidate.ref, reason))
        else:
            able.append(candidate)
    awake = [candidate for candidate in able if not candidate.cooling]
    if awake:
        passed += [
            Ranked(c.ref, f"it failed lately and is left alone for {c.cooling:.0f} s more") for c in able if c.cooling
        ]
    ordered = _STRATEGIES[strategy](awake or able, needs, tables.get(task, tables.get(GENERAL, ())), turn)
    loyal = [pair for pair in ordered if needs.origins & pair[0].origins]
    if loyal:
        others = [pair for pair in ordered if not needs.origins & pair[0].origins]
        ordered = [(c, f"the conversation carries its reasoning state; {why}") for c, why in loyal] + others
    explanation = Explanation(
        task=task,
        strategy=strategy,
        ranked=tuple(Ranked(candidate.ref, reason) for candidate, reason in ordered),
        passed_over=tuple(passed),
    )
    return Ranking(order=tuple(candidate for candidate, _ in ordered), explanation=explanation)


def lacking(candidate: Candidate, needs: Needs) -> str:
    """Why `candidate` cannot do it, or nothing. What is not known to be lacking is taken to be there."""
    if candidate.too_dear:
        return candidate.too_dear
    missing = sorted(needs.abilities & candidate.facts.lacks)
    if missing:
        return f"it cannot do {' and '.join(missing)}"
    window = candidate.facts.context_length
    wanted = needs.input_tokens + needs.reserved_output
    if window is not None and wanted > window:
        return f"about {wanted:,} tokens do not fit its window of {window:,}"
    most = candidate.facts.max_output
    if most is not None and needs.reserved_output > most:
        return f"it writes at most {most:,} tokens, and max_tokens is {needs.reserved_output:,}"
    return ""


_Ordered: TypeAlias = list[tuple[Candidate, str]]
_Order: TypeAlias = Callable[[Sequence[Candidate], Needs, tuple[str, ...], int], _Ordered]


def _by_task(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    def place(candidate: Candidate) -> int:
        names = (candidate.ref, candidate.provider, candidate.family, candidate.model)
        return next((number for number, entry in enumerate(table) if entry in names), len(table))

    ordered = sorted(candidates, key=place)
    return [(c, _task_reason(table, place(c))) for c in ordered]


def _task_reason(table: tuple[str, ...], place: int) -> str:
    return f"choice {place + 1} for this task ({table[place]})" if place < len(table) else "not named for this task"


def _by_cost(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    priced = [(candidate, expected_dollars(candidate, needs)) for candidate in candidates]
    known = sorted((pair for pair in priced if pair[1] is not None), key=lambda pair: pair[1] or Decimal(0))
    unknown = [pair[0] for pair in priced if pair[1] is None]
    return [(c, _cost_reason(dollars)) for c, dollars in known] + [(c, "its price is not known") for c in unknown]


def _cost_reason(dollars: Decimal | None) -> str:
    return f"about ${dollars:.6f}" if dollars else "costs nothing"


def _by_performance(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    timed = [(candidate, candidate.observed.expected_seconds(needs.output_tokens)) for candidate in candidates]
    fresh = [candidate for candidate, seconds in timed if seconds is None]
    known = sorted((pair for pair in timed if pair[1] is not None), key=lambda pair: pair[1] or 0.0)
    return [(c, "not measured lately, so it is tried") for c in fresh] + [
        (c, f"{_seconds(seconds, needs)}, {c.observed.error_rate:.0%} failed") for c, seconds in known
    ]


def _seconds(seconds: float | None, needs: Needs) -> str:
    return f"about {seconds:.2f} s for {needs.output_tokens:,} tokens" if seconds is not None else "speed not known"


def _balanced(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    dollars = {c.ref: expected_dollars(c, needs) for c in candidates}
    seconds = {c.ref: c.observed.expected_seconds(needs.output_tokens) for c in candidates}
    dearest = max((float(d) for d in dollars.values() if d is not None), default=0.0)
    slowest = max((s for s in seconds.values() if s is not None), default=0.0)

    def score(candidate: Candidate) -> float:
        price, time = dollars[candidate.ref], seconds[candidate.ref]
        by_price = 1.0 if price is None else float(price) / dearest if dearest else 0.0
        by_time = 0.5 if time is None else time / slowest if slowest else 0.0
        return by_price + by_time + candidate.observed.error_rate

    def reason(candidate: Candidate) -> str:
        price = dollars[candidate.ref]
        cost = "price not known" if price is None else _cost_reason(price)
        return f"{cost}, {_seconds(seconds[candidate.ref], needs)} (score {score(candidate):.2f}, less is better)"

    return [(c, reason(c)) for c in sorted(candidates, key=score)]


def _local_first(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    local = [c for c in candidates if c.local]
    remote = [c for c in candidates if not c.local]
    return [(c, "runs locally") for c in local] + _by_cost(remote, needs, table, turn)


def _round_robin(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    start = turn % len(candidates) if candidates else 0
    ordered = [*candidates[start:], *candidates[:start]]
    return [(c, "its turn" if number == 0 else "next in turn") for number, c in enumerate(ordered)]


def _weighted(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    """Turns in proportion to the weights, as evenly spread as can be: who is furthest behind its share is next."""
    total = sum(max(0.0, c.weight) for c in candidates)
    if not total:
        return _round_robin(candidates, needs, table, turn)
    place = (turn + 0.5) * _GOLDEN % 1.0 * total
    first = len(candidates) - 1
    for number, candidate in enumerate(candidates):
        place -= max(0.0, candidate.weight)
        if place < 0:
            first = number
            break
    rest = sorted((c for n, c in enumerate(candidates) if n != first), key=lambda c: -c.weight)
    return [(c, f"weight {c.weight:g} of {total:g}") for c in (candidates[first], *rest)]


_GOLDEN = 0.6180339887498949
"""Multiples of the golden ratio, modulo one, are spread more evenly than chance would: after any number of turns each
weight has its share within a few calls."""


def _least_busy(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    return [(c, f"{c.in_flight} call(s) under way") for c in sorted(candidates, key=lambda c: c.in_flight)]


def expected_dollars(candidate: Candidate, needs: Needs) -> Decimal | None:
    """What the request should cost there, or None where the price is not known."""
    usage = Usage(needs.input_tokens, needs.output_tokens, 0, 0, 0, estimated=True)
    return cost_of(candidate.facts.price, usage).usd


_STRATEGIES: Mapping[Strategy, _Order] = {
    "task": _by_task,
    "cost": _by_cost,
    "performance": _by_performance,
    "balanced": _balanced,
    "local_first": _local_first,
    "round_robin": _round_robin,
    "weighted": _weighted,
    "least_busy": _least_busy,
}
