"""What the settings say of routing, and what goes into requests to each provider, made whole."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.chat.request_defaults import RequestDefaults
from pointsman.core.models.model import ModelRef, Places
from pointsman.core.routing.candidate import Candidate, family_of
from pointsman.core.routing.policy import TASKS
from pointsman.layers.parts import Parts, ProviderDescription
from pointsman.services.routing.planner import Planner, Routes


def defaults_of(name: str, parts: Parts) -> RequestDefaults:
    """What the settings put into requests to the provider `name`."""
    facts = parts.facts.get(name, ProviderDescription(kind="", model=""))
    provider = parts.settings.providers.get(name)
    defaults = RequestDefaults(
        model=facts.model,
        embedding_model=facts.embedding_model,
        transcription_model=facts.transcription_model,
    )
    if provider is None:
        return defaults
    return attrs.evolve(
        defaults,
        temperature=provider.temperature,
        top_p=provider.top_p,
        max_tokens=provider.max_tokens,
        extra=provider.extra,
        timeout=provider.timeout,
    )


def routes_of(parts: Parts) -> Routes:
    """What the settings say of routing, with every reference made whole."""
    settings = parts.settings
    routing = settings.routing
    models = {name: facts.model for name, facts in parts.facts.items()}
    routes = Routes(
        candidates=(),
        places=places_of(parts),
        default_models=models,
        always=routing.always,
        strategy=routing.strategy,
        tables={**TASKS, **routing.tasks},
        fallback=_resolve_aliases(settings.fallback, parts),
        on_overflow=_resolve_aliases(routing.context_fallback, parts),
        on_filter=_resolve_aliases(routing.filter_fallback, parts),
        defaults={name: defaults_of(name, parts) for name in parts.facts},
        endpoints={name: f"{facts.kind}|{facts.address}" for name, facts in parts.facts.items()},
    )
    named = _resolve_aliases(routing.candidates, parts) or tuple(f"{name}/" for name in models)
    look_up = Planner(routes, parts.book, parts.scoreboard, parts.clock)
    refs = dict.fromkeys(ref for ref in map(look_up.resolve, named) if isinstance(ref, ModelRef))
    asked = {name: parts.facts[name] for name in dict.fromkeys(ref.provider or "" for ref in refs)}
    return attrs.evolve(
        routes,
        candidates=tuple(_candidate(ref.provider or "", ref.model, parts) for ref in refs),
        embedders=_candidates({name: facts.embedding_model for name, facts in asked.items()}, parts),
        transcribers=_candidates({name: facts.transcription_model for name, facts in asked.items()}, parts),
    )


def places_of(parts: Parts) -> Places:
    """Where models can be asked for."""
    slashed = frozenset(name for name, facts in parts.facts.items() if facts.slashed_ids)
    return Places(default=parts.default, configured=parts.facts.keys(), known=parts.known, slashed=slashed)


def _resolve_aliases(names: tuple[str, ...], parts: Parts) -> tuple[str, ...]:
    """What the names in the settings stand for."""
    return tuple(map(parts.aliases.resolve, names))


def _candidates(models: Mapping[str, str], parts: Parts) -> tuple[Candidate, ...]:
    """A model of each provider that has one for the purpose."""
    return tuple(_candidate(name, model, parts) for name, model in models.items() if model)


def _candidate(provider: str, model: str, parts: Parts) -> Candidate:
    facts = parts.facts[provider]
    weights = parts.settings.routing.weights
    return Candidate(
        provider=provider,
        model=model,
        family=family_of(facts.family or facts.kind, model, facts.local),
        local=facts.local,
        origins=facts.origins,
        weight=weights.get(f"{provider}/{model}", weights.get(provider, 1.0)),
    )
