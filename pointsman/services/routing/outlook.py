"""What is known of the models of a route: price, window, speed, failures. For explaining it; nobody is asked."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.chat.request import ChatRequest
from pointsman.core.models.model import parse_model_ref
from pointsman.core.money.cost import Cost
from pointsman.core.routing.candidate import Candidate, requirements_of
from pointsman.core.routing.strategies import expected_dollars
from pointsman.services.routing.planner import Planner


@attrs.frozen(kw_only=True)
class ModelOutlook:
    """What a request should cost at a model and what it did lately; None for what is not known.

    `calls` are those lately seen, the older the less; where there were none, neither speed nor `error_rate` is known.
    `first_output` is in seconds, `context_length` in tokens.
    """

    model: str
    cost: Cost | None
    context_length: int | None
    tokens_per_second: float | None
    first_output: float | None
    error_rate: float | None
    calls: float
    in_flight: int


def outlook_of(planner: Planner, request: ChatRequest, models: Sequence[str]) -> tuple[ModelOutlook, ...]:
    """Of each of `models`, which are named `provider/model`."""
    needs = requirements_of(request)
    standings = planner.scoreboard.read(models, planner.clock.now())
    found = []
    for model, standing in zip(models, standings, strict=True):
        ref, seen = parse_model_ref(model, planner.routes.default_models), standing.observed
        candidate = Candidate(
            provider=ref.provider or "", model=ref.model, facts=planner.book.facts(ref.provider or "", ref.model)
        )
        dollars = expected_dollars(candidate, needs)
        found.append(
            ModelOutlook(
                model=model,
                cost=None if dollars is None else Cost(dollars),
                context_length=candidate.facts.context_length,
                tokens_per_second=seen.tokens_per_second if seen.is_known else None,
                first_output=seen.first_output if seen.is_known else None,
                error_rate=seen.error_rate if seen.is_known else None,
                calls=seen.calls,
                in_flight=standing.in_flight,
            )
        )
    return tuple(found)
