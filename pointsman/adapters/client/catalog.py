"""What one provider has: its models, kept for a while, and whether it is there at all."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.client.driver import Driver
from pointsman.adapters.dialects.dialect import Codec, WireRequest
from pointsman.core.error import Fault, ProviderError, UnsupportedFeature
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery
from pointsman.services.ports.client import Ping

_MOST_PAGES = 50


@attrs.frozen
class Catalog:
    """The models of one endpoint; lists are kept for the endpoint's `model_cache_ttl` seconds."""

    driver: Driver
    _kept: dict[bool, tuple[float, tuple[ModelInfo, ...]]] = attrs.field(factory=dict, init=False, repr=False)

    async def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> Result[tuple[ModelInfo, ...], ProviderError]:
        """All models, page by page. With `detailed`, each is also looked up, and the loaded ones are marked."""
        now = self.driver.clock.monotonic()
        until, kept = self._kept.get(detailed, (now, ()))
        if use_cache and until > now:
            return Success(kept)
        listed = await self._list_pages()
        if detailed and isinstance(listed, Success):
            listed = Success(await self._add_details(listed.unwrap()))
        if isinstance(listed, Success):
            self._kept[detailed] = (now + self.driver.endpoint.model_cache_ttl, listed.unwrap())
        return listed

    def forget(self) -> None:
        """Drop what is kept."""
        self._kept.clear()

    async def ping(self) -> Result[Ping, ProviderError]:
        """One cheap request; being down is an answer."""
        clock, endpoint = self.driver.clock, self.driver.endpoint
        began = clock.monotonic()
        count: int | None = None
        if endpoint.health_path is not None:
            wire = WireRequest(endpoint.health_path, method="GET", from_origin=True)
            answer = await self.driver.fetch(wire, "", endpoint.timeouts.models)
            error = answer if isinstance(answer, Fault) else None
        else:
            listed = unwrap_or_failure(await self._list_pages())
            error = None if isinstance(listed, tuple) else listed
            count = len(listed) if isinstance(listed, tuple) else None
        took = (clock.monotonic() - began) * 1000
        return Success(Ping(endpoint.provider, error is None, took, clock.now(), error, count))

    async def _list_pages(self) -> Result[tuple[ModelInfo, ...], ProviderError]:
        endpoint = self.driver.endpoint
        ways = [*endpoint.model_lists, *([endpoint.dialect.models] if endpoint.dialect.models else [])]
        listed: Result[tuple[ModelInfo, ...], ProviderError] = Failure(
            UnsupportedFeature(detail="it has no model list", feature="model list", provider=endpoint.provider)
        )
        for way in ways:
            listed = await self._pages(way)
            if isinstance(listed, Success):
                return listed
        return listed

    async def _pages(self, way: Codec[ModelQuery, ModelPage]) -> Result[tuple[ModelInfo, ...], ProviderError]:
        found: tuple[ModelInfo, ...] = ()
        query = ModelQuery()
        for _ in range(_MOST_PAGES):
            page = unwrap_or_failure(await self._ask(way, query))
            if not isinstance(page, ModelPage):
                return Failure(page)
            found += page.models
            if page.next is None or page.next == query.cursor:
                break
            query = ModelQuery(page.next)
        provider = self.driver.endpoint.provider
        return Success(tuple(attrs.evolve(model, provider=provider) for model in found))

    async def _ask(self, way: Codec[ModelQuery, ModelPage], query: ModelQuery) -> Result[ModelPage, ProviderError]:
        target = self.driver.endpoint.target("")
        wire = unwrap_or_failure(way.write_request(query, target))
        if not isinstance(wire, WireRequest):
            return Failure(wire)
        body = await self.driver.fetch(wire, "", self.driver.endpoint.timeouts.models)
        if isinstance(body, Fault):
            return Failure(body)
        return way.read_response(body, target).map(self.driver.redact).alt(self.driver.redact)

    async def _add_details(self, models: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
        running = self.driver.endpoint.running_models
        loaded: frozenset[str] | None = None
        if running is not None and isinstance(listed := await self._pages(running), Success):
            loaded = frozenset(model.id for model in listed.unwrap())
        return tuple([_mark_loaded(await self._looked_up(model), loaded) for model in models])

    async def _looked_up(self, model: ModelInfo) -> ModelInfo:
        """`model` with what the provider tells of it alone; as it was where that fails."""
        way = self.driver.endpoint.model_details
        if way is None:
            return model
        target = self.driver.endpoint.target(model.id)
        wire = unwrap_or_failure(way.write_request(model.id, target))
        if not isinstance(wire, WireRequest):
            return model
        body = await self.driver.fetch(wire, model.id, self.driver.endpoint.timeouts.models)
        if isinstance(body, Fault):
            return model
        return way.read_response(body, target).map(lambda more: _merge_models(model, more)).value_or(model)


def _merge_models(model: ModelInfo, more: ModelInfo) -> ModelInfo:
    """`model` with every field that only `more` knows, and `more`'s capabilities."""
    known = {
        name: value
        for name, value in attrs.asdict(more, recurse=False).items()
        if name not in ("id", "provider") and value not in (None, ())
    }
    return attrs.evolve(model, **known)


def _mark_loaded(model: ModelInfo, loaded: frozenset[str] | None) -> ModelInfo:
    if loaded is None:
        return model
    return attrs.evolve(model, state="loaded" if model.id in loaded else "not-loaded")
