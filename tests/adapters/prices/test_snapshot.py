"""The exported table says what genai-prices says, and nothing of what it does not know."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs
import orjson
import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price, data_snapshot, types

from pointsman.adapters.prices import abilities
from pointsman.adapters.prices import snapshot as table
from pointsman.adapters.prices.snapshot import lookup, snapshot
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.usage import Usage
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.money.price import FREE_PRICE, Price, PriceLists, Rates, cost_of
from tests.patience import GUARD
from tools import export_prices

AS_OF = datetime.date.fromisoformat(snapshot().as_of)
PEAK = datetime.datetime.combine(AS_OF, datetime.time(2), tzinfo=datetime.UTC)
"""An hour at which everyone whose prices differ by the hour (DeepSeek) takes the higher one."""


def lists(kind: str) -> PriceLists:
    """Where the prices of a row's models stand; nowhere, for a row that there is not."""
    return PROVIDERS[kind].prices if kind in PROVIDERS else PriceLists()


DISTINCT = {row.prices.names: kind for kind, row in PROVIDERS.items() if row.prices.names and not row.prices.routed}
"""A kind for each set of lists: those that look in the same ones need no second comparison."""


def their_provider(name: str) -> types.Provider:
    return next(one for one in data_snapshot.get_snapshot().providers if one.id == name)


def texts(clause: Any) -> Iterator[str]:
    """All names and parts of names that a clause speaks of."""
    for value in vars(clause).values():
        if isinstance(value, str):
            yield value
        else:
            for one in value:
                yield from texts(one)


def names(provider: str) -> list[str]:
    """Ids, and what their clauses are about: names that several models may claim."""
    found: dict[str, None] = {}
    for model in their_provider(provider).models:
        found[model.id] = None
        found.update(dict.fromkeys(texts(model.match)))
    return list(found)


def their_model(provider: str, name: str) -> types.ModelInfo | None:
    return their_provider(provider).find_model(name, all_providers=data_snapshot.get_snapshot().providers)


CASES = [(kind, all_lists[0], name) for all_lists, kind in DISTINCT.items() for one in all_lists for name in names(one)]

USAGES = [
    Usage(1000, 500, 0, 0, 0),
    Usage(900, 100, 400, 0, 0),
    Usage(5000, 300, 1000, 2000, 0),
    Usage(5000, 300, 1000, 2000, 0, cache_write_1h=0),
    Usage(5000, 300, 0, 0, 200),
    Usage(200_000, 7, 0, 0, 0),
    Usage(200_001, 7, 0, 0, 0),
    Usage(300_000, 10, 1000, 50, 5),
    Usage(1_500_000, 64_001, 999_999, 1, 63_000),
]


def theirs(usage: Usage) -> TheirUsage:
    return TheirUsage(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_read_tokens=usage.cached_input,
        cache_write_tokens=usage.cache_write,
        cache_write_1h_tokens=usage.cache_write_1h,
        output_reasoning_tokens=usage.reasoning,
    )


def can_be_compared(model: types.ModelInfo) -> bool:
    """Theirs takes what has no price as free; ours as unknown."""
    prices = export_prices.standard_price(model, AS_OF)
    return prices.input_mtok is not None and prices.output_mtok is not None


def test_costs_are_those_of_genai_prices_to_the_last_digit() -> None:
    compared = set()
    for kind, provider, name in CASES:
        model = their_model(provider, name)
        if model is None or not can_be_compared(model):
            continue
        for usage in USAGES:
            total = calc_price(theirs(usage), name, provider_id=provider, genai_request_timestamp=PEAK).total_price
            ours = cost_of(lookup(lists(kind), name).price, usage)
            assert ours == Cost(total.quantize(Decimal("1e-12"))), (kind, name)
        compared.add((kind, model.id))
    assert len(compared) > 600
    assert {kind for kind, _ in compared} == set(DISTINCT.values())


