"""The models of all providers together, and what the dialects tell of them."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Dialect, Inbound, InboundCall
from pointsman.adapters.dialects.ollama.models import VERSION, write_running, write_show
from pointsman.adapters.dialects.routing import RouteMatch
from pointsman.adapters.web.allowed_models import open_models
from pointsman.core.effect import settle
from pointsman.core.error import LLMError, ModelNotFound, UnsupportedFeature
from pointsman.core.json import JsonObject, as_list, as_object, as_text
from pointsman.core.models.model import NO_FACTS, ModelFacts, ModelInfo, ModelPage, ModelQuery, ModelRef
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.app import App
from pointsman.services.ports.client import Client
from pointsman.services.tasks.together import tasks_together

LIST_SECONDS = 6.0
_ROUTER = ModelInfo(id="auto", provider="", type="llm", owner="pointsman")


@attrs.frozen
class Catalogue:
    """Lists models as `provider/model`. A provider that does not answer in time has none."""

    async def models(self, app: App) -> tuple[ModelInfo, ...]:
        """Every model that can be asked, and the aliases; each provider keeps its list for a while."""
        found: dict[str, tuple[ModelInfo, ...]] = {}

        async def ask(name: str, client: Client) -> None:
            listed = await settle(client.models())
            found[name] = listed.value_or(())

        with anyio.move_on_after(LIST_SECONDS):
            async with tasks_together() as group:
                for name, client in app.clients.items():
                    group.start_soon(ask, name, client)
        listed = tuple(
            attrs.evolve(model, id=f"{name}/{model.id}", provider=name)
            for name in app.clients
            for model in found.get(name, ())
        )
        return (*_aliases(app, listed), *listed)

    async def answer(
        self, app: App, found: RouteMatch, inbound: Inbound, key: VirtualKey | None
    ) -> Result[JsonObject, LLMError]:
        """What a dialect's question about models is answered to who has `key`: what it does not open is not there."""
        dialect, operation = found.dialect, found.route.operation
        if operation == "version":
            return Success({"version": VERSION})
        listed = open_models(app, key, (_ROUTER, *await self.models(app)))
        if operation == "running":
            return Success(write_running(model for model in listed if model.state == "loaded"))
        if operation == "models" and dialect.models is not None:
            return dialect.models.read_request(inbound).map(lambda _: _write_page(dialect, ModelPage(listed)))
        if operation != "model":
            return Failure(UnsupportedFeature(detail="", feature=operation, local=True))
        wanted = inbound.model or as_text(inbound.body.get("model")) or as_text(inbound.body.get("name"))
        model = _find_model(wanted, listed, app)
        if model is None:
            return Failure(ModelNotFound(detail=f"there is no model {wanted!r}", model=wanted, status=404, local=True))
        if dialect.details is not None:
            length = model.context_length or facts_of(app, model).context_length
            return Success(write_show(attrs.evolve(model, context_length=length)))
        written = _write_page(dialect, ModelPage((model,)))
        return Success(next((as_object(one) for value in written.values() for one in as_list(value)[:1]), {}))


def _aliases(app: App, listed: tuple[ModelInfo, ...]) -> Iterator[ModelInfo]:
    """The aliases that are whole names, each with what is known of the model that it stands for."""
    by_id = {model.id: model for model in listed}
    planner, aliases = app.manager.planner, app.manager.names.aliases
    for alias in aliases.exact():
        ref = planner.resolve(aliases.resolve(alias))
        if isinstance(ref, ModelRef):
            known = by_id.get(str(ref), ModelInfo(id="", provider=ref.provider or ""))
            yield attrs.evolve(known, id=alias)


def _write_page(dialect: Dialect, page: ModelPage) -> JsonObject:
    return dialect.models.write_response(page, InboundCall(ModelQuery())) if dialect.models is not None else {}


def _find_model(wanted: str, listed: tuple[ModelInfo, ...], app: App) -> ModelInfo | None:
    """The model of a reference, with or without its provider."""
    default = app.settings.default_provider
    names = (wanted, wanted.removesuffix(":latest"), f"{default}/{wanted}", f"{default}/{wanted}:latest")
    return next((model for name in names for model in listed if model.id == name), None)


def facts_of(app: App, model: ModelInfo) -> ModelFacts:
    """What the book knows of a model that is listed, or of what an alias stands for."""
    ref = app.manager.planner.resolve(app.manager.names.aliases.resolve(model.id))
    return app.manager.book.facts(model.provider, ref.model) if isinstance(ref, ModelRef) else NO_FACTS
