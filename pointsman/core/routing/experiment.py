"""Experiments as data: variants, who gets which, and what came of it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import attrs

from pointsman.core.chat.message import Message, system
from pointsman.core.chat.request import ChatRequest
from pointsman.core.interval import Interval, mean_interval, proportion
from pointsman.core.money.usage_record import CANCELLED, OK, UsageRecord


@attrs.frozen(kw_only=True)
class Variant:
    """One way to ask: another model, other instructions, other parameters. What is None stays as the caller has it."""

    name: str
    weight: float = 1.0
    """Its share, beside those of the others."""
    model: str | None = None
    """Another model."""
    system: str | None = None
    """Other instructions."""
    temperature: float | None = None
    """Another temperature, 0 to 2."""
    max_tokens: int | None = None


@attrs.frozen(kw_only=True)
class Experiment:
    """Variants to be compared."""

    name: str
    variants: tuple[Variant, ...] = ()
    task: str | None = None
    """Only requests with this task take part."""
    share: float = 1.0
    """Of the callers, 0 to 1, that take part."""
    shadow: tuple[str, ...] = ()
    """Models that are asked the same, whose answers are thrown away; only their usage records stay."""
    enabled: bool = True
    """Whether it goes on."""


def assign_variant(experiment: Experiment, key: str) -> Variant | None:
    """The sticky variant of `key`; None if it is outside the experiment."""
    total = sum(max(0.0, variant.weight) for variant in experiment.variants)
    if not experiment.enabled or not total or _fraction(f"{experiment.name}|share|{key}") >= experiment.share:
        return None
    place = _fraction(f"{experiment.name}|variant|{key}") * total
    for variant in experiment.variants:
        place -= max(0.0, variant.weight)
        if place < 0:
            return variant
    return experiment.variants[-1]


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:7]) / 2**56


def concerns(experiment: Experiment, request: ChatRequest) -> bool:
    """Whether `request` is of the kind that is experimented with."""
    return experiment.enabled and experiment.task in (None, request.options.task)


def apply_variant(request: ChatRequest, variant: Variant) -> ChatRequest:
    """`request` as `variant` asks it."""
    messages = request.messages
    if variant.system is not None:
        rest: tuple[Message, ...] = tuple(m for m in messages if m.role != "system")
        messages = (system(variant.system), *rest)
    return attrs.evolve(
        request,
        messages=messages,
        model=request.model if variant.model is None else variant.model,
        temperature=request.temperature if variant.temperature is None else variant.temperature,
        max_tokens=request.max_tokens if variant.max_tokens is None else variant.max_tokens,
    )


@attrs.frozen(kw_only=True)
class VariantResult:
    """How a variant has done: sample size, share of good calls, milliseconds, dollars a call where they are known.

    Counted is what a model was asked and the caller waited for. What was refused on this side, by a budget or a limit,
    and what the caller left, says nothing of the variant and has cost nothing.
    """

    experiment: str
    variant: str
    calls: int
    success: Interval
    latency_ms: Interval
    dollars: Interval
    priced: int


def results(records: Iterable[UsageRecord]) -> tuple[VariantResult, ...]:
    """A row for each variant that has usage records, by experiment and name."""
    groups: dict[tuple[str, str], list[UsageRecord]] = {}
    for record in records:
        if record.experiment:
            groups.setdefault((record.experiment, record.variant), []).append(record)
    return tuple(_result(names, found) for names, found in sorted(groups.items()))


def _counts(record: UsageRecord) -> bool:
    return record.outcome == OK or (record.outcome != CANCELLED and record.attempts > 0)


def _result(names: tuple[str, str], records: list[UsageRecord]) -> VariantResult:
    records = [record for record in records if _counts(record)]
    good = [record for record in records if record.outcome == OK]
    priced = [float(record.cost.amount) for record in records if record.cost.complete]
    return VariantResult(
        experiment=names[0],
        variant=names[1],
        calls=len(records),
        success=proportion(len(good), len(records)),
        latency_ms=mean_interval([record.latency_ms for record in good]),
        dollars=mean_interval(priced),
        priced=len(priced),
    )
