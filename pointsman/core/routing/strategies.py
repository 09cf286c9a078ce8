"""The strategies: each puts candidates in the order in which they are to be asked, with a reason for each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from pointsman.core.chat.options import Strategy
from pointsman.core.chat.usage import Usage
from pointsman.core.money.price import cost_of
from pointsman.core.routing.candidate import Candidate, Needs

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


def _balance(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
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


def _weigh(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
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
"""Multiples of the golden ratio, modulo one, are spread more evenly than random would: after any number of turns each
weight has its share within a few calls."""


def _least_busy(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    return [(c, f"{c.in_flight} call(s) under way") for c in sorted(candidates, key=lambda c: c.in_flight)]


def expected_dollars(candidate: Candidate, needs: Needs) -> Decimal | None:
    """What the request should cost there, or None where the price is not known."""
    usage = Usage(needs.input_tokens, needs.output_tokens, 0, 0, 0, estimated=True)
    return cost_of(candidate.facts.price, usage).usd


STRATEGIES: Mapping[Strategy, _Order] = {
    "task": _by_task,
    "cost": _by_cost,
    "performance": _by_performance,
    "balanced": _balance,
    "local_first": _local_first,
    "round_robin": _round_robin,
    "weighted": _weigh,
    "least_busy": _least_busy,
}
