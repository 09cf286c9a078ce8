"""A book of models that knows only what it is given."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.models.model import NO_FACTS, ModelFacts


@attrs.frozen
class FixedModels:
    """Facts by `provider/model`, and nothing of any other."""

    by_model: Mapping[str, ModelFacts] = attrs.field(factory=dict)

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        return self.by_model.get(f"{provider}/{model}", NO_FACTS)