def test_a_model_has_the_window_of_genai_prices_and_no_price_where_that_has_none() -> None:
    unpriced = 0
    for kind, provider, name in CASES:
        model = their_model(provider, name)
        found = lookup(lists(kind), name)
        if model is None:
            assert (found.price, found.context_length) == (None, None), (kind, name)
            continue
        assert found.context_length == model.context_window, (kind, name)
        prices = export_prices.standard_price(model, AS_OF)
        known = [field for field in export_prices.RATES if getattr(prices, field) is not None]
        assert (found.price is not None) == bool(known), (kind, name)
        unpriced += not known
    assert unpriced > 20


def test_writes_for_an_hour_cost_what_genai_prices_says() -> None:
    usage = Usage(5000, 300, 1000, 2000, 0, cache_write_1h=1500)
    compared = 0
    for name in names("anthropic"):
        model = their_model("anthropic", name)
        if model is None or export_prices.standard_price(model, AS_OF).cache_write_1h_mtok is None:
            continue
        total = calc_price(theirs(usage), name, provider_id="anthropic", genai_request_timestamp=PEAK).total_price
        assert cost_of(lookup(lists("anthropic"), name).price, usage) == Cost(total.quantize(Decimal("1e-12"))), name
        compared += 1
    assert compared > 20


def test_tiers_cost_what_genai_prices_says_and_half_where_it_says_nothing() -> None:
    usage, compared, halved = Usage(5000, 300, 1000, 0, 0), set(), set()
    for kind, provider, name in CASES:
        model = their_model(provider, name)
        price = lookup(lists(kind), name).price
        if model is None or price is None or not can_be_compared(model):
            continue
        known = export_prices.tier_context(model) if model in their_provider(provider).models else {}
        for tier, context in known.items():
            total = calc_price(
                theirs(usage), name, provider_id=provider, genai_request_timestamp=PEAK, price_context=context
            ).total_price
            ours = cost_of(price, usage, tier)
            if ours.complete:
                assert ours == Cost(total.quantize(Decimal("1e-12"))), (kind, name, tier)
                compared.add((kind, tier))
        for tier in set(lists(kind).half_price) - known.keys():
            assert cost_of(price, usage, tier).amount * 2 == cost_of(price, usage).amount, (kind, name, tier)
            halved.add((kind, tier))
    sold = {(DISTINCT[("openai",)], tier) for tier in ("priority", "flex", "batch")}
    assert {*sold, ("anthropic", "batch")} <= compared
    assert {("gemini", "flex"), ("anthropic", "batch")} <= halved


def test_a_tier_that_the_table_does_not_know_has_no_price() -> None:
    price = lookup(lists("openai"), "gpt-4o").price
    for tier in (None, "", "default", "AUTO", "standard"):
        assert cost_of(price, Usage(1000, 10), tier).complete
    assert cost_of(price, Usage(1000, 10), "scale") == UNKNOWN_COST
    assert cost_of(FREE_PRICE, Usage(1000, 10), "scale") == FREE


def test_prices_to_come_are_left_out() -> None:
    for day, models in export_prices.coming_changes(AS_OF).items():
        assert day > snapshot().as_of
        assert all(name.split("/")[0] in snapshot().providers for name in models)


def test_of_prices_by_the_hour_the_dearest_is_taken() -> None:
    model = their_model("deepseek", "deepseek-v4-pro")
    assert model is not None
    hours = [datetime.datetime.combine(AS_OF, datetime.time(hour), tzinfo=datetime.UTC) for hour in range(24)]
    inputs = [Decimal(str(model.get_prices(hour).input_mtok)) for hour in hours]
    price = lookup(lists("deepseek"), "deepseek-v4-pro").price
    assert price is not None
    assert price.rates.input == max(inputs) > min(inputs)


def entries() -> list[tuple[str, dict[str, Any]]]:
    document = orjson.loads(export_prices.TARGET.read_bytes())
    return [(provider, row) for provider, rows in document["providers"].items() for row in rows]


RATE_NAMES = set(attrs.fields_dict(Rates))
CLAUSES = {"equals", "starts", "ends", "contains", "regex", "and", "or"}


