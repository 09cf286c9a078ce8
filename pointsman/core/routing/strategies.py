"""The strategies: each puts candidates in the order in which they are to be asked, with a reason for each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from pointsman.core.chat.options import Strategy
from pointsman.core.chat.usage import Usage
from pointsman.core.money.price import cost_of
from pointsman.core.routing.candidate import Candidate, Needs
from pointsman.core.routing.reasons import say

_Ordered: TypeAlias = list[tuple[Candidate, str]]
_Order: TypeAlias = Callable[[Sequence[Candidate], Needs, tuple[str, ...], int], _Ordered]


def _by_task(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    def place(candidate: Candidate) -> int:
        names = (candidate.ref, candidate.provider, candidate.family, candidate.model)
        return next((number for number, entry in enumerate(table) if entry in names), len(table))

    ordered = sorted(candidates, key=place)
    if any(candidate.belief is not None for candidate in candidates):
        return _by_evidence(ordered, needs, turn)
    told = [(c, _task_reason(table, place(c))) for c in ordered]
    return _by_votes(told) if any(c.preference is not None for c in ordered) else told


def _by_votes(ordered: _Ordered) -> _Ordered:
    """`ordered`, where whoever is clearly preferred to one before it stands before that one."""
    placed: _Ordered = []
    for candidate, reason in ordered:
        liked = candidate.preference
        beaten = [number for number, (other, _) in enumerate(placed) if _is_clearly_above(candidate, other)]
        why = reason if liked is None else f"{liked}; {reason}"
        placed.insert(beaten[0] if beaten else len(placed), (candidate, why))
    return placed


def _is_clearly_above(one: Candidate, other: Candidate) -> bool:
    liked, beside = one.preference, other.preference
    return liked is not None and beside is not None and liked.is_clearly_above(beside)


def _task_reason(table: tuple[str, ...], place: int) -> str:
    return say("choice", place=place + 1, entry=table[place]) if place < len(table) else say("no_choice")


POINTS_OF_PRICE = POINTS_OF_WAIT = 0.1
"""Of the share that heals, which the dearest and the slowest model lose against one that is free, and one that answers
at once: so money and time decide between models that heal about as much."""


TRIED_ONE_IN = 5
"""In so many turns another model may be asked first, to find out whether it is better."""


def _by_evidence(candidates: Sequence[Candidate], needs: Needs, turn: int) -> _Ordered:
    """By what is believed of who heals; of money and time counts what a healed fault takes, not what a call takes."""
    shares = {c.ref: c.belief.share if c.belief is not None else _NO_EVIDENCE for c in candidates}
    dollars = {c.ref: _per_healed(_usual_dollars(c, needs), shares[c.ref]) for c in candidates}
    seconds = {c.ref: _per_healed(_usual_seconds(c, needs), shares[c.ref]) for c in candidates}
    dearest = max((one for one in dollars.values() if one is not None), default=0.0)
    slowest = max((one for one in seconds.values() if one is not None), default=0.0)

    def score(candidate: Candidate) -> float:
        price, time = dollars[candidate.ref], seconds[candidate.ref]
        by_price = 1.0 if price is None else price / dearest if dearest else 0.0
        by_time = 0.5 if time is None else time / slowest if slowest else 0.0
        return shares[candidate.ref] - POINTS_OF_PRICE * by_price - POINTS_OF_WAIT * by_time

    def reason(candidate: Candidate) -> str:
        price, time = dollars[candidate.ref], seconds[candidate.ref]
        known = say("no_evidence") if candidate.belief is None else str(candidate.belief)
        cost = say("no_price") if price is None else say("costs", dollars=f"{price:.6f}") if price else say("free")
        wait = say("no_speed") if time is None else say("seconds", seconds=f"{time:.1f}")
        return f"{known}; {say('healed')}: {cost}, {wait} ({say('more', score=f'{score(candidate):.2f}')})"

    ranked = [(c, reason(c)) for c in sorted(candidates, key=score, reverse=True)]
    rival = _rival([candidate for candidate, _ in ranked]) if turn % TRIED_ONE_IN == TRIED_ONE_IN - 1 else None
    if rival is None:
        return ranked
    first = [(c, f"{say('rival', calls=TRIED_ONE_IN)}; {why}") for c, why in ranked if c is rival]
    return first + [pair for pair in ranked if pair[0] is not rival]


def _rival(ranked: Sequence[Candidate]) -> Candidate | None:
    """Who may yet turn out to heal more than the first: only trying shows it, and only where outcomes are told.

    Without this a run that was wrong about a model would never be found out.
    """
    if not any(c.belief is not None and c.belief.used[1] >= 1 for c in ranked):
        return None
    best = ranked[0].belief.share if ranked[0].belief is not None else _NO_EVIDENCE
    uppers = [(c, c.belief.upper if c.belief is not None else 1.0) for c in ranked[1:]]
    candidate, upper = max(uppers, key=lambda pair: pair[1], default=(None, 0.0))
    return candidate if upper > best else None


_NO_EVIDENCE = 0.5
"""The mean of a Beta distribution that rests on nothing."""


def _per_healed(amount: float | None, share: float) -> float | None:
    return None if amount is None else amount / share


def _usual_dollars(candidate: Candidate, needs: Needs) -> float | None:
    """By price list, else by what the cases of runs cost."""
    expected = expected_dollars(candidate, needs)
    if expected is not None:
        return float(expected)
    return candidate.belief.usual_dollars if candidate.belief is not None else None


def _usual_seconds(candidate: Candidate, needs: Needs) -> float | None:
    """As it answers lately, else as it answered in runs."""
    expected = candidate.observed.expected_seconds(needs.output_tokens)
    if expected is not None:
        return expected
    return candidate.belief.usual_seconds if candidate.belief is not None else None


def _by_cost(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    priced = [(candidate, expected_dollars(candidate, needs)) for candidate in candidates]
    known = sorted((pair for pair in priced if pair[1] is not None), key=lambda pair: pair[1] or Decimal(0))
    unknown = [pair[0] for pair in priced if pair[1] is None]
    return [(c, _cost_reason(dollars)) for c, dollars in known] + [(c, say("price_missing")) for c in unknown]


def _cost_reason(dollars: Decimal | None) -> str:
    return say("costs", dollars=f"{dollars:.6f}") if dollars else say("free")


def _by_performance(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    timed = [(candidate, candidate.observed.expected_seconds(needs.output_tokens)) for candidate in candidates]
    fresh = [candidate for candidate, seconds in timed if seconds is None]
    known = sorted((pair for pair in timed if pair[1] is not None), key=lambda pair: pair[1] or 0.0)
    return [(c, say("fresh")) for c in fresh] + [
        (c, f"{_seconds(seconds, needs)}, {say('failed', share=f'{c.observed.error_rate:.0%}')}")
        for c, seconds in known
    ]


def _seconds(seconds: float | None, needs: Needs) -> str:
    if seconds is None:
        return say("no_speed")
    return say("lasts", seconds=f"{seconds:.2f}", tokens=f"{needs.output_tokens:,}")


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
        cost = say("no_price") if price is None else _cost_reason(price)
        return f"{cost}, {_seconds(seconds[candidate.ref], needs)} ({say('less', score=f'{score(candidate):.2f}')})"

    return [(c, reason(c)) for c in sorted(candidates, key=score)]


def _local_first(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    local = [c for c in candidates if c.local]
    remote = [c for c in candidates if not c.local]
    return [(c, say("local")) for c in local] + _by_cost(remote, needs, table, turn)


def _round_robin(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    start = turn % len(candidates) if candidates else 0
    ordered = [*candidates[start:], *candidates[:start]]
    return [(c, say("turn" if number == 0 else "next")) for number, c in enumerate(ordered)]


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
    return [(c, say("weight", weight=f"{c.weight:g}", total=f"{total:g}")) for c in (candidates[first], *rest)]


_GOLDEN = 0.6180339887498949
"""Multiples of the golden ratio, modulo one, are spread more evenly than random would: after any number of turns each
weight has its share within a few calls."""


def _least_busy(candidates: Sequence[Candidate], needs: Needs, table: tuple[str, ...], turn: int) -> _Ordered:
    return [(c, say("busy", calls=c.in_flight)) for c in sorted(candidates, key=lambda c: c.in_flight)]


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
