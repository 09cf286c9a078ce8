"""The model book of the real thing (placeholder until the table lands)."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.model_facts import NO_FACTS, ModelFacts
from pointsman.core.price import FREE_PRICE


@attrs.frozen
class PriceBook:
    """See `ModelBook`."""

    kinds: Mapping[str, str]
    local: frozenset[str] = frozenset()
    overrides: Mapping[str, ModelFacts] = attrs.field(factory=dict)
    default_models: Mapping[str, str] = attrs.field(factory=dict)

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        model = model or self.default_models.get(provider, "")
        for name in (f"{provider}/{model}", f"{provider}/*", f"*/{model}"):
            if name in self.overrides:
                found = self.overrides[name]
                if found.price is None and provider in self.local:
                    return attrs.evolve(found, price=FREE_PRICE)
                return found
        return attrs.evolve(NO_FACTS, price=FREE_PRICE) if provider in self.local else NO_FACTS
