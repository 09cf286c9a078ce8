"""Providers: those that are saved, and those of file and environment beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid
from pointsman.adapters.web.record_forms import GeneratedType, patch_type, provider_view
from pointsman.adapters.web.view_types import OutcomeView, ProviderView
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, InvalidRequest, LLMError
from pointsman.core.json import JsonObject
from pointsman.core.money.provider_outcome import ProviderOutcome, last_outcomes
from pointsman.core.money.usage_query import RecordQuery
from pointsman.core.records.values import Problems, with_places
from pointsman.core.records.write import change_record
from pointsman.core.security.audit import mask_key
from pointsman.core.settings import ProviderSettings
from pointsman.services.app import App
from pointsman.services.ports.settings_store import StoredSettings

if TYPE_CHECKING:
    ProviderInput = GeneratedType
else:
    ProviderInput = patch_type("ProviderInput", ProviderSettings)
"""A provider as it is to be: of what is absent nothing changes, null takes it away."""


@attrs.frozen(kw_only=True)
class ProviderList:
    """Every provider that is set up, and the one that is asked where none is named."""

    active: str | None
    providers: list[ProviderView]


@attrs.frozen(kw_only=True)
class Tested:
    """Whether a provider answers, in how many milliseconds, and how many models it lists."""

    ok: bool
    latency_ms: float
    models: int | None
    detail: str


async def _read_settings(call: AnyCall) -> Result[StoredSettings, LLMError]:
    return await settle(call.site.desk.read())


def _every(app: App, kept: StoredSettings) -> Mapping[str, ProviderSettings]:
    return {**app.settings.providers, **kept.providers}


_LATEST = 200
"""Records that are looked at for all providers together, before each is looked for by itself."""


async def _outcomes(call: AnyCall, names: Iterable[str]) -> Result[Mapping[str, ProviderOutcome], LLMError]:
    """How each of the providers did when it was last asked."""
    log = call.site.running.stores.usage_log
    read = await settle(log.find(RecordQuery(most=_LATEST)))
    if isinstance(read, Failure):
        return read
    records = list(read.unwrap())
    if len(records) == _LATEST:
        for name in set(names) - last_outcomes(records).keys():
            found = await settle(log.find(RecordQuery(provider=name, most=1)))
            if isinstance(found, Failure):
                return found
            records += found.unwrap()
    told = last_outcomes(records)
    tested = {name: one for name, one in call.site.tested.items() if name not in told or told[name].time < one.time}
    return Success({**told, **tested})


def _outcome_view(outcome: ProviderOutcome | None) -> OutcomeView | None:
    return None if outcome is None else OutcomeView(outcome.time, not outcome.error, outcome.error or None)


def _view(
    call: AnyCall, app: App, kept: StoredSettings, one: ProviderSettings, last: ProviderOutcome | None
) -> ProviderView:
    row = call.site.rows.get(one.kind)
    is_active = one.name == app.settings.default_provider
    is_simulated = is_active and call.site.running.demo
    return ProviderView(
        **provider_view(one),
        key_required=bool(row and row.key_required),
        local=bool(row and row.local),
        source="store" if one.name in kept.providers else "found" if is_simulated else "file",
        active=is_active,
        default_base_url=row.base_url if row else None,
        default_model=row.default_model if row else None,
        circuit=_circuit(app, one.name),
        last=_outcome_view(last),
    )


def _circuit(app: App, name: str) -> str:
    """Whether the provider's default model is being left alone for a while."""
    model = app.manager.planner.routes.default_models.get(name, "")
    return "open" if app.manager.planner.cooling(f"{name}/{model}") else "closed"


async def listing(call: AnyCall) -> Result[ProviderList, LLMError]:
    """All providers."""
    kept = await _read_settings(call)
    if isinstance(kept, Failure):
        return kept
    with call.site.running.lease() as app:
        every = _every(app, kept.unwrap())
        outcomes = await _outcomes(call, every)
        if isinstance(outcomes, Failure):
            return outcomes
        found = [_view(call, app, kept.unwrap(), one, outcomes.unwrap().get(name)) for name, one in every.items()]
        return Success(ProviderList(active=app.settings.default_provider, providers=found))


