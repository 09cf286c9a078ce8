"""The short way in: the settings of the active provider, whether it answers, its models, and what is recommended."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.providers.presets import PRESETS
from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.api_models import ModelList, models_of
from pointsman.adapters.web.api_providers import ProviderInput, Tested, changed, tested
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.settings import ProviderSettings


@attrs.frozen(kw_only=True)
class LlmSettings:
    """The active provider's settings, its key masked."""

    provider: str
    base_url: str | None
    api_key: str | None
    model: str | None
    temperature: float | None
    max_tokens: int | None
    keep_alive: float | None


@attrs.frozen(kw_only=True)
class LlmInput:
    """The provider to be active, and what changes of its settings; an absent key stays."""

    provider: str
    base_url: str | None = None
    api_key: str | None = None
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    keep_alive: float | None = None


@attrs.frozen(kw_only=True)
class Presets:
    """Every kind of provider: what it needs, and its recommended models in tiers."""

    providers: list[dict[str, Any]]


def _nothing() -> ConfigurationError:
    return ConfigurationError(detail="no provider is active; save one first", status=409, local=True)


def _active(call: AnyCall) -> ProviderSettings | None:
    with call.site.running.lease() as app:
        return app.settings.providers.get(app.settings.default_provider or "")


def _view(one: ProviderSettings) -> LlmSettings:
    shown = views.provider(
        one,
        key_required=False,
        local=False,
        source="",
        active=True,
        default_base_url=None,
        default_model=None,
        circuit="closed",
    )
    return LlmSettings(
        provider=one.name,
        base_url=shown.base_url,
        api_key=shown.api_key,
        model=shown.model,
        temperature=shown.temperature,
        max_tokens=shown.max_tokens,
        keep_alive=shown.keep_alive,
    )


async def read(call: AnyCall) -> Result[LlmSettings, LLMError]:
    """As they are."""
    one = _active(call)
    return Failure(_nothing()) if one is None else Success(_view(one))


async def write(call: ApiCall[LlmInput, object]) -> Result[LlmSettings, LLMError]:
    """Save them, and make that provider the active one."""
    asked: LlmInput = call.body
    kept = await settle(call.site.desk.read())
    if isinstance(kept, Failure):
        return kept
    with call.site.running.lease() as app:
        old = kept.unwrap().providers.get(asked.provider) or app.settings.providers.get(asked.provider)
    if old is None and asked.provider not in call.site.rows:
        return Failure(invalid(f"provider: there is no provider {asked.provider!r}"))
    base = old or ProviderSettings(name=asked.provider, kind=asked.provider)
    fields = {field.name: getattr(asked, field.name) for field in attrs.fields(LlmInput) if field.name != "provider"}
    done = await settle(call.site.desk.put(changed(base, ProviderInput(**fields), call.given), call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    active = await settle(call.site.desk.activate(asked.provider, call.caller.name))
    if isinstance(active, Failure):
        return Failure(active.failure())
    reloaded = await call.site.running.reload()
    return Failure(reloaded.failure()) if isinstance(reloaded, Failure) else await read(call)


async def test(call: AnyCall) -> Result[Tested, LLMError]:
    """Ping, and how many models there are."""
    one = _active(call)
    return Failure(_nothing()) if one is None else await tested(call, one)


async def models(call: AnyCall) -> Result[ModelList, LLMError]:
    """The models of the active provider."""
    one = _active(call)
    return Failure(_nothing()) if one is None else await models_of(attrs.evolve(call, path={"name": one.name}))


async def presets(call: AnyCall) -> Result[Presets, LLMError]:
    """What there is to choose from."""
    found = [
        {
            "kind": name,
            "title": row.title,
            "local": row.local,
            "key_required": row.key_required,
            "base_url": row.base_url,
            "tiers": {tier: list(names) for tier, names in PRESETS.get(name, {}).items()},
        }
        for name, row in call.site.rows.items()
    ]
    return Success(Presets(providers=found))


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/llm/settings",
        summary="The active provider's settings",
        run=read,
        scope="read",
    ),
    ApiEndpoint(
        method="POST",
        path="/api/llm/settings",
        summary="Save a provider's settings and make it active",
        run=write,
    ),
    ApiEndpoint(method="GET", path="/api/llm/test", summary="Whether it answers", run=test, scope="read"),
    ApiEndpoint(method="GET", path="/api/llm/models", summary="Its models", run=models, scope="read"),
    ApiEndpoint(
        method="GET",
        path="/api/llm/presets",
        summary="Providers and recommended models, in tiers",
        run=presets,
        scope="read",
    ),
)
