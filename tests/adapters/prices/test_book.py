"""Prices: the exported table says what genai-prices says, and the user's word stands above it."""

from __future__ import annotations

import datetime
from decimal import Decimal

import attrs
import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price, data_snapshot
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.prices.snapshot import KINDS, lookup, snapshot
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.model_facts import ModelFacts
from pointsman.core.price import FREE_PRICE, Price, Rates, cost_of, highest_cost
from pointsman.core.usage import NOTHING, UNKNOWN, Usage

DATE = datetime.datetime.combine(datetime.date.fromisoformat(snapshot().date), datetime.time(12), tzinfo=datetime.UTC)
SAMPLE = [
    (kind, ids[0], str(model.id))
    for kind, ids in KINDS.items()
    if kind not in ("azure", "azure-entra", "openai-responses")
    for provider in data_snapshot.get_snapshot().providers
    if provider.id == ids[0]
    for model in provider.models
][::3]


@pytest.mark.parametrize("usage", [(1000, 500, 0), (900, 100, 400), (300_000, 10, 1000)])
def test_costs_are_those_of_genai_prices_to_the_last_digit(usage: tuple[int, int, int]) -> None:
    taken, given, cached = usage
    compared = 0
    for kind, provider, model in SAMPLE:
        facts = lookup(kind, model)
        if facts.price is None or None in (facts.price.rates.cached_input, facts.price.rates.output):
            continue
        theirs = calc_price(
            TheirUsage(input_tokens=taken, output_tokens=given, cache_read_tokens=cached),
            model,
            provider_id=provider,
            genai_request_timestamp=DATE,
        )
        if theirs.model.id != model:
            continue
        ours = cost_of(facts.price, Usage(taken, given, cached, 0, 0))
        assert ours == Cost(theirs.total_price.quantize(Decimal("1e-12"))), (provider, model)
        compared += 1
    assert compared > 60


def test_every_row_of_the_table_can_be_read() -> None:
    count = 0
    for kind, providers in KINDS.items():
        assert kind in PROVIDERS
        for provider in providers:
            for row in snapshot().providers[provider]:
                assert isinstance(row, dict)
                facts = lookup(kind, str(row["id"]))
                count += facts.price is not None
    assert count > 500


def test_the_table_is_that_of_the_installed_package() -> None:
    from tools.export_prices import TARGET, export, text

    assert text(export(datetime.date.fromisoformat(snapshot().date))) == TARGET.read_text(encoding="utf-8")


def test_well_known_models_have_prices_and_windows() -> None:
    mini = lookup("openai", "gpt-4o-mini-2024-07-18")
    assert mini.price is not None
    assert (mini.price.rates.input, mini.price.rates.output) == (Decimal("0.15"), Decimal("0.6"))
    assert snapshot().date in mini.price.source
    assert lookup("openai", "GPT-4o-mini") == lookup("azure", "gpt-4o-mini") == lookup("openai", "gpt-4o-mini")
    assert lookup("anthropic", "claude-haiku-4-5").context_length == 200_000
    pro = lookup("gemini", "gemini-2.5-pro").price
    assert pro is not None
    assert pro.above[0][0] == 200_000


def test_a_model_nobody_knows_has_no_price() -> None:
    assert lookup("openai", "no-such-model") == ModelFacts()
    assert lookup("custom", "gpt-4o") == ModelFacts()
    assert PriceBook({"openai": "openai"}).facts("openai", "no-such-model").price is None


def test_what_runs_locally_is_free_unless_the_user_says_otherwise() -> None:
    dear = ModelFacts(price=Price(rates=Rates(input=Decimal(7), output=Decimal(7))))
    book = PriceBook({"home": "ollama"}, frozenset({"home"}), {"home/rented": dear})
    assert book.facts("home", "llama3.2").price == FREE_PRICE
    assert book.facts("home", "rented").price == dear.price


def test_the_most_exact_word_of_the_user_wins_field_by_field() -> None:
    rates = Rates(input=Decimal(1), output=Decimal(2))
    overrides = {
        "*/gpt-4o": ModelFacts(max_output=1, context_length=1),
        "work/*": ModelFacts(max_output=2, lacks=frozenset({"tools"})),
        "work/gpt-4o": ModelFacts(price=Price(rates=rates)),
    }
    found = PriceBook({"work": "openai"}, frozenset(), overrides).facts("work", "gpt-4o")
    assert found == ModelFacts(context_length=1, max_output=2, lacks=frozenset({"tools"}), price=Price(rates=rates))


def test_no_model_means_the_providers_default() -> None:
    book = PriceBook({"openai": "openai"}, default_models={"openai": "gpt-4o"})
    assert book.facts("openai", "") == book.facts("openai", "gpt-4o")
    assert book.facts("openai", "").price is not None


RATES = Rates(input=Decimal(2), output=Decimal(8), cached_input=Decimal("0.5"), cache_write=Decimal(3))
PRICE = Price(rates=RATES, above=((1000, attrs.evolve(RATES, input=Decimal(4))),))
counts = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (NOTHING, FREE),
        (Usage(1000, 0, 0, 0, 0), Cost(Decimal("0.002"))),
        (Usage(1001, 0, 0, 0, 0), Cost(Decimal("0.004004"))),
        (Usage(1000, 100, 400, 100, 50), Cost(Decimal("0.0023"))),
        (Usage(1000, 100), Cost(Decimal("0.0028"))),
        (Usage(1000, None), Cost(Decimal("0.002"), complete=False)),
        (UNKNOWN, UNKNOWN_COST),
    ],
)
def test_a_use_is_priced_by_its_kinds(usage: Usage, cost: Cost) -> None:
    assert cost_of(PRICE, usage) == cost


def test_without_a_price_or_a_rate_the_cost_is_unknown_not_zero() -> None:
    assert cost_of(None, Usage(1, 1)) == UNKNOWN_COST
    half = Price(rates=Rates(input=Decimal(1)))
    assert cost_of(half, Usage(1_000_000, 5)) == Cost(Decimal(1), complete=False)
    assert cost_of(half, Usage(1_000_000, 0)) == Cost(Decimal(1))
    assert highest_cost(half, 1, 1) == UNKNOWN_COST


@given(counts, counts, counts, counts, counts)
def test_the_bound_is_never_below_the_cost(taken: int, given: int, cached: int, written: int, thought: int) -> None:
    cached, written, thought = min(cached, taken), min(written, max(0, taken - cached)), min(thought, given)
    cost = cost_of(PRICE, Usage(taken, given, cached, written, thought))
    assert cost.complete
    assert FREE.amount <= cost.amount <= highest_cost(PRICE, taken, given).amount
