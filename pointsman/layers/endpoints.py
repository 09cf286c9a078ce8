"""A provider's row and the user's settings, joined into an endpoint. Names the dialects."""

from __future__ import annotations

from pointsman.adapters.client.endpoint import Deployments, Endpoint, read_deployments
from pointsman.adapters.dialects.dialect import Codec, Dialect, Holding
from pointsman.adapters.providers.row import DialectName, Provider
from pointsman.core.models.model import ModelPage, ModelQuery
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.media import image_fitter
from pointsman.layers.settings.rules import within
from pointsman.services.health import hold_seconds
from pointsman.services.ports.model_book import ModelBook

DIALECT_NAMES: tuple[DialectName, ...] = ("openai-chat", "openai-responses", "anthropic", "gemini", "ollama")


def load_dialect(name: DialectName) -> Dialect:
    """The dialect `name`; only what is asked for is imported."""
    match name:
        case "openai-chat":
            from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT

            return OPENAI_CHAT
        case "openai-responses":
            from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES

            return OPENAI_RESPONSES
        case "anthropic":
            from pointsman.adapters.dialects.anthropic import ANTHROPIC

            return ANTHROPIC
        case "gemini":
            from pointsman.adapters.dialects.gemini import GEMINI

            return GEMINI
        case "ollama":
            from pointsman.adapters.dialects.ollama import OLLAMA

            return OLLAMA


def endpoint_of(row: Provider, provider: ProviderSettings, settings: Settings, book: ModelBook) -> Endpoint:
    """Where and how the provider is asked; `book` knows the limits of its models."""
    limits = settings.timeouts
    if provider.timeout is not None:
        limits = within(limits, provider.timeout, min(limits.models, provider.timeout))
    dialect = load_dialect(row.dialect)
    base_url, deployments = _address(row, provider)
    return Endpoint(
        provider=provider.name,
        dialect=dialect,
        base_url=base_url,
        deployments=deployments,
        key=provider.api_key,
        auth=row.auth,
        headers=tuple(provider.headers.items()),
        quirks=row.quirks,
        timeouts=limits,
        transcribe=dialect.transcribe if row.transcribes else None,
        model_lists=_model_lists(row),
        model_details=dialect.details,
        running_models=dialect.running,
        fit_image=image_fitter(row.images),
        health_path=row.health_path,
        holding=_holding(row),
        hold_seconds=None if provider.keep_alive is None else hold_seconds(provider.keep_alive),
        model_cache_ttl=settings.model_cache_ttl,
        max_output=lambda model: book.facts(provider.name, model).max_output,
    )


def _address(row: Provider, provider: ProviderSettings) -> tuple[str, Deployments | None]:
    """The base URL, and how it goes on where the provider is Azure."""
    base_url = provider.base_url or row.base_url or ""
    return read_deployments(base_url, provider.api_version) if row.has_deployments else (base_url, None)


def _model_lists(row: Provider) -> tuple[Codec[ModelQuery, ModelPage], ...]:
    if row.catalog != "lmstudio":
        return ()
    from pointsman.adapters.dialects.lmstudio.models import LMSTUDIO_MODELS

    return (LMSTUDIO_MODELS,)


def _holding(row: Provider) -> Holding | None:
    if row.catalog == "lmstudio":
        from pointsman.adapters.dialects.lmstudio.models import LMSTUDIO_HOLD

        return LMSTUDIO_HOLD
    if row.dialect == "ollama":
        from pointsman.adapters.dialects.ollama.models import OLLAMA_HOLD

        return OLLAMA_HOLD
    return None
