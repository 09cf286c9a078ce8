"""Prices of models and where they are looked up, and what a use costs: pure arithmetic in `Decimal`.

Rates are dollars a million tokens.
"""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache

import attrs

from pointsman.core.chat.usage import Usage
from pointsman.core.money.cost import QUANTUM, UNKNOWN_COST, Cost

_WIDE = Context(prec=400)


@attrs.frozen(kw_only=True, cache_hash=True)  # `highest_cost` is remembered by it
class Rates:
    """Dollars for a million tokens of each kind; None is unknown, zero is free.

    An unknown `cached_input` or `cache_write` rate is taken as the `input` rate, an unknown `reasoning` rate as the
    `output` rate, which is how vendors bill what they do not list. An unknown `cache_write_1h` rate is taken as twice
    the `input` rate where writing has a rate of its own, as Anthropic bills it
    (https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing), else as the `input` rate. Sound
    without a rate of its own costs as text does where the price is the user's, else it is unknown: the vendors' tables
    tell what text costs, and sound costs more.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    reasoning: Decimal | None = None
    cache_write_1h: Decimal | None = None
    audio_input: Decimal | None = None
    audio_output: Decimal | None = None

    @property
    def hourly_write(self) -> Decimal | None:
        """What writing to the cache for an hour costs."""
        if self.cache_write_1h is not None or self.input is None or self.cache_write is None:
            return self.input if self.cache_write_1h is None else self.cache_write_1h
        return max(2 * self.input, self.cache_write)

    def times(self, factor: Decimal) -> Rates:
        """The same kinds at `factor` of the price."""
        rates = attrs.asdict(self).items()
        return Rates(**{name: None if rate is None else rate * factor for name, rate in rates})


@attrs.frozen(kw_only=True, cache_hash=True)
class Price:
    """What a model costs. `above` are other rates for calls whose input is larger: (tokens, rates), in rising order.

    `tiers` are what it costs in other service tiers than the standard one, by the vendor's name of the tier.
    `source` says where the price is from, such as `genai-prices 2026-11-10` or `settings`.
    """

    rates: Rates
    above: tuple[tuple[int, Rates], ...] = ()
    tiers: tuple[tuple[str, Price], ...] = ()
    source: str = ""

    def times(self, factor: Decimal) -> Price:
        """The standard price, at `factor` of it."""
        above = tuple((start, rates.times(factor)) for start, rates in self.above)
        return Price(rates=self.rates.times(factor), above=above, source=self.source)


STANDARD_TIERS = frozenset(("", "auto", "default", "standard", "on_demand"))
"""Names of the tier that the price itself is for: OpenAI's `default`, Anthropic's `standard`, Groq's `on_demand`."""


FREE_PRICE = Price(
    rates=Rates(
        input=Decimal(0),
        output=Decimal(0),
        cached_input=Decimal(0),
        cache_write=Decimal(0),
        reasoning=Decimal(0),
        cache_write_1h=Decimal(0),
        audio_input=Decimal(0),
        audio_output=Decimal(0),
    ),
    source="local",
)
"""A model that runs on the user's own machine, by declaration."""


def is_free(price: Price | None) -> bool:
    """Whether a call costs nothing, whatever it comes to."""
    if price is None or audio_price(price) is None or price.above or price.tiers:
        return False
    given = attrs.astuple(price.rates, recurse=False)
    return price.rates.input == price.rates.output == 0 and not any(given)


def audio_price(price: Price | None) -> Price | None:
    """`price` where it holds for sound too: the vendors' tables tell what text costs, and sound costs more."""
    return price if price is not None and price.source in ("settings", FREE_PRICE.source) else None


def rates_for(price: Price, input_tokens: int) -> Rates:
    """The rates of a call with `input_tokens` of input."""
    found = price.rates
    for start, rates in price.above:
        if input_tokens > start:
            found = rates
    return found


def in_tier(price: Price, tier: str | None) -> Price | None:
    """What the model costs in the service tier that the vendor calls `tier`; None where that is not known."""
    name = tier.lower() if tier else ""
    if name in STANDARD_TIERS or price.source == FREE_PRICE.source:
        return price
    return dict(price.tiers).get(name)


