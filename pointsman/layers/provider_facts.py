"""What the table of providers says of those that are configured, and what their models cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from pointsman.core.models.model import ModelFacts
from pointsman.core.money.price import Price, Rates
from pointsman.core.settings import EngineSettings, ModelSettings, Settings
from pointsman.layers.parts import ProviderDescription
from pointsman.services.ports.model_book import ModelBook

if TYPE_CHECKING:
    pass


def provider_facts(settings: Settings) -> dict[str, ProviderDescription]:
    """What the provider table says of each configured provider."""
    from pointsman.adapters.providers.table import PROVIDERS
    from pointsman.layers.endpoints import load_dialect

    found = {}
    for name, provider in settings.providers.items():
        row = PROVIDERS[provider.kind]
        own = load_dialect(row.dialect).origin
        found[name] = ProviderDescription(
            kind=provider.kind,
            model=provider.model or row.default_model or "",
            local=row.local,
            origins=row.quirks.origins | ({own} if own else set()),
            address=provider.base_url or row.base_url or "",
            slashed_ids=row.slashed_ids or row.local or _is_moved(provider.base_url, row.base_url),
            family=row.family or row.name,
            embedding_model=row.default_embedding_model or (_embedder_here(settings) if row.is_run_here else ""),
            transcription_model=row.default_transcription_model or (_hearer_here(settings) if row.is_run_here else ""),
            prices=row.prices,
            when_left=provider.when_left or row.when_left,
            is_run_here=row.is_run_here and provider.base_url is None,
        )
    return found


def _embedder_here(settings: Settings) -> str:
    """The first of the models that pointsman has got that makes vectors; empty: there is none."""
    from pointsman.layers.engines import library_of

    return next((model.name for model in library_of(settings.engine).own_models() if model.is_embedder), "")


def _hearer_here(settings: Settings) -> str:
    """The first of them that writes down recordings; empty: there is none."""
    from pointsman.layers.engines import library_of

    return next((model.name for model in library_of(settings.engine).own_models() if model.is_hearer), "")


def _is_moved(address: str | None, vendors: str | None) -> bool:
    """Whether a vendor's row is used for another server: that one's models may have any names."""
    return address is not None and vendors is not None and address != vendors


def price_book(settings: Settings, facts: Mapping[str, ProviderDescription]) -> ModelBook:
    """Prices and sizes: the settings' own, else those of the table that comes with pointsman; local models are free."""
    from pointsman.adapters.prices.book import PriceBook

    return PriceBook(
        lists={name: one.prices for name, one in facts.items()},
        local=frozenset(name for name, one in facts.items() if one.local),
        overrides=model_overrides(settings),
        default_models={name: one.model for name, one in facts.items()},
        windows={name: partial(_window_here, settings.engine) for name, one in facts.items() if one.is_run_here},
    )


def _window_here(engine: EngineSettings, name: str) -> int:
    """Tokens that an engine of ours gives the model `name`, where there is memory enough."""
    from pointsman.core.models.local_model import usual_context
    from pointsman.layers.engines import library_of

    called = name.partition("@")[0]
    known = next((model for model in library_of(engine).own_models() if model.name == called), None)
    return usual_context(engine, None if known is None else known.context_length)


def model_overrides(settings: Settings) -> dict[str, ModelFacts]:
    """What the settings say of models, by `provider/model`, as `PriceBook` takes it."""
    return {name: _facts(model) for name, model in settings.models.items()}


def _facts(model: ModelSettings) -> ModelFacts:
    rates = Rates(
        input=model.input,
        output=model.output,
        cached_input=model.cached_input,
        cache_write=model.cache_write,
        cache_write_1h=model.cache_write_1h,
        reasoning=model.reasoning,
    )
    priced = model.input is not None or model.output is not None
    return ModelFacts(
        context_length=model.context_length,
        max_output=model.max_output,
        lacks=model.lacks or frozenset(),
        price=Price(rates=rates, source="settings") if priced else None,
    )
