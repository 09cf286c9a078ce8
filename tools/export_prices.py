"""Export the prices of the installed genai-prices to `pointsman/adapters/prices/snapshot.json`.

    python tools/export_prices.py

Only the providers that our table knows, only today's prices, only tokens. genai-prices is MIT licensed.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from genai_prices import data_snapshot, types

TARGET = Path(__file__).parent.parent / "pointsman" / "adapters" / "prices" / "snapshot.json"
PROVIDERS = (
    "anthropic",
    "azure",
    "cerebras",
    "deepseek",
    "fireworks",
    "google",
    "groq",
    "mistral",
    "openai",
    "openrouter",
    "together",
    "x-ai",
    *(f"huggingface_{name}" for name in ("cerebras", "fireworks-ai", "groq", "nebius", "novita", "together")),
)
RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
}


def export(today: datetime.date) -> dict[str, Any]:
    """The snapshot as of `today`, as plain JSON data."""
    found = data_snapshot.get_snapshot()
    providers = {provider.id: provider for provider in found.providers}
    return {
        "source": f"genai-prices {importlib.metadata.version('genai-prices')}",
        "licence": "MIT, Copyright Pydantic Services Inc.; https://github.com/pydantic/genai-prices",
        "date": today.isoformat(),
        "providers": {name: _models(providers[name], today) for name in sorted(PROVIDERS) if name in providers},
    }


def _models(provider: types.Provider, today: datetime.date) -> list[dict[str, Any]]:
    rows = [_row(model, today) for model in provider.models]
    return [row for row in rows if row is not None]


def _row(model: types.ModelInfo, today: datetime.date) -> dict[str, Any] | None:
    moment = datetime.datetime.combine(today, datetime.time(12), datetime.UTC)
    price = model.get_prices(moment)
    rates, above = _rates(price)
    if not rates and model.context_window is None:
        return None
    row: dict[str, Any] = {"id": model.id, "match": _clause(model.match)}
    if rates:
        row["rates"] = rates
    if above:
        row["above"] = above
    if model.context_window is not None:
        row["context"] = model.context_window
    return row


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
            return {"equals": clause.equals}
        case types.ClauseStartsWith():
            return {"starts": clause.starts_with}
        case types.ClauseEndsWith():
            return {"ends": clause.ends_with}
        case types.ClauseContains():
            return {"contains": clause.contains}
        case types.ClauseRegex():
            return {"regex": getattr(clause.regex, "pattern", clause.regex)}
        case types.ClauseOr():
            return {"or": [_clause(one) for one in clause.or_]}
        case types.ClauseAnd():
            return {"and": [_clause(one) for one in clause.and_]}
        case _:
            raise TypeError(f"a clause of an unknown kind: {clause!r}")


def text(snapshot: dict[str, Any]) -> str:
    """The snapshot as it stands in the file: a line for each model."""
    lines = [f"{json.dumps(key)}: {json.dumps(snapshot[key])}," for key in ("source", "licence", "date")]
    providers = []
    for name, models in snapshot["providers"].items():
        rows = ",\n".join(json.dumps(model, ensure_ascii=False, separators=(",", ":")) for model in models)
        providers.append(f"{json.dumps(name)}: [\n{rows}\n]")
    joined = ",\n".join(providers)
    return "{\n" + "\n".join(lines) + '\n"providers": {\n' + joined + "\n}}\n"


if __name__ == "__main__":
    TARGET.write_text(text(export(datetime.datetime.now(datetime.UTC).date())), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