def cost_of(price: Price | None, usage: Usage, tier: str | None = None) -> Cost:
    """What `usage` costs in the service tier `tier` (default: the standard one); the provider's own word counts first.

    What is unknown (a price, a tier, a count, a rate that is needed) leaves the mark.
    """
    if usage.told_cost is not None:
        return Cost(usage.told_cost.quantize(QUANTUM, context=_WIDE))
    price = None if price is None else in_tier(price, tier)
    if price is None:
        return UNKNOWN_COST
    rates = rates_for(price, usage.input or 0)
    heard, spoken = usage.audio_input or 0, usage.audio_output or 0
    cached, written, thought = usage.cached_input or 0, usage.cache_write or 0, usage.reasoning or 0
    hourly = min(written, usage.cache_write_1h or 0)
    plain_input = None if usage.input is None else max(0, usage.input - cached - written - heard)
    plain_output = None if usage.output is None else max(0, usage.output - thought - spoken)
    lines = [(plain_input, rates.input), (plain_output, rates.output)]
    if cached:
        lines.append((cached, rates.input if rates.cached_input is None else rates.cached_input))
    if written:
        lines.append((written - hourly, rates.input if rates.cache_write is None else rates.cache_write))
        lines.append((hourly, rates.hourly_write))
    if thought:
        lines.append((thought, rates.output if rates.reasoning is None else rates.reasoning))
    if heard:
        lines.append((heard, _sound(price, rates.audio_input, rates.input)))
    if spoken:
        lines.append((spoken, _sound(price, rates.audio_output, rates.output)))
    total, complete = Decimal(0), True
    for tokens, rate in lines:
        if tokens == 0 or rate == 0:
            continue
        if tokens is None or rate is None:
            complete = False
        else:
            total += tokens * rate
    return Cost(_dollars(total), complete)


def _sound(price: Price, rate: Decimal | None, text: Decimal | None) -> Decimal | None:
    """What sound costs: its own rate, or that of text where the price holds for it too."""
    return rate if rate is not None or audio_price(price) is None else text


@lru_cache(maxsize=4096)
def highest_cost(
    price: Price | None, input_tokens: int, output_tokens: int, tier: str | None = None, *, has_sound: bool = False
) -> Cost:
    """The most that so many tokens can cost: all input written to the cache where that is dearest, no discount.

    With `has_sound`, all of them may be sound. A `tier` that was asked for need not be the one that serves: the dearer
    of it and the standard one counts.
    """
    if price is None:
        return UNKNOWN_COST
    asked = in_tier(price, tier)
    if asked is not None and asked is not price:
        costs = (highest_cost(one, input_tokens, output_tokens, has_sound=has_sound) for one in (price, asked))
        return max(costs, key=lambda cost: (not cost.complete, cost.amount))
    rates = rates_for(price, input_tokens)
    dearest_in = _dearest(_dearest(rates.input, rates.cache_write), rates.hourly_write) if input_tokens else Decimal(0)
    dearest_out = _dearest(rates.output, rates.reasoning) if output_tokens else Decimal(0)
    if has_sound:
        heard, spoken = _sound(price, rates.audio_input, rates.input), _sound(price, rates.audio_output, rates.output)
        dearest_in = None if heard is None else _dearest(dearest_in, heard)
        dearest_out = _dearest(dearest_out, spoken)
    if dearest_in is None or dearest_out is None:
        return UNKNOWN_COST
    return Cost(_dollars(input_tokens * dearest_in + output_tokens * dearest_out))


def _dollars(for_a_million: Decimal) -> Decimal:
    """Exact to the quantum, whatever counts a server may send."""
    return for_a_million.scaleb(-6, _WIDE).quantize(QUANTUM, context=_WIDE)  # a division would take five times as long


def _dearest(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    if first is None:
        return None
    return first if second is None else max(first, second)


@attrs.frozen(kw_only=True)
class PriceLists:
    """The lists of the price table in which a provider's models stand.

    The first is the vendor's own; a model that only another one has costs the same, but need not have its tiers.
    """

    names: tuple[str, ...] = ()
    half_price: tuple[str, ...] = ()
    """Service tiers that are sold at half the standard price where the lists say nothing of them."""
    routed: bool = False
    """It passes requests on to many vendors: a list for each stands under `NAME_VENDOR`."""

    @property
    def vendor(self) -> str:
        """The vendor whose list comes first; empty where there is none."""
        return self.names[0] if self.names else ""


NO_PRICE_LISTS = PriceLists()
