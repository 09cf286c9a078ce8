"""The real thing: HTTP clients for the configured providers, and a local server found where nothing is configured.

What is heavy (httpx, the dialects, cattrs) is imported when an app is opened, not when pointsman is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from returns.result import Result, Success

from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.core.error import ConfigurationError
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.settings import Settings
from pointsman.layers.app import Layers
from pointsman.layers.http_clients import HttpClients, HttpResolve
from pointsman.layers.provider_facts import price_book, provider_facts
from pointsman.layers.recipes import Wraps
from pointsman.layers.settings.found import load_settings
from pointsman.layers.stores import by_settings
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.ports.tracer import NO_TRACER, Tracer

if TYPE_CHECKING:
    pass


def telemetry(settings: Settings) -> Result[tuple[Interceptor, ...], ConfigurationError]:
    """OpenTelemetry where it was asked for, and nothing (not even its import) where it was not."""
    if not settings.telemetry.enabled:
        return Success(())
    from pointsman.adapters.otel.telemetry import open_telemetry
    from pointsman.adapters.providers.table import PROVIDERS

    rows = {name: PROVIDERS[provider.kind] for name, provider in settings.providers.items()}
    called = {name: row.telemetry_name or row.name for name, row in rows.items()}
    return open_telemetry(called, content=settings.telemetry.content).map(lambda guard: (guard,))


def tracer(settings: Settings) -> Result[Tracer, ConfigurationError]:
    """Spans in OpenTelemetry, likewise."""
    if not settings.telemetry.enabled:
        return Success(NO_TRACER)
    from pointsman.adapters.otel.tracer import open_tracer

    return open_tracer(content=settings.telemetry.content)


def _prompts(settings: Settings) -> Result[PromptBook, ConfigurationError]:
    from pointsman.layers.prompts import prompt_book

    return prompt_book(settings)


def _middleware(settings: Settings) -> Wraps:
    """That of plug-ins, where the settings name some."""
    if not settings.plugins.middleware:
        return ()
    from pointsman.layers.plugins import plugin_middleware

    return plugin_middleware(settings)


def _known_names() -> frozenset[str]:
    from pointsman.adapters.providers.table import PROVIDERS

    return frozenset(PROVIDERS)


live: Layers = Layers(
    load=load_settings,
    clock=SystemClock,
    random=SystemRandom,
    resolve=HttpResolve(),
    clients=HttpClients(),
    stores=by_settings,
    facts=provider_facts,
    book=price_book,
    telemetry=telemetry,
    tracer=tracer,
    prompts=_prompts,
    known=_known_names,
    middleware=_middleware,
)
"""The real App: `async with open_app(live) as opened`, or with settings of your own: `open_app(live, settings)`."""
