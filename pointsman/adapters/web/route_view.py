"""Why a request goes where it goes, as the API shows it: each reason as a sentence, and as codes with fields."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from pointsman.adapters.web.view_types import Money
from pointsman.adapters.web.views import money
from pointsman.core.routing.policy import Explanation
from pointsman.core.routing.reasons import read_reason
from pointsman.services.routing.outlook import ModelOutlook


@attrs.frozen(kw_only=True)
class ReasonPart:
    """One thing that is said: `code` names the sentence, `fields` what stands in it."""

    code: str
    fields: dict[str, str]


@attrs.frozen(kw_only=True)
class ReasonView:
    """A model, and why it has its place or is passed over.

    `said` is `reason` by codes, for who shows it in another language; empty where it has none.
    """

    model: str
    reason: str
    said: list[ReasonPart]


def reason_views(found: Iterable[tuple[str, str]]) -> list[ReasonView]:
    """Models and their reasons."""
    return [
        ReasonView(
            model=model,
            reason=reason,
            said=[ReasonPart(code=part.code, fields={**part.fields}) for part in read_reason(reason)],
        )
        for model, reason in found
    ]


@attrs.frozen(kw_only=True)
class OutlookView:
    """What is known of a model for this request; null is unknown. `cost` is what it should come to."""

    model: str
    cost: Money | None
    context_length: int | None
    tokens_per_second: float | None
    first_ms: float | None
    error_rate: float | None
    in_flight: int


@attrs.frozen(kw_only=True)
class ExplanationView:
    """Which models would be asked, in order, and which not; each with its reason, and what is known of them."""

    task: str
    strategy: str
    ranked: list[ReasonView]
    passed_over: list[ReasonView]
    outlook: list[OutlookView]


def explanation_view(one: Explanation, outlook: Iterable[ModelOutlook]) -> ExplanationView:
    """As the API shows it."""
    return ExplanationView(
        task=one.task,
        strategy=one.strategy,
        ranked=reason_views((each.model, each.reason) for each in one.ranked),
        passed_over=reason_views((each.model, each.reason) for each in one.passed_over),
        outlook=[_outlook(each) for each in outlook],
    )


def _outlook(one: ModelOutlook) -> OutlookView:
    return OutlookView(
        model=one.model,
        cost=None if one.cost is None else money(one.cost),
        context_length=one.context_length,
        tokens_per_second=one.tokens_per_second,
        first_ms=None if one.first_output is None else one.first_output * 1000,
        error_rate=one.error_rate,
        in_flight=one.in_flight,
    )
