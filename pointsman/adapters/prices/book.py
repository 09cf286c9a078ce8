"""The model book: what the user says of a model, else what the table knows; what runs locally is free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from pointsman.adapters.prices.snapshot import lookup
from pointsman.core.model_facts import ModelFacts
from pointsman.core.price import FREE_PRICE

_MOST_KNOWN = 10_000


@attrs.frozen
class PriceBook:
    """A `ModelBook`.

    `kinds` are the rows of the provider table by provider name, `local` the providers whose models cost nothing,
    `default_models` what is meant where no model is named. `overrides` are by `provider/model`, `provider/*` or
    `*/model`: the most exact one wins, field by field, over the table; its price also over `local`.
    """

    kinds: Mapping[str, str]
    local: frozenset[str] = frozenset()
    overrides: Mapping[str, ModelFacts] = attrs.field(factory=dict)
    default_models: Mapping[str, str] = attrs.field(factory=dict)
    _known: dict[tuple[str, str], ModelFacts] = attrs.field(factory=dict, repr=False, eq=False)

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        found = self._known.get((provider, model))
        if found is None:
            found = self._facts(provider, model or self.default_models.get(provider, ""))
            if len(self._known) < _MOST_KNOWN:
                self._known[provider, model] = found
        return found

    def _facts(self, provider: str, model: str) -> ModelFacts:
        found = lookup(self.kinds.get(provider, ""), model)
        if provider in self.local:
            found = attrs.evolve(found, price=FREE_PRICE)
        for override in self._overrides(provider, model):
            found = ModelFacts(
                context_length=_first(override.context_length, found.context_length),
                max_output=_first(override.max_output, found.max_output),
                lacks=override.lacks or found.lacks,
                price=override.price or found.price,
            )
        return found

    def _overrides(self, provider: str, model: str) -> Iterator[ModelFacts]:
        """The most exact one last."""
        for name in (f"*/{model}", f"{provider}/*", f"{provider}/{model}"):
            if name in self.overrides:
                yield self.overrides[name]


def _first(told: int | None, found: int | None) -> int | None:
    return found if told is None else told