async def one(call: AnyCall) -> Result[ProviderView, LLMError]:
    """One provider."""
    kept = await _read_settings(call)
    if isinstance(kept, Failure):
        return kept
    return await _provider_view(call, kept.unwrap(), call.path["name"])


async def _provider_view(call: AnyCall, kept: StoredSettings, name: str) -> Result[ProviderView, LLMError]:
    outcomes = await _outcomes(call, [name])
    if isinstance(outcomes, Failure):
        return outcomes
    with call.site.running.lease() as app:
        found = _every(app, kept).get(name)
        if found is None:
            return Failure(missing(name))
        return Success(_view(call, app, kept, found, outcomes.unwrap().get(name)))


def missing(name: str) -> InvalidRequest:
    return InvalidRequest(detail=f"there is no provider {name!r}", status=404, local=True)


async def create(call: ApiCall[ProviderInput, object]) -> Result[ProviderView, LLMError]:
    """A new provider."""
    kept = await _read_settings(call)
    if isinstance(kept, Failure):
        return kept
    given = named_fields(call)
    name = given.get("name") or given.get("kind")
    if not isinstance(name, str) or not name:
        return Failure(invalid("name: it is missing"))
    if name in kept.unwrap().providers:
        return Failure(invalid(f"name: there is a saved provider {name!r} already"))
    return await _save(call, change_provider(call, ProviderSettings(name=name), given))


async def replace(call: ApiCall[ProviderInput, object]) -> Result[ProviderView, LLMError]:
    """A provider with what is given, whether or not there is one of its name; what is not named stays."""
    before = await _before(call)
    if isinstance(before, Failure):
        return before
    old = before.unwrap() or ProviderSettings(name=call.path["name"])
    return await _save(call, change_provider(call, old, named_fields(call)))


async def update(call: ApiCall[ProviderInput, object]) -> Result[ProviderView, LLMError]:
    """Some fields of a provider."""
    before = await _before(call)
    if isinstance(before, Failure):
        return before
    old = before.unwrap()
    if old is None:
        return Failure(missing(call.path["name"]))
    return await _save(call, change_provider(call, old, named_fields(call)))


async def _before(call: AnyCall) -> Result[ProviderSettings | None, LLMError]:
    """The provider as it is now, saved or not."""
    kept = await _read_settings(call)
    if isinstance(kept, Failure):
        return Failure(kept.failure())
    name = call.path["name"]
    with call.site.running.lease() as app:
        return Success(kept.unwrap().providers.get(name) or app.settings.providers.get(name))


def named_fields(call: ApiCall[GeneratedType, object]) -> JsonObject:
    """What the body names, null included."""
    return {name: getattr(call.body, name) for name in call.given}


def change_provider(
    call: AnyCall, base: ProviderSettings, given: JsonObject
) -> Result[ProviderSettings, InvalidRequest]:
    """`base` with the fields that are `given`; null takes away what may be absent. A masked key is the one it masks.

    A key that is not given anew stays with the address that it was given for.
    """
    key = given.get("api_key")
    is_same = base.api_key is not None and key == mask_key(base.api_key)
    fields = {name: value for name, value in given.items() if name != "name" and not (name == "api_key" and is_same)}
    problems = Problems()
    provider = change_record(base, with_places(fields, ""), problems)
    if provider is None:
        return Failure(invalid(*problems.found))
    refused = call.site.desk.refuse_moved_secrets(base, provider, fields)
    return Success(provider) if refused is None else Failure(refused)


