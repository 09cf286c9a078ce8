"""The table of prices and context windows that comes with pointsman: a dated export of genai-prices.

`tools/export_prices.py` makes the file. It is read when it is first asked for, and knows nothing of any settings.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

import attrs

from pointsman.adapters.prices import abilities
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, int_or_none, loads
from pointsman.core.models.model import NO_FACTS, ModelFacts
from pointsman.core.money.price import Price, PriceLists, Rates

_HALF = Decimal("0.5")
_ROUTES = frozenset({"", "fastest", "cheapest", "preferred"})
_COMPACT_DATE = re.compile(r"-(20\d{2})(\d{2})(\d{2})(?=-|:|$)")


@attrs.frozen
class Snapshot:
    """The whole table: where it is from, when that was released, the day whose prices it has, and each one's models."""

    source: str
    date: str
    as_of: str
    providers: Mapping[str, list[Json]]


@cache
def snapshot() -> Snapshot:
    """The table, read once."""
    data = resources.files("pointsman.adapters.prices").joinpath("snapshot.json").read_bytes()
    document = as_object(loads(data).unwrap())
    providers = {name: as_list(models) for name, models in as_object(document.get("providers")).items()}
    source, date, as_of = (as_text(document.get(key)) for key in ("source", "date", "as_of"))
    return Snapshot(source, date, as_of, MappingProxyType(providers))


@lru_cache(maxsize=4096)
def lookup(lists: PriceLists, model: str) -> ModelFacts:
    """What the table knows of `model` at a provider whose prices stand in `lists`; nothing if nothing."""
    name = model.lower()
    found = _look_up(lists, name)
    missing, most = abilities.lacks(lists.vendor, name), abilities.max_output(lists.vendor, name)
    return attrs.evolve(found, lacks=missing, max_output=most) if missing or most is not None else found


def _look_up(lists: PriceLists, name: str) -> ModelFacts:
    if lists.routed:
        return _look_up_vendor(lists.vendor, name)
    row = _first_match(lists.names, name)
    if row is None:
        return NO_FACTS
    facts = _facts(row)
    if facts.price is None:
        return facts
    own = any(row is one for one in snapshot().providers.get(lists.vendor, ()))
    # one vendor's models cost the same elsewhere (Azure), its tiers need not
    return attrs.evolve(facts, price=_with_halves(lists, facts.price if own else attrs.evolve(facts.price, tiers=())))


def _with_halves(lists: PriceLists, price: Price) -> Price:
    """`price` with the tiers that are sold at half of it, where nothing else is known of them."""
    known = dict(price.tiers)
    halves = {name: price.times(_HALF) for name in lists.half_price if name not in known}
    return attrs.evolve(price, tiers=tuple({**known, **halves}.items())) if halves else price


def _look_up_vendor(router: str, name: str) -> ModelFacts:
    """A router asks one of many vendors. `model:vendor` is priced by that one; else all that are known must agree."""
    model, _, vendor = name.partition(":")
    lists = tuple(one for one in snapshot().providers if one.startswith(f"{router}_"))
    if vendor not in _ROUTES:
        lists = tuple(one for one in lists if one == f"{router}_{vendor}")
    rows = (_first_match((one,), model) for one in lists)
    offers = [_facts(row) for row in rows if row is not None]
    prices = {offer.price for offer in offers}
    windows = [offer.context_length for offer in offers if offer.context_length is not None]
    return ModelFacts(
        context_length=min(windows, default=None),
        price=prices.pop() if len(prices) == 1 else None,
    )


def _first_match(lists: tuple[str, ...], name: str) -> JsonObject | None:
    """The first model that `name` can mean; a date written 20251211 is tried as 2025-12-11 if nothing has it so."""
    dashed = _COMPACT_DATE.sub(_dash_version, name)
    for spelling in (name,) if dashed == name else (name, dashed):
        for provider in lists:
            for row in snapshot().providers.get(provider, ()):
                if isinstance(row, dict) and _matches(as_object(row.get("match")), spelling):
                    return row
    return None


def _dash_version(found: re.Match[str]) -> str:
    try:
        return f"-{datetime.date(*map(int, found.groups())).isoformat()}"
    except ValueError:
        return found[0]


def _matches(clause: JsonObject, name: str) -> bool:
    """Whether a clause of genai-prices holds for a lower-case name; one that is not understood does not."""
    for kind, value in clause.items():
        match kind:
            case "equals":
                return name == value
            case "or":
                return any(_matches(as_object(one), name) for one in as_list(value))
            case "and":
                return all(_matches(as_object(one), name) for one in as_list(value))
            case "starts":
                return name.startswith(as_text(value))
            case "ends":
                return name.endswith(as_text(value))
            case "contains":
                return as_text(value) in name
            case "regex":
                return _pattern(as_text(value)).search(name) is not None
            case _:
                return False
    return False


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _facts(row: JsonObject) -> ModelFacts:
    return ModelFacts(context_length=int_or_none(row.get("context")), price=_price(row) if "rates" in row else None)


def _price(row: JsonObject) -> Price:
    price = _read_price(row["rates"], row.get("above"))
    tiers = as_object(row.get("tiers")).items()
    return attrs.evolve(price, tiers=tuple((name, _read_price(*as_list(tier))) for name, tier in tiers))


def _read_price(rates: Json, above: Json) -> Price:
    steps = map(as_list, as_list(above))
    return Price(
        rates=_rates(as_object(rates)),
        above=tuple((int_or_none(start) or 0, _rates(as_object(step))) for start, step in steps),
        source=f"genai-prices {snapshot().date}",
    )


def _rates(row: JsonObject) -> Rates:
    return Rates(**{name: Decimal(as_text(value)) for name, value in row.items()})
