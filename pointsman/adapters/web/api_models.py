"""Models: those of one provider, and those of all."""

from __future__ import annotations

from decimal import Decimal

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.allowed_models import open_models
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint
from pointsman.adapters.web.api_providers import ProviderInput, missing, read_unsaved
from pointsman.adapters.web.model_catalogue import facts_of
from pointsman.adapters.web.view_types import ModelView
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.models.model import ModelInfo
from pointsman.services.app import App


@attrs.frozen(kw_only=True)
class Detailed:
    """Accepted for compatibility and ignored: every list is detailed."""

    detailed: bool = True


@attrs.frozen(kw_only=True)
class ModelList:
    """Models."""

    models: list[ModelView]


async def models_of(call: AnyCall) -> Result[ModelList, LLMError]:
    """The models that one provider lists."""
    with call.site.running.lease() as app:
        client = app.clients.get(call.path["name"])
        if client is None:
            return Failure(missing(call.path["name"]))
        listed = await settle(client.models(detailed=True, use_cache=False))
        if isinstance(listed, Failure):
            return listed
        name = call.path["name"]
        found = [attrs.evolve(model, id=f"{name}/{model.id}", provider=name) for model in listed.unwrap()]
        shown = open_models(app, call.caller.key, found)
        return Success(ModelList(models=[_model(call, app, model) for model in shown]))


async def models(call: ApiCall[object, Detailed]) -> Result[ModelList, LLMError]:
    """The models of all providers."""
    with call.site.running.lease() as app:
        found = open_models(app, call.caller.key, await call.context.catalogue.models(app))
        return Success(ModelList(models=[_model(call, app, model) for model in found]))


async def unsaved_models_of(call: ApiCall[ProviderInput, object]) -> Result[ModelList, LLMError]:
    """The models that a provider lists with fields that need not be saved; the trail tells that it was asked."""
    read = await read_unsaved(call)
    if isinstance(read, Failure):
        return Failure(read.failure())
    changed, saved = read.unwrap()
    checked = call.site.desk.check(changed)
    if isinstance(checked, Failure):
        return Failure(checked.failure())
    provider = checked.unwrap()
    noted = await settle(call.site.desk.note_test(provider, saved, call.caller.name, "provider.list_models"))
    if isinstance(noted, Failure):
        return Failure(noted.failure())
    listed = await call.site.list_models(provider)
    if isinstance(listed, Failure):
        return Failure(listed.failure())
    found = [attrs.evolve(one, id=f"{provider.name}/{one.id}", provider=provider.name) for one in listed.unwrap()]
    with call.site.running.lease() as app:
        return Success(ModelList(models=[_model(call, app, model) for model in found]))


def _model(call: AnyCall, app: App, model: ModelInfo) -> ModelView:
    facts = facts_of(app, model)
    kind = app.settings.providers[model.provider].kind if model.provider in app.settings.providers else ""
    row = call.site.rows.get(kind)
    rates = facts.price.rates if facts.price else None
    price = {name: _decimal(getattr(rates, name)) for name in ("input", "output")} if rates else None
    return ModelView(
        id=model.id,
        provider=model.provider,
        type={"llm": "chat", "vlm": "chat"}.get(model.type or "", model.type),
        context_length=model.context_length or facts.context_length,
        max_output=model.max_output or facts.max_output,
        state=model.state,
        price=price,
        local=bool(row and row.local),
    )


def _decimal(rate: Decimal | None) -> str | None:
    return None if rate is None else format(rate, "f")


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/v1/llm-providers/{name}/models",
        summary="The models that a provider lists",
        run=models_of,
        scope="read",
    ),
    ApiEndpoint(
        method="POST",
        path="/api/v1/llm-providers/{name}/models",
        summary="The models that a provider lists, with fields that need not be saved",
        run=unsaved_models_of,
    ),
    ApiEndpoint(
        method="GET",
        path="/api/v1/models",
        summary="The models of all providers",
        run=models,
        scope="chat",
    ),
)
