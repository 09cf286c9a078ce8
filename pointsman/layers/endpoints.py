"""A provider's row and the user's settings, joined into an endpoint. Names the dialects."""

from __future__ import annotations

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.lmstudio import LMSTUDIO_MODELS
from pointsman.adapters.dialects.ollama import OLLAMA, OLLAMA_RUNNING, OLLAMA_SHOW
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.http.endpoint import Endpoint
from pointsman.adapters.providers.row import Provider
from pointsman.core.settings import ProviderSettings, Settings, Timeouts

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA)
}


def endpoint_of(row: Provider, provider: ProviderSettings, settings: Settings) -> Endpoint:
    """Where and how the provider is asked."""
    limits = settings.timeouts
    if provider.timeout is not None:
        limits = _within(limits, provider.timeout)
    ollama = row.dialect == "ollama"
    return Endpoint(
        provider=provider.name,
        dialect=DIALECTS[row.dialect],
        base_url=provider.base_url or row.base_url or "",
        key=provider.api_key,
        auth=row.auth,
        headers=tuple(provider.headers.items()),
        quirks=row.quirks,
        timeouts=limits,
        model=provider.model or row.default_model,
        temperature=provider.temperature,
        max_tokens=provider.max_tokens,
        embedding_model=row.default_embedding_model,
        model_lists=(LMSTUDIO_MODELS,) if row.catalog == "lmstudio" else (),
        model_details=OLLAMA_SHOW if ollama else None,
        running_models=OLLAMA_RUNNING if ollama else None,
        health_path=row.health_path,
        model_cache_ttl=settings.model_cache_ttl,
    )


def _within(limits: Timeouts, total: float) -> Timeouts:
    """`limits`, none of them longer than `total` seconds, which is the whole call's."""
    return Timeouts(
        connect=min(limits.connect, total),
        first_byte=min(limits.first_byte, total),
        idle=min(limits.idle, total),
        total=total,
        models=min(limits.models, total),
    )
