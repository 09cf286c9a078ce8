"""Prices: the user's word stands above the table, what runs locally is free, and costs obey their laws."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.prices import book as book_module
from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.prices.snapshot import lookup
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.money.price import FREE_PRICE, Price, PriceLists, Rates, cost_of, highest_cost
from pointsman.services.ports.model_book import ModelBook


def lists(kind: str) -> PriceLists:
    """Where the prices of a row's models stand."""
    return PROVIDERS[kind].prices


DEAR = Price(rates=Rates(input=Decimal(7), output=Decimal(7)), source="settings")


def test_a_book_is_a_model_book_and_a_model_nobody_knows_has_no_price() -> None:
    book: ModelBook = PriceBook({"work": lists("openai")})
    assert book.facts("work", "gpt-4o") == lookup(lists("openai"), "gpt-4o")
    assert book.facts("work", "no-such-model") == ModelFacts()
    assert book.facts("no-such-provider", "gpt-4o") == ModelFacts()


def test_what_runs_locally_is_free_unless_the_user_says_otherwise() -> None:
    book = PriceBook({"home": lists("ollama")}, frozenset({"home"}), {"home/rented": ModelFacts(price=DEAR)})
    assert book.facts("home", "llama3.2") == ModelFacts(price=FREE_PRICE)
    assert book.facts("home", "rented").price == DEAR
    assert cost_of(book.facts("home", "llama3.2").price, Usage(10, 10)) == FREE


def test_the_most_exact_word_of_the_user_wins_field_by_field() -> None:
    overrides = {
        "*/gpt-4o": ModelFacts(max_output=1, context_length=1),
        "work/*": ModelFacts(max_output=2, lacks=frozenset({"tools"})),
        "work/gpt-4o": ModelFacts(price=DEAR),
    }
    found = PriceBook({"work": lists("openai")}, frozenset(), overrides).facts("work", "gpt-4o")
    assert found == ModelFacts(context_length=1, max_output=2, lacks=frozenset({"tools"}), price=DEAR)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("*/*", "*/gpt-*"),
        ("*/gpt-*", "*/gpt-4*"),
        ("*/gpt-4*", "*/gpt-4o"),
        ("*/gpt-4o", "work/*"),
        ("work/*", "work/gpt*o"),
        ("work/gpt-4o*", "work/gpt-4o"),
    ],
)
def test_which_word_is_more_exact_does_not_hang_on_their_order(less: str, more: str, turned: bool) -> None:
    said = [(less, ModelFacts(max_output=1, context_length=1)), (more, ModelFacts(max_output=2))]
    book = PriceBook({"work": lists("openai")}, overrides=dict(reversed(said) if turned else said))
    found = book.facts("work", "gpt-4o")
    assert (found.max_output, found.context_length) == (2, 1)
    assert found.price == lookup(lists("openai"), "gpt-4o").price


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("work/meta/llama-3", True),
        ("work/META/Llama-3", True),
        ("work/meta/*", True),
        ("*/*llama*", True),
        ("*/m*a*3", True),
        ("play/meta/llama-3", False),
        ("work/llama-3", False),
        ("work/meta/llama", False),
        ("work/meta/llama-.", False),
        ("wor*/meta/llama-3", False),
        ("meta/llama-3", False),
        ("work", False),
        ("", False),
    ],
)
def test_which_models_a_word_is_about(name: str, fits: bool) -> None:
    book = PriceBook({"work": lists("openai")}, overrides={name: ModelFacts(max_output=5)})
    assert (book.facts("work", "meta/llama-3").max_output == 5) is fits


def test_no_model_means_the_providers_default() -> None:
    book = PriceBook({"work": lists("openai")}, overrides={"work/gpt-4o": ModelFacts(max_output=3)})
    book = attrs.evolve(book, default_models={"work": "gpt-4o"})
    assert book.facts("work", "") == book.facts("work", "gpt-4o")
    assert book.facts("work", "").max_output == 3
    assert book.facts("work", "").price is not None


