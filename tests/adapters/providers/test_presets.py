"""Recommended models are models that the price table knows, of providers that there are."""

from __future__ import annotations

import pytest

from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.table import PROVIDERS

NAMED = [
    (kind, name)
    for kind, row in PROVIDERS.items()
    for tier, names in row.presets.items()
    for name in names
    if tier != "local"
]


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_a_recommended_model_has_a_price(kind: str, name: str) -> None:
    book = PriceBook(lists={kind: PROVIDERS[kind].prices}, local=frozenset(), overrides={}, default_models={})
    assert book.facts(kind, name).price is not None


def test_local_models_are_recommended_for_providers_on_the_own_machine_alone() -> None:
    for row in PROVIDERS.values():
        assert not row.presets or row.local == (set(row.presets) == {"local"})