def well_formed(clause: dict[str, Any]) -> bool:
    ((kind, value),) = clause.items()
    return kind in CLAUSES and (all(map(well_formed, value)) if kind in ("and", "or") else isinstance(value, str))


def test_every_entry_can_be_read() -> None:
    for provider, row in entries():
        assert set(row) <= {"id", "match", "rates", "above", "tiers", "context"}, (provider, row)
        assert well_formed(row["match"]), (provider, row)
        assert "rates" in row or "context" in row, (provider, row)
        assert row.get("context", 1) > 0
        for base, above in ([row.get("rates", {}), row.get("above", [])], *row.get("tiers", {}).values()):
            starts = [start for start, _ in above]
            assert starts == sorted(set(starts))
            for rates in (base, *(rates for _, rates in above)):
                assert all(Decimal(value) >= 0 and isinstance(value, str) for value in rates.values())
                assert set(rates) <= RATE_NAMES
    assert len(entries()) > 1500


def test_the_table_is_that_of_the_installed_package() -> None:
    assert export_prices.text(export_prices.export(AS_OF)) == export_prices.TARGET.read_text(encoding="utf-8")


def test_the_file_is_small() -> None:
    assert export_prices.TARGET.stat().st_size < 400_000


def test_nothing_is_read_before_it_is_asked_for() -> None:
    program = (
        "import sys, pointsman.adapters.prices.book, pointsman.adapters.prices.snapshot as table\n"
        "assert table.snapshot.cache_info().currsize == 0\n"
        "assert 'genai_prices' not in sys.modules\n"
        "from pointsman.core.money.price import PriceLists\n"
        "assert table.lookup(PriceLists(names=('openai',)), 'gpt-4o').price is not None\n"
        "assert table.snapshot.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=GUARD)


def test_every_row_names_lists_that_there_are_or_is_a_server_of_ones_own() -> None:
    named = {one for row in PROVIDERS.values() if not row.prices.routed for one in row.prices.names}
    assert named <= set(snapshot().providers)
    assert {row.name for row in PROVIDERS.values() if not row.local and not row.prices.names} == {"custom"}


def test_well_known_models_have_prices_and_windows() -> None:
    mini = lookup(lists("openai"), "gpt-4o-mini-2024-07-18").price
    assert mini is not None
    assert (mini.rates.input, mini.rates.output) == (Decimal("0.15"), Decimal("0.6"))
    assert mini.source == "genai-prices 2026-11-10"
    assert lookup(lists("openai"), "GPT-4o-mini") == lookup(lists("openai"), "gpt-4o-mini")
    azure = lookup(lists("azure"), "gpt-4o-mini").price
    assert azure is not None
    assert azure.rates == mini.rates
    assert lookup(lists("anthropic"), "claude-haiku-4-5").context_length == 200_000
    pro = lookup(lists("gemini"), "gemini-2.5-pro").price
    assert pro is not None
    assert pro.above[0][0] == 200_000


@pytest.mark.parametrize(
    ("kind", "model"),
    [("openai", "no-such-model"), ("openai", ""), ("custom", "gpt-4o"), ("no-such-kind", "gpt-4o"), ("ollama", "phi4")],
)
def test_a_model_nobody_knows_has_no_facts(kind: str, model: str) -> None:
    assert lookup(lists(kind), model) == ModelFacts()


def test_dates_may_be_written_without_dashes() -> None:
    dashed = lookup(lists("openai"), "gpt-4o-2024-08-06")
    assert dashed.price is not None
    assert lookup(lists("openai"), "gpt-4o-20240806") == dashed
    assert lookup(lists("openai"), "no-such-model-20249999") == ModelFacts()


def offers(model: str) -> dict[str, Price]:
    """The prices of a model by the vendor to which Hugging Face may route it."""
    vendors = [one.removeprefix("huggingface_") for one in snapshot().providers if one.startswith("huggingface_")]
    found = {vendor: lookup(lists("huggingface"), f"{model}:{vendor}").price for vendor in vendors}
    return {vendor: price for vendor, price in found.items() if price is not None}


def test_hugging_face_models_are_priced_by_the_vendor_that_is_named() -> None:
    found = offers("openai/gpt-oss-120b")
    assert len(found) > 2
    for vendor, price in found.items():
        total = calc_price(
            TheirUsage(input_tokens=10**6, output_tokens=10**6),
            "openai/gpt-oss-120b",
            provider_id=f"huggingface_{vendor}",
            genai_request_timestamp=PEAK,
        ).total_price
        assert cost_of(price, Usage(10**6, 10**6)) == Cost(total)
    assert lookup(lists("huggingface"), "openai/gpt-oss-120b:no-such-vendor") == ModelFacts()


def test_hugging_face_models_have_no_price_where_vendors_differ() -> None:
    models = {row["id"] for provider, row in entries() if provider.startswith("huggingface_")}
    priced = {model: set(offers(model).values()) for model in models}
    for model, prices in priced.items():
        expected = next(iter(prices)) if len(prices) == 1 else None
        assert lookup(lists("huggingface"), model).price == expected, model
        assert lookup(lists("huggingface"), f"{model}:fastest") == lookup(lists("huggingface"), model)
    assert {len(prices) > 1 for prices in priced.values()} == {True, False}


def test_the_window_of_a_hugging_face_model_is_the_least_that_a_vendor_has(monkeypatch: pytest.MonkeyPatch) -> None:
    vendors = {"a": 3000, "b": 1000, "c": None, "d": 2000}
    rows: dict[str, list[Any]] = {
        f"huggingface_{name}": [{"match": {"equals": "some/model"}} | ({"context": window} if window else {})]
        for name, window in vendors.items()
    }
    monkeypatch.setattr(table, "snapshot", lambda: table.Snapshot("", "", "", rows))
    assert lookup.__wrapped__(lists("huggingface"), "some/model") == ModelFacts(context_length=1000)
    assert lookup.__wrapped__(lists("huggingface"), "some/model:a") == ModelFacts(context_length=3000)
    assert lookup.__wrapped__(lists("huggingface"), "some/model:c") == ModelFacts()


@pytest.mark.parametrize("clause", [{}, {"new": "gpt"}, {"or": []}, {"equals": None}, {"and": [{"no": 1}]}, None, "x"])
def test_a_clause_that_is_not_understood_matches_nothing(monkeypatch: pytest.MonkeyPatch, clause: object) -> None:
    rows: dict[str, list[Any]] = {"groq": [{"match": clause, "context": 1}, 5]}
    monkeypatch.setattr(table, "snapshot", lambda: table.Snapshot("", "", "", rows))
    assert lookup.__wrapped__(lists("groq"), "gpt") == ModelFacts()


@pytest.mark.parametrize(
    ("kind", "model", "lacks"),
    [
        ("openai", "o1-mini-2024-09-12", {"vision", "tools", "schema"}),
        ("openai-responses", "o3-mini", {"vision"}),
        ("openai", "GPT-4", {"schema"}),
        ("openai", "gpt-3.5-turbo-0125", {"schema"}),
        ("openai", "gpt-4o", set()),
        ("openai", "gpt-4.1", set()),
        ("openai", "gpt-4o-mini", set()),
        ("openai", "o1", set()),
        ("openrouter", "openai/o3-mini", {"vision"}),
        ("groq", "o3-mini", set()),
    ],
)
def test_what_models_are_known_to_lack(kind: str, model: str, lacks: set[str]) -> None:
    assert lookup(lists(kind), model).lacks == lacks


def test_every_shortfall_names_its_source_and_a_vendor_that_there_is() -> None:
    assert len(abilities.SHORTFALLS) <= 15
    for row in abilities.SHORTFALLS:
        assert row.source.startswith("https://")
        assert row.lacks
        assert row.vendor in {one.prices.vendor for one in PROVIDERS.values()}