async def _save(call: AnyCall, provider: Result[ProviderSettings, InvalidRequest]) -> Result[ProviderView, LLMError]:
    if isinstance(provider, Failure):
        return Failure(provider.failure())
    done = await settle(call.site.desk.put(provider.unwrap(), call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    reloaded = await call.site.running.reload()
    if isinstance(reloaded, Failure):
        return Failure(_kept_but(reloaded.failure()))
    return await one(attrs.evolve(call, path={"name": provider.unwrap().name}))


def _kept_but(error: ConfigurationError) -> ConfigurationError:
    return attrs.evolve(error, detail=f"it is saved, but the server goes on as before: {error.detail}")


async def delete(call: AnyCall) -> Result[NoData, LLMError]:
    """The provider is gone, its key too."""
    done = await settle(call.site.desk.remove(call.path["name"], call.caller.name))
    if isinstance(done, Failure):
        return Failure(attrs.evolve(done.failure(), status=404))
    reloaded = await call.site.running.reload()
    return Failure(_kept_but(reloaded.failure())) if isinstance(reloaded, Failure) else Success(NoData())


async def activate(call: AnyCall) -> Result[ProviderView, LLMError]:
    """The provider is asked where none is named; what is under way ends where it began."""
    name = call.path["name"]
    kept = await _read_settings(call)
    if isinstance(kept, Failure):
        return kept
    shown = await _provider_view(call, kept.unwrap(), name)
    if isinstance(shown, Failure):
        return shown
    before = kept.unwrap().active
    done = await settle(call.site.desk.activate(name, call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    reloaded = await call.site.running.reload()
    if isinstance(reloaded, Failure):
        restored = await settle(call.site.desk.activate(before or "", call.caller.name))
        if isinstance(restored, Failure):
            return Failure(_kept_but(reloaded.failure()))
        return Failure(reloaded.failure())
    return await one(call)


async def test(call: ApiCall[ProviderInput, object]) -> Result[Tested, LLMError]:
    """Whether it answers, with fields that need not be saved."""
    read = await read_unsaved(call)
    if isinstance(read, Failure):
        return Failure(read.failure())
    return await test_provider(call, *read.unwrap())


async def read_unsaved(
    call: ApiCall[ProviderInput, object],
) -> Result[tuple[ProviderSettings, ProviderSettings | None], LLMError]:
    """The provider as the body has it, and as it is saved."""
    before = await _before(call)
    if isinstance(before, Failure):
        return Failure(before.failure())
    saved = before.unwrap()
    provider = change_provider(call, saved or ProviderSettings(name=call.path["name"]), named_fields(call))
    return provider.map(lambda changed: (changed, saved))


async def test_provider(
    call: AnyCall, provider: ProviderSettings, saved: ProviderSettings | None
) -> Result[Tested, LLMError]:
    """How `provider`, which may differ from what is `saved`, answers now; the trail tells that it was asked."""
    checked = call.site.desk.check(provider)
    if isinstance(checked, Failure):
        return Failure(checked.failure())
    noted = await settle(call.site.desk.note_test(checked.unwrap(), saved, call.caller.name))
    if isinstance(noted, Failure):
        return Failure(noted.failure())
    probed = await call.site.probe(checked.unwrap())
    if isinstance(probed, Failure):
        return Failure(probed.failure())
    ping = probed.unwrap()
    said = "it answers" if ping.error is None else str(ping.error)
    if checked.unwrap() == saved:
        error = "" if ping.ok else said
        call.site.tested[provider.name] = ProviderOutcome(time=ping.timestamp, error=error)
    return Success(Tested(ok=ping.ok, latency_ms=ping.latency_ms, models=ping.models, detail=said))


_PATH = "/api/v1/llm-providers"
_ONE = f"{_PATH}/{{name}}"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="All providers", run=listing, scope="observe"),
    ApiEndpoint(
        method="POST",
        path=_PATH,
        summary="Save a new provider",
        run=create,
    ),
    ApiEndpoint(method="GET", path=_ONE, summary="One provider", run=one, scope="observe"),
    ApiEndpoint(
        method="PUT",
        path=_ONE,
        summary="Save a provider; what is not named stays",
        run=replace,
    ),
    ApiEndpoint(
        method="PATCH",
        path=_ONE,
        summary="Change some fields of a provider",
        run=update,
    ),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Delete a provider", run=delete),
    ApiEndpoint(
        method="POST",
        path=f"{_ONE}/activate",
        summary="Ask this provider where none is named",
        run=activate,
    ),
    ApiEndpoint(
        method="POST",
        path=f"{_ONE}/test",
        summary="See whether a provider answers, with fields that need not be saved",
        run=test,
    ),
)
