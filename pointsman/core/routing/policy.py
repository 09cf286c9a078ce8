"""Which models are asked for a request, in which order, and why: one pure decision. It knows no client and no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from pointsman.core.chat.options import Strategy
from pointsman.core.routing.candidate import Candidate, Needs
from pointsman.core.routing.evidence import HEAL, task_kind
from pointsman.core.routing.reasons import say
from pointsman.core.routing.strategies import STRATEGIES


@attrs.frozen
class Ranked:
    """A model that may be asked, as `provider/model`, and why it has this place."""

    model: str
    reason: str


@attrs.frozen(kw_only=True)
class Explanation:
    """The models in the order in which they are asked, and those passed over, each with its reason."""

    task: str = ""
    strategy: str = ""
    ranked: tuple[Ranked, ...] = ()
    passed_over: tuple[Ranked, ...] = ()

    def __str__(self) -> str:
        lines = [f"{number}. {one.model}: {one.reason}" for number, one in enumerate(self.ranked, 1)]
        lines += [f"-  {one.model}: passed over, {one.reason}" for one in self.passed_over]
        return "\n".join(lines)


AUTO = "auto"
"""The model name that leaves the choice to the router."""

TASKS: Mapping[str, tuple[str, ...]] = {
    "analysis": ("claude", "gpt", "llama"),
    "ui_generation": ("gpt", "claude", "llama"),
    "config_management": ("llama", "gpt", "claude"),
    "general": ("llama", "gpt", "claude"),
    "coding": ("claude", "gpt", "llama"),
    "code_repair": ("claude", "gpt", "llama"),
    "heal": ("claude", "gpt", "llama"),
}
"""For each task the families, providers or `provider/model`s to be preferred, best first."""

GENERAL = "general"


@attrs.frozen(kw_only=True)
class Ranking:
    """The candidates in the order in which they are to be asked, and the reasons."""

    order: tuple[Candidate, ...]
    explanation: Explanation


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
        reason = missing_ability(candidate, needs)
        if reason:
            passed.append(Ranked(candidate.ref, reason))
        else:
            able.append(candidate)
    awake = [candidate for candidate in able if not candidate.cooling]
    if awake:
        passed += [Ranked(c.ref, say("cooling", seconds=f"{c.cooling:.0f}")) for c in able if c.cooling]
    ordered = STRATEGIES[strategy](awake or able, needs, _table(task, tables), turn)
    loyal = [pair for pair in ordered if needs.origins & pair[0].origins]
    if loyal:
        others = [pair for pair in ordered if not needs.origins & pair[0].origins]
        ordered = [(c, f"{say('loyal')}; {why}") for c, why in loyal] + others
    explanation = Explanation(
        task=task,
        strategy=strategy,
        ranked=tuple(Ranked(candidate.ref, reason) for candidate, reason in ordered),
        passed_over=tuple(passed),
    )
    return Ranking(order=tuple(candidate for candidate, _ in ordered), explanation=explanation)


def _table(task: str, tables: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """That of `task`; of `heal:KIND`, where it has none of its own, that of `heal`."""
    usual = HEAL if task_kind(task) else GENERAL
    return tables.get(task, tables.get(usual, tables.get(GENERAL, ())))


def missing_ability(candidate: Candidate, needs: Needs) -> str:
    """Why `candidate` cannot do it, or nothing. What is not known to be lacking is taken to be there."""
    if candidate.too_dear:
        return candidate.too_dear
    missing = sorted(needs.abilities & candidate.facts.lacks)
    if missing:
        return say("lacks", abilities=" and ".join(missing))
    window = candidate.facts.context_length
    wanted = needs.input_tokens + needs.reserved_output
    if window is not None and wanted > window:
        return say("window", tokens=f"{wanted:,}", window=f"{window:,}")
    most = candidate.facts.max_output
    if most is not None and needs.reserved_output > most:
        return say("output", most=f"{most:,}", wanted=f"{needs.reserved_output:,}")
    return ""
