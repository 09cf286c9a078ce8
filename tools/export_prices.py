"""Export the prices of the installed genai-prices to `pointsman/adapters/prices/snapshot.json`.

    python tools/export_prices.py

Only the providers that our table knows, only prices of tokens, only those that hold on the day of the export; of
prices that differ by the hour the dearest is taken. Service tiers stand beside the standard price, batches as the tier
`batch`. The order of models is that of genai-prices, in which the first match wins.
genai-prices is MIT licensed.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from genai_prices import data_snapshot, types

TARGET = Path(__file__).parent.parent / "pointsman" / "adapters" / "prices" / "snapshot.json"
RELEASES = {"0.2.3": "2026-11-10"}
"""When a version was released, from https://pypi.org/project/genai-prices/#history: the package does not say."""

PROVIDERS = (
    "anthropic",
    "azure",
    "cerebras",
    "deepseek",
    "fireworks",
    "google",
    "groq",
    "mistral",
    "moonshotai",
    "openai",
    "openrouter",
    "together",
    "x-ai",
)
FAMILY = "huggingface_"
"""Hugging Face has a provider for each vendor that it routes to."""

RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
}


def export(as_of: datetime.date) -> dict[str, Any]:
    """The snapshot of the prices that hold on `as_of`, as plain JSON data; KeyError if the release has no date yet."""
    version = importlib.metadata.version("genai-prices")
    return {
        "source": f"genai-prices {version}",
        "licence": "MIT, Copyright Pydantic Services Inc.; https://github.com/pydantic/genai-prices",
        "date": RELEASES[version],
        "as_of": as_of.isoformat(),
        "providers": {provider.id: _models(provider, as_of) for provider in providers()},
    }


def providers() -> list[types.Provider]:
    """Those of genai-prices that our table can map to, by name."""
    found = data_snapshot.get_snapshot().providers
    chosen = [one for one in found if one.id in PROVIDERS or one.id.startswith(FAMILY)]
    return sorted(chosen, key=lambda one: one.id)


def coming_changes(as_of: datetime.date) -> dict[str, list[str]]:
    """The models whose price changes after `as_of`, by date: then the snapshot is to be exported again."""
    found: dict[str, list[str]] = {}
    for provider in providers():
        for model in provider.models:
            for one in model.prices if isinstance(model.prices, list) else ():
                if isinstance(one.constraint, types.StartDateConstraint) and one.constraint.start_date > as_of:
                    found.setdefault(one.constraint.start_date.isoformat(), []).append(f"{provider.id}/{model.id}")
    return dict(sorted(found.items()))


def standard_price(
    model: types.ModelInfo, as_of: datetime.date, context: Mapping[str, str] | None = None
) -> types.ModelPrice:
    """What `model` costs on `as_of`, at the hour at which it is dearest; `context` chooses a tier."""
    times = [datetime.time(0, tzinfo=datetime.UTC)]
    for one in model.prices if isinstance(model.prices, list) else ():
        if isinstance(one.constraint, types.TimeOfDateConstraint):
            times.append(one.constraint.start_time)
    moments = [datetime.datetime.combine(as_of, time) for time in times]
    chosen = dict(context) if context else None
    return max((model.get_prices(moment, chosen) for moment in moments), key=_dearness)


def tier_context(model: types.ModelInfo) -> dict[str, dict[str, str]]:
    """The contexts of the service tiers of `model`, by the tier's name; a batch is the tier `batch`."""
    found: dict[str, dict[str, str]] = {}
    for variant in model.price_variants or ():
        tier = variant.when.get("service_tier")
        if tier is not None and set(variant.when) == {"service_tier"} and tier != "default":
            found[tier] = dict(variant.when)
        elif variant.when == {"processing": "batch"}:
            found["batch"] = dict(variant.when)
    return dict(sorted(found.items()))


def _dearness(price: types.ModelPrice) -> tuple[Decimal, Decimal]:
    rates, _ = _rates(price)
    return Decimal(rates.get("input", 0)), Decimal(rates.get("output", 0))


def _models(provider: types.Provider, as_of: datetime.date) -> list[dict[str, Any]]:
    rows = [_row(model, as_of) for model in provider.models]
    return [row for row in rows if row is not None]


def _row(model: types.ModelInfo, as_of: datetime.date) -> dict[str, Any] | None:
    """None where neither a price of tokens nor a context window is known."""
    rates, above = _rates(standard_price(model, as_of))
    if not rates and model.context_window is None:
        return None
    row: dict[str, Any] = {"id": model.id, "match": _clause(model.match)}
    if rates:
        row["rates"] = rates
    if above:
        row["above"] = above
    tiers = _tiers(model, as_of)
    if tiers:
        row["tiers"] = tiers
    if model.context_window is not None:
        row["context"] = model.context_window
    return row


def _tiers(model: types.ModelInfo, as_of: datetime.date) -> dict[str, Any]:
    """Of each tier: [rates, above]."""
    contexts = tier_context(model).items()
    return {name: list(_rates(standard_price(model, as_of, context))) for name, context in contexts}


def _rates(price: types.ModelPrice) -> tuple[dict[str, str], list[Any]]:
    base: dict[str, str] = {}
    steps: dict[int, dict[str, str]] = {}
    for field, name in RATES.items():
        value = getattr(price, field, None)
        if isinstance(value, Decimal):
            base[name] = _text(value)
        elif isinstance(value, types.TieredPrices):
            base[name] = _text(value.base)
            for tier in value.tiers:
                steps.setdefault(tier.start, {})[name] = _text(tier.price)
    above = []
    rates = base
    for start in sorted(steps):
        rates = {**rates, **steps[start]}
        above.append([start, rates])
    return base, above


def _text(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _clause(clause: Any) -> dict[str, Any]:
    match clause:
        case types.ClauseEquals():
            return {"equals": clause.equals.lower()}
        case types.ClauseStartsWith():
            return {"starts": clause.starts_with.lower()}
        case types.ClauseEndsWith():
            return {"ends": clause.ends_with.lower()}
        case types.ClauseContains():
            return {"contains": clause.contains.lower()}
        case types.ClauseRegex():
            return {"regex": clause.regex}
        case types.ClauseOr():
            return {"or": [_clause(one) for one in clause.or_]}
        case types.ClauseAnd():
            return {"and": [_clause(one) for one in clause.and_]}
        case _:
            raise TypeError(f"a clause of an unknown kind: {clause!r}")


def text(snapshot: dict[str, Any]) -> str:
    """The snapshot as it stands in the file: a line for each model."""
    lines = [f"{json.dumps(key)}: {json.dumps(snapshot[key])}," for key in ("source", "licence", "date", "as_of")]
    tables = []
    for name, models in snapshot["providers"].items():
        rows = ",\n".join(json.dumps(model, ensure_ascii=False, separators=(",", ":")) for model in models)
        tables.append(f"{json.dumps(name)}: [\n{rows}\n]")
    joined = ",\n".join(tables)
    return "{\n" + "\n".join(lines) + '\n"providers": {\n' + joined + "\n}}\n"


def main() -> None:
    """Write the file as of today, and say when it will be out of date."""
    today = datetime.datetime.now(datetime.UTC).date()
    TARGET.write_text(text(export(today)), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
    for day, models in coming_changes(today).items():
        print(f"export again on {day}: the prices of {', '.join(models)} change")


if __name__ == "__main__":
    main()
