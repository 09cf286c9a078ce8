"""The settings of the active provider as one flat form, whether it answers, its models, and what is recommended.

These are the words of a dashboard that others wrote clients for: no envelope, `model_name`, `keep_alive` as a switch.
Our own names are taken beside theirs. Without a key they are open as long as the gateway is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.api_providers import change_provider, named_fields
from pointsman.adapters.web.record_forms import GeneratedType, form_fields, patch_type
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, ConfigurationError, LLMError
from pointsman.core.json import Json, JsonObject
from pointsman.core.security.audit import mask_key
from pointsman.core.settings import ProviderSettings
from pointsman.services.ports.client import Ping

if TYPE_CHECKING:
    LlmInput = GeneratedType
else:
    _THEIRS = {"model_name": str, "keep_alive": bool | float, "keep_alive_interval": float}
    LlmInput = patch_type("LlmInput", ProviderSettings, _THEIRS, provider=str)
"""The provider to be active, with what changes of it."""

USUAL_INTERVAL = 300.0
"""Seconds between two signs of life where `keep_alive` is on and nobody says how many."""


@attrs.frozen(kw_only=True)
class LlmSettings:
    """The active provider: its key masked, `keep_alive` whether it is asked to stay loaded every so many seconds."""

    provider: str
    api_key: str
    base_url: str
    model_name: str
    temperature: float | None
    max_tokens: int | None
    keep_alive: bool
    keep_alive_interval: float
    timeout: float | None
    enabled: bool


@attrs.frozen(kw_only=True)
class PingView:
    """Whether it answered, after how many milliseconds, and when; `error` says why not."""

    ok: bool
    provider: str
    latency_ms: float
    timestamp: str
    error: str = ""


@attrs.frozen(kw_only=True)
class LlmTest:
    """How the active provider answers, and the names of its models."""

    ping: PingView
    models: list[str]


@attrs.frozen(kw_only=True)
class LlmModels:
    """The names of the active provider's models."""

    models: list[str]


@attrs.frozen(kw_only=True)
class Presets:
    """Every kind of provider: what it needs, and its recommended models in tiers; and what a form asks for of one."""

    providers: list[dict[str, Any]]
    fields: list[Json]


def nobody_active() -> ConfigurationError:
    """Nothing is set up."""
    return ConfigurationError(detail="no provider is active; save one first", status=409, local=True)


def active_provider(call: AnyCall) -> Result[ProviderSettings, LLMError]:
    """The provider that is asked where none is named."""
    with call.site.running.lease() as app:
        one = app.settings.providers.get(app.settings.default_provider or "")
    return Failure(nobody_active()) if one is None else Success(one)


def _view(call: AnyCall, one: ProviderSettings) -> LlmSettings:
    row = call.site.rows.get(one.kind)
    return LlmSettings(
        provider=one.name,
        api_key=mask_key(one.api_key) if one.api_key else "",
        base_url=one.base_url or (row.base_url if row else None) or "",
        model_name=one.model or (row.default_model if row else None) or "",
        temperature=one.temperature,
        max_tokens=one.max_tokens,
        keep_alive=one.keep_alive is not None,
        keep_alive_interval=one.keep_alive or USUAL_INTERVAL,
        timeout=one.timeout,
        enabled=one.enabled,
    )


async def read(call: AnyCall) -> Result[LlmSettings, LLMError]:
    """As they are."""
    return active_provider(call).map(lambda one: _view(call, one))


