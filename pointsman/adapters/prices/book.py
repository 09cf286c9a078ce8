"""The model book: what the user says of a model, else what the table knows; what runs locally is free."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

from pointsman.adapters.prices.snapshot import lookup
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.price import FREE_PRICE, NO_PRICE_LISTS, PriceLists

_MOST_KNOWN = 10_000


@attrs.frozen
class PriceBook:
    """A `ModelBook`.

    `lists` say where the prices of each provider's models stand, `local` the providers whose models cost nothing,
    `default_models` what is meant where no model is named, `windows` how many tokens a model takes, where who runs it
    knows.

    `overrides` are by `provider/model`, in which the provider may be `*` and the model may have a `*` anywhere; case
    does not count in models. Of all that fit the most exact one wins, field by field: a provider named before `*`,
    then the model with more letters named. They win over the table, and their price also over `local`.
    """

    lists: Mapping[str, PriceLists]
    local: frozenset[str] = frozenset()
    overrides: Mapping[str, ModelFacts] = attrs.field(factory=dict)
    default_models: Mapping[str, str] = attrs.field(factory=dict)
    windows: Mapping[str, Callable[[str], int]] = attrs.field(factory=dict)
    _known: dict[tuple[str, str], ModelFacts] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        found = self._known.get((provider, model))
        if found is None:
            found = self._facts(provider, model or self.default_models.get(provider, ""))
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[provider, model] = found
        return found

    def _facts(self, provider: str, model: str) -> ModelFacts:
        found = lookup(self.lists.get(provider, NO_PRICE_LISTS), model)
        if provider in self.local:
            found = attrs.evolve(found, price=FREE_PRICE)
        if provider in self.windows:
            found = attrs.evolve(found, context_length=self.windows[provider](model))
        for override in self._overrides(provider, model):
            found = ModelFacts(
                context_length=_first(override.context_length, found.context_length),
                max_output=_first(override.max_output, found.max_output),
                lacks=override.lacks or found.lacks,
                price=override.price or found.price,
            )
        return found

    def _overrides(self, provider: str, model: str) -> list[ModelFacts]:
        """Those that fit, the most exact one last."""
        fitting = [name for name in self.overrides if _fits(name, provider, model)]
        return [self.overrides[name] for name in sorted(fitting, key=_exactness)]


def _fits(name: str, provider: str, model: str) -> bool:
    wanted, _, pattern = name.partition("/")
    pieces = map(re.escape, pattern.lower().split("*"))
    return wanted in ("*", provider) and re.fullmatch(".*".join(pieces), model.lower(), re.DOTALL) is not None


def _exactness(name: str) -> tuple[bool, bool, int, str]:
    provider, _, model = name.partition("/")
    return provider != "*", "*" not in model, len(model.replace("*", "")), name


def _first(told: int | None, found: int | None) -> int | None:
    return found if told is None else told
