"""Recommended models are models that the price table knows, of providers that there are."""

from __future__ import annotations

import pytest

from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.presets import PRESETS
from pointsman.adapters.providers.table import PROVIDERS

NAMED = [
    (kind, name)
    for kind, tiers in PRESETS.items()
    for tier, names in tiers.items()
    for name in names
    if tier != "local"
]


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_a_recommended_model_has_a_price(kind: str, name: str) -> None:
    book = PriceBook(kinds={kind: kind}, local=frozenset(), overrides={}, default_models={})
    assert book.facts(kind, name).price is not None


def test_recommendations_are_for_providers_that_there_are() -> None:
    assert PRESETS.keys() <= PROVIDERS.keys()
    for kind, tiers in PRESETS.items():
        assert PROVIDERS[kind].local == (set(tiers) == {"local"})
