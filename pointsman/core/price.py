"""Prices of models, and what a use costs by them: pure arithmetic in `Decimal`. Rates are dollars a million tokens."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache

import attrs

from pointsman.core.cost import QUANTUM, UNKNOWN_COST, Cost
from pointsman.core.usage import Usage

_MILLION = Decimal(1_000_000)
_WIDE = Context(prec=400)


@attrs.frozen(kw_only=True)
class Rates:
    """Dollars for a million tokens of each kind; None is unknown, zero is free.

    An unknown `cached_input` or `cache_write` rate is taken as the `input` rate, an unknown `reasoning` rate as the
    `output` rate, which is how vendors bill what they do not list.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    reasoning: Decimal | None = None


@attrs.frozen(kw_only=True)
class Price:
    """What a model costs. `above` are other rates for calls whose input is larger: (tokens, rates), in rising order.

    `source` says where the price is from, such as `genai-prices 2026-11-10` or `settings`.
    """

    rates: Rates
    above: tuple[tuple[int, Rates], ...] = ()
    source: str = ""


FREE_PRICE = Price(
    rates=Rates(
        input=Decimal(0), output=Decimal(0), cached_input=Decimal(0), cache_write=Decimal(0), reasoning=Decimal(0)
    ),
    source="local",
)
"""A model that runs on the user's own machine, by declaration."""


def of_sound(price: Price | None) -> Price | None:
    """`price` where it holds for sound too: the vendors' tables tell what text costs, and sound costs more."""
    return price if price is not None and price.source in ("settings", FREE_PRICE.source) else None


def rates_for(price: Price, input_tokens: int) -> Rates:
    """The rates of a call with `input_tokens` of input."""
    found = price.rates
    for start, rates in price.above:
        if input_tokens > start:
            found = rates
    return found


def cost_of(price: Price | None, usage: Usage) -> Cost:
    """What `usage` costs; what is unknown (a price, a count, a rate that is needed) leaves the mark."""
    if price is None:
        return UNKNOWN_COST
    rates = rates_for(price, usage.input or 0)
    cached, written, thought = usage.cached_input or 0, usage.cache_write or 0, usage.reasoning or 0
    plain_input = None if usage.input is None else max(0, usage.input - cached - written)
    plain_output = None if usage.output is None else max(0, usage.output - thought)
    lines = (
        (plain_input, rates.input),
        (cached, rates.input if rates.cached_input is None else rates.cached_input),
        (written, rates.input if rates.cache_write is None else rates.cache_write),
        (plain_output, rates.output),
        (thought, rates.output if rates.reasoning is None else rates.reasoning),
    )
    total, complete = Decimal(0), True
    for tokens, rate in lines:
        if tokens == 0 or rate == 0:
            continue
        if tokens is None or rate is None:
            complete = False
        else:
            total += tokens * rate
    return Cost(_dollars(total), complete)


@lru_cache(maxsize=4096)
def highest_cost(price: Price | None, input_tokens: int, output_tokens: int) -> Cost:
    """The most that so many tokens can cost: all input written to the cache where that is dearest, no discount."""
    if price is None:
        return UNKNOWN_COST
    rates = rates_for(price, input_tokens)
    dearest_in = _dearest(rates.input, rates.cache_write) if input_tokens else Decimal(0)
    dearest_out = _dearest(rates.output, rates.reasoning) if output_tokens else Decimal(0)
    if dearest_in is None or dearest_out is None:
        return UNKNOWN_COST
    return Cost(_dollars(input_tokens * dearest_in + output_tokens * dearest_out))


def _dollars(for_a_million: Decimal) -> Decimal:
    """Exact to the quantum, whatever counts a server may send."""
    return _WIDE.divide(for_a_million, _MILLION).quantize(QUANTUM, context=_WIDE)


def _dearest(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    if first is None:
        return None
    return first if second is None else max(first, second)