async def write(call: ApiCall[LlmInput, object]) -> Result[LlmSettings, LLMError]:
    """Save them, and make that provider the active one, unless it is to be switched off.

    To read them no key is needed as long as the gateway needs none; to change them not so once a password is set.
    """
    given = named_fields(call)
    name = _name_of(call, str(given.pop("provider")))
    kept = await settle(call.site.desk.read())
    if isinstance(kept, Failure):
        return kept
    if kept.unwrap().password is not None and not _is_known(call):
        return Failure(
            AuthenticationFailed(detail="a password is set: sign in, or bring a key", status=401, local=True)
        )
    with call.site.running.lease() as app:
        old = kept.unwrap().providers.get(name) or app.settings.providers.get(name)
        is_active = app.settings.default_provider == name
    if old is None and name not in call.site.rows:
        return Failure(invalid(f"provider: there is no provider {name!r}"))
    before = old or ProviderSettings(name=name)
    changed = change_provider(call, before, _in_our_words(given, before))
    if isinstance(changed, Failure):
        return Failure(changed.failure())
    if is_active and not changed.unwrap().enabled:
        return Failure(invalid(f"enabled: {name} is the active provider; make another one active first"))
    done = await settle(call.site.desk.put(changed.unwrap(), call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    provider = done.unwrap()
    if provider.enabled:
        chosen = await settle(call.site.desk.activate(name, call.caller.name))
        if isinstance(chosen, Failure):
            return Failure(chosen.failure())
    reloaded = await call.site.running.reload()
    return Failure(reloaded.failure()) if isinstance(reloaded, Failure) else Success(_view(call, provider))


def _name_of(call: AnyCall, text: str) -> str:
    """The provider that is meant: one that is set up, or a kind by whatever name other programs give it."""
    name = text.strip().lower()
    with call.site.running.lease() as app:
        if text in app.settings.providers:
            return text
    spelled = name.replace("_", "-")
    return next((kind for kind, row in call.site.rows.items() if spelled in (kind, *row.other_names)), name)


def _in_our_words(given: JsonObject, before: ProviderSettings) -> JsonObject:
    """The form with `model` for `model_name`, and the seconds for the switch and its interval."""
    fields = {key: value for key, value in given.items() if key not in ("model_name", "keep_alive_interval")}
    if "model_name" in given:
        fields.setdefault("model", given["model_name"])
    interval, switch = given.get("keep_alive_interval"), given.get("keep_alive")
    if switch is True:
        fields["keep_alive"] = interval or before.keep_alive or USUAL_INTERVAL
    elif switch is False:
        fields["keep_alive"] = None
    elif "keep_alive" not in given and interval is not None and before.keep_alive is not None:
        fields["keep_alive"] = interval
    return fields


def _is_known(call: AnyCall) -> bool:
    """Whether who calls has brought a key, or signed in."""
    return call.caller.key is not None or call.caller.rights.session is not None


async def test(call: AnyCall) -> Result[JsonObject, LLMError]:
    """Ping it, and ask for its models."""
    found = active_provider(call)
    if isinstance(found, Failure):
        return Failure(found.failure())
    checked = call.site.desk.check(found.unwrap())
    if isinstance(checked, Failure):
        return Failure(checked.failure())
    probed = await call.site.probe(checked.unwrap())
    if isinstance(probed, Failure):
        return Failure(probed.failure())
    ping = probed.unwrap()
    shown = _ping_view(found.unwrap().name, ping)
    listed = await model_names(call, found.unwrap().name) if ping.ok else Success([])
    if isinstance(listed, Failure):
        return Success({"ping": {**shown, "error": str(listed.failure())}, "models": []})
    return Success({"ping": shown, "models": [*listed.unwrap()]})


def _ping_view(name: str, ping: Ping) -> JsonObject:
    moment = datetime.fromtimestamp(ping.timestamp, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    shown: JsonObject = {
        "ok": ping.ok,
        "provider": name,
        "latency_ms": round(ping.latency_ms, 2),
        "timestamp": moment,
    }
    return shown if ping.error is None else {**shown, "error": str(ping.error)}


async def model_names(call: AnyCall, name: str) -> Result[list[str], LLMError]:
    """The names of the models of the provider `name`, as it gives them now."""
    with call.site.running.lease() as app:
        client = app.clients.get(name)
        if client is None:
            return Success([])
        listed = await settle(client.models(use_cache=False))
        return listed.map(lambda found: [model.id for model in found])


async def models(call: AnyCall) -> Result[LlmModels, LLMError]:
    """The models of the active provider."""
    found = active_provider(call)
    if isinstance(found, Failure):
        return Failure(found.failure())
    return (await model_names(call, found.unwrap().name)).map(lambda names: LlmModels(models=names))


async def presets(call: AnyCall) -> Result[Presets, LLMError]:
    """What there is to choose from."""
    found = [
        {
            "kind": name,
            "title": row.title,
            "local": row.local,
            "key_required": row.key_required,
            "base_url": row.base_url,
            "tiers": _tiers(row.presets),
        }
        for name, row in call.site.rows.items()
    ]
    return Success(Presets(providers=found, fields=form_fields()))


def _tiers(presets: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {tier: list(names) for tier, names in presets.items()}


_FORM = "/api/llm/settings"
_PRESETS = "Providers and recommended models, in tiers"

ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path=_FORM,
        summary="The active provider's settings, its key masked",
        run=read,
        scope="observe",
        bare=True,
        as_gateway=True,
    ),
    ApiEndpoint(
        method="POST",
        path=_FORM,
        summary="Save a provider's settings and make it active",
        run=write,
        bare=True,
        as_gateway=True,
    ),
    ApiEndpoint(
        method="GET",
        path="/api/llm/test",
        summary="Whether it answers, and its models",
        run=test,
        scope="observe",
        gives=LlmTest,
        bare=True,
        as_gateway=True,
    ),
    ApiEndpoint(
        method="GET",
        path="/api/llm/models",
        summary="The names of its models",
        run=models,
        scope="read",
        bare=True,
        as_gateway=True,
    ),
    ApiEndpoint(
        method="GET",
        path="/api/llm/presets",
        summary=_PRESETS,
        run=presets,
        scope="read",
        bare=True,
        as_gateway=True,
    ),
    ApiEndpoint(method="GET", path="/api/v1/presets", summary=_PRESETS, run=presets, scope="read"),
)
