"""A model book that knows what it was told."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.models.model_facts import NO_FACTS, ModelFacts


@attrs.frozen
class FixedModels:
    """Facts by `provider/model`, and nothing of any other."""

    told: Mapping[str, ModelFacts] = attrs.field(factory=dict)

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        return self.told.get(f"{provider}/{model}", NO_FACTS)
