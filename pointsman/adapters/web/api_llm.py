"""The short way in: the settings of the active provider, whether it answers, its models, and what is recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.api_models import ModelList, models_of
from pointsman.adapters.web.api_providers import Tested, change_provider, named_fields, test_provider
from pointsman.adapters.web.record_forms import GeneratedType, form_fields, patch_type, provider_view, view_type
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.json import Json
from pointsman.core.settings import ProviderSettings

if TYPE_CHECKING:
    LlmSettings = GeneratedType
    LlmInput = GeneratedType
else:
    LlmSettings = view_type("LlmSettings", ProviderSettings, provider=str)
    LlmInput = patch_type("LlmInput", ProviderSettings, provider=str)
"""The active provider's settings, its key masked; and the provider to be active, with what changes of them."""


@attrs.frozen(kw_only=True)
class Presets:
    """Every kind of provider: what it needs, and its recommended models in tiers; and what a form asks for of one."""

    providers: list[dict[str, Any]]
    fields: list[Json]


def _nothing() -> ConfigurationError:
    return ConfigurationError(detail="no provider is active; save one first", status=409, local=True)


def _active(call: AnyCall) -> ProviderSettings | None:
    with call.site.running.lease() as app:
        return app.settings.providers.get(app.settings.default_provider or "")


def _view(one: ProviderSettings) -> LlmSettings:
    return LlmSettings(provider=one.name, **provider_view(one))


async def read(call: AnyCall) -> Result[LlmSettings, LLMError]:
    """As they are."""
    one = _active(call)
    return Failure(_nothing()) if one is None else Success(_view(one))


async def write(call: ApiCall[LlmInput, object]) -> Result[LlmSettings, LLMError]:
    """Save them, and make that provider the active one."""
    given = named_fields(call)
    name = str(given.pop("provider"))
    kept = await settle(call.site.desk.read())
    if isinstance(kept, Failure):
        return kept
    with call.site.running.lease() as app:
        old = kept.unwrap().providers.get(name) or app.settings.providers.get(name)
    if old is None and name not in call.site.rows:
        return Failure(invalid(f"provider: there is no provider {name!r}"))
    provider = change_provider(old or ProviderSettings(name=name), given)
    if isinstance(provider, Failure):
        return Failure(provider.failure())
    done = await settle(call.site.desk.put(provider.unwrap(), call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    active = await settle(call.site.desk.activate(name, call.caller.name))
    if isinstance(active, Failure):
        return Failure(active.failure())
    reloaded = await call.site.running.reload()
    return Failure(reloaded.failure()) if isinstance(reloaded, Failure) else await read(call)


async def test(call: AnyCall) -> Result[Tested, LLMError]:
    """Ping, and how many models there are."""
    one = _active(call)
    return Failure(_nothing()) if one is None else await test_provider(call, one)


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
            "tiers": {tier: list(names) for tier, names in row.presets.items()},
        }
        for name, row in call.site.rows.items()
    ]
    return Success(Presets(providers=found, fields=form_fields()))


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/llm/settings",
        summary="The active provider's settings",
        run=read,
        scope="observe",
    ),
    ApiEndpoint(
        method="POST",
        path="/api/llm/settings",
        summary="Save a provider's settings and make it active",
        run=write,
    ),
    ApiEndpoint(method="GET", path="/api/llm/test", summary="Whether it answers", run=test, scope="observe"),
    ApiEndpoint(method="GET", path="/api/llm/models", summary="Its models", run=models, scope="read"),
    ApiEndpoint(
        method="GET",
        path="/api/llm/presets",
        summary="Providers and recommended models, in tiers",
        run=presets,
        scope="read",
    ),
)