def test_what_is_remembered_is_bounded_and_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "_MOST_KNOWN", 3)
    book = PriceBook({"work": lists("openai")})
    for number in range(10):
        assert book.facts("work", f"no-such-{number}") == ModelFacts()
        assert book.facts("work", "gpt-4o") == lookup(lists("openai"), "gpt-4o")
        assert len(book._known) <= 3


RATES = Rates(input=Decimal(2), output=Decimal(8), cached_input=Decimal("0.5"), cache_write=Decimal(3))
PRICE = Price(rates=RATES, above=((1000, attrs.evolve(RATES, input=Decimal(4))),))


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


def test_reasoning_costs_what_it_says_and_else_what_output_costs() -> None:
    usage = Usage(0, 100, 0, 0, 60)
    assert cost_of(PRICE, usage) == Cost(Decimal("0.0008"))
    dearer = Price(rates=attrs.evolve(RATES, reasoning=Decimal(10)))
    assert cost_of(dearer, usage) == Cost(Decimal("0.00092"))


def test_without_a_price_or_a_rate_the_cost_is_unknown_not_zero() -> None:
    assert cost_of(None, Usage(1, 1)) == UNKNOWN_COST
    half = Price(rates=Rates(input=Decimal(1)))
    assert cost_of(half, Usage(1_000_000, 5)) == Cost(Decimal(1), complete=False)
    assert cost_of(half, Usage(1_000_000, 0)) == Cost(Decimal(1))
    assert highest_cost(half, 1, 1) == UNKNOWN_COST


counts = st.integers(0, 10**7)
rate = st.decimals(0, 1000, places=6)
any_rates = st.builds(
    Rates,
    input=st.none() | rate,
    output=st.none() | rate,
    cached_input=st.none() | rate,
    cache_write=st.none() | rate,
    reasoning=st.none() | rate,
)
steps = st.lists(st.tuples(st.integers(1, 10**6), any_rates), max_size=2, unique_by=lambda step: step[0])
any_price = st.builds(Price, rates=any_rates, above=steps.map(lambda found: tuple(sorted(found, key=lambda s: s[0]))))
flat_price = st.builds(Price, rates=any_rates)


@st.composite
def whole_usages(draw: st.DrawFn) -> Usage:
    """Everything is known, and the parts fit into the whole."""
    taken, output = draw(counts), draw(counts)
    cached = draw(st.integers(0, taken))
    return Usage(taken, output, cached, draw(st.integers(0, taken - cached)), draw(st.integers(0, output)))


any_usage = st.builds(Usage, *[st.none() | counts] * 5)


@given(any_price, any_usage)
def test_a_cost_is_never_negative(price: Price, usage: Usage) -> None:
    assert cost_of(price, usage).amount >= 0


@given(any_price, any_usage)
def test_an_unknown_part_leaves_its_mark_unless_it_is_free(price: Price, usage: Usage) -> None:
    used = price.rates
    for start, rates in price.above:
        used = rates if (usage.input or 0) > start else used
    lost = (usage.input is None and used.input != 0) or (usage.output is None and used.output != 0)
    cost = cost_of(price, usage)
    if lost:
        assert not cost.complete
        assert cost.usd is None
    if cost.complete:
        assert usage.input is not None or used.input == 0
        assert usage.output is not None or used.output == 0


@given(any_usage)
def test_without_a_price_nothing_is_known(usage: Usage) -> None:
    assert cost_of(None, usage) == UNKNOWN_COST


@given(flat_price, whole_usages(), whole_usages())
def test_where_no_step_is_crossed_costs_add_up(price: Price, first: Usage, second: Usage) -> None:
    assert cost_of(price, first) + cost_of(price, second) == cost_of(price, first + second)


@given(whole_usages())
def test_the_bound_is_never_below_the_cost(usage: Usage) -> None:
    cost = cost_of(PRICE, usage)
    assert cost.complete
    assert FREE.amount <= cost.amount <= highest_cost(PRICE, usage.input or 0, usage.output or 0).amount
