"""The table of prices and context windows that comes with pointsman: a dated export of genai-prices.

`tools/export_prices.py` makes the file. It is read when it is first asked for.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources

import attrs

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, int_or_none, loads
from pointsman.core.model_facts import NO_FACTS, ModelFacts
from pointsman.core.price import Price, Rates

KINDS: dict[str, tuple[str, ...]] = {
    "openai": ("openai",),
    "openai-responses": ("openai",),
    "azure": ("azure", "openai"),
    "azure-entra": ("azure", "openai"),
    "anthropic": ("anthropic",),
    "gemini": ("google",),
    "groq": ("groq",),
    "mistral": ("mistral",),
    "deepseek": ("deepseek",),
    "openrouter": ("openrouter",),
    "together": ("together",),
    "xai": ("x-ai",),
    "fireworks": ("fireworks",),
    "cerebras": ("cerebras",),
}
"""Where to look for the models of each row of the provider table. What is not here has no prices: they differ by
the vendor behind it (Hugging Face routes to several) or there are none (a server of one's own)."""


@attrs.frozen
class Snapshot:
    """The whole table: where it is from, its date, and the models of each provider."""

    source: str
    date: str
    providers: dict[str, list[Json]]


@cache
def snapshot() -> Snapshot:
    """The table, read once."""
    data = resources.files(__package__).joinpath("snapshot.json").read_bytes()
    document = as_object(loads(data).unwrap())
    providers = {name: as_list(models) for name, models in as_object(document.get("providers")).items()}
    return Snapshot(as_text(document.get("source")), as_text(document.get("date")), providers)


@lru_cache(maxsize=4096)
def lookup(kind: str, model: str) -> ModelFacts:
    """What the table knows of `model` at a provider of that kind (a name in the provider table); nothing if nothing."""
    name = model.lower()
    for provider in KINDS.get(kind, ()):
        for row in map(as_object, snapshot().providers.get(provider, ())):
            if _matches(as_object(row.get("match")), name):
                return _facts(row)
    return NO_FACTS


def _matches(clause: JsonObject, name: str) -> bool:
    """Whether a clause of genai-prices holds for a model's name, which is lower-case."""
    for kind, value in clause.items():
        if kind == "or":
            return any(_matches(as_object(one), name) for one in as_list(value))
        if kind == "and":
            return all(_matches(as_object(one), name) for one in as_list(value))
        text = as_text(value)
        if kind == "regex":
            return _pattern(text).search(name) is not None
        text = text.lower()
        return {
            "equals": name == text,
            "starts": name.startswith(text),
            "ends": name.endswith(text),
            "contains": text in name,
        }.get(kind, False)
    return False


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _facts(row: JsonObject) -> ModelFacts:
    price = None
    if "rates" in row:
        above = tuple(
            (int_or_none(as_list(step)[0]) or 0, _rates(as_object(as_list(step)[1])))
            for step in as_list(row.get("above"))
        )
        table = snapshot()
        price = Price(rates=_rates(as_object(row["rates"])), above=above, source=f"{table.source}, {table.date}")
    return ModelFacts(context_length=int_or_none(row.get("context")), price=price)


def _rates(row: JsonObject) -> Rates:
    return Rates(**{name: Decimal(as_text(value)) for name, value in row.items()})
