"""Where a request goes: the references to be asked, in order, and why. It asks nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.options import CallOptions, Strategy
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.request_defaults import NO_DEFAULTS, RequestDefaults, common_defaults
from pointsman.core.error import ConfigurationError, ModelNotFound
from pointsman.core.models.model import ModelRef, Places
from pointsman.core.routing.candidate import Candidate, Needs, requirements_of
from pointsman.core.routing.policy import AUTO, GENERAL, TASKS, Explanation, Ranked, Ranking, missing_ability, rank
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.scoreboard import Scoreboard


@attrs.frozen(kw_only=True)
class Routes:
    """What the settings say of routing.

    `candidates` are all models that may be chosen, with what never changes of them; the default provider of `places` is
    asked where nothing is chosen by hand and `always` is False. `fallback` follow a model that was named; `on_overflow`
    and `on_filter` replace what is left after the prompt was too long, or the content was filtered.
    """

    candidates: tuple[Candidate, ...]
    places: Places
    default_models: Mapping[str, str]
    always: bool = False
    strategy: Strategy = "task"
    tables: Mapping[str, tuple[str, ...]] = TASKS
    fallback: tuple[str, ...] = ()
    on_overflow: tuple[str, ...] = ()
    on_filter: tuple[str, ...] = ()
    defaults: Mapping[str, RequestDefaults] = attrs.field(factory=dict)
    """What the settings of each provider put into requests to it."""
    endpoints: Mapping[str, str] = attrs.field(factory=dict)
    """Where each provider listens: two providers of the same name elsewhere are not the same."""


Unplanned: TypeAlias = ConfigurationError | ModelNotFound
"""Why there is no plan: nothing can do it, or what was named is not set up."""


@attrs.frozen(kw_only=True)
class Plan:
    """`provider/model` references in the order in which they are asked, at least one, and why."""

    models: tuple[str, ...]
    explanation: Explanation


@attrs.frozen
class Planner:
    """Plans by `routes`, by what is known of the models, and by how they are doing."""

    routes: Routes
    book: ModelBook
    scoreboard: Scoreboard
    clock: Clock
    cooling: Callable[[str], float] = lambda model: 0.0
    foresee: Callable[[ChatRequest, Sequence[tuple[str, str]]], Awaitable[Mapping[str, str]]] | None = None
    _resolved: dict[str, ModelRef | ModelNotFound] = attrs.field(factory=dict, repr=False, eq=False)
    _defaults: dict[tuple[str, tuple[str, ...], bool], RequestDefaults] = attrs.field(
        factory=dict, repr=False, eq=False
    )
    _plans: dict[tuple[str, str | None], Plan] = attrs.field(factory=dict, repr=False, eq=False)

    async def plan(self, request: ChatRequest, *, advance: bool = True) -> Result[Plan, Unplanned]:
        """Who is to be asked. Without `advance` it is only a look: it takes nobody's turn."""
        if not self.is_routed(request):
            return self._alone(request) or self._by_name(request)
        ranking = await self._ranking(request, advance)
        explained = ranking.explanation
        if not ranking.order:
            reasons = tuple(f"{one.model}: {one.reason}" for one in explained.passed_over) or ("there is no model",)
            return Failure(
                ConfigurationError(detail=f"no model can do this: {'; '.join(reasons)}", problems=reasons, local=True)
            )
        return Success(Plan(models=tuple(c.ref for c in ranking.order), explanation=explained))

    def is_routed(self, request: AnyRequest) -> bool:
        """Whether the router chooses: what was named by hand always wins."""
        options = request.options
        if options.order or request.model not in ("", AUTO):
            return False
        return request.model == AUTO or options.wants_routing or self.routes.always

    def defaults_for(self, request: AnyRequest) -> RequestDefaults:
        """What holds of `request` whoever answers it, before that is decided."""
        key = (request.model, request.options.order, self.is_routed(request))
        found = self._defaults.get(key)
        if found is None:
            found = self._common_defaults(self._providers(request))
            if len(self._defaults) < _MOST_RESOLVED:
                self._defaults[key] = found
        return found

    def complete(self, request: ChatRequest, provider: str) -> ChatRequest:
        """`request` as `provider` would be asked."""
        return self.routes.defaults.get(provider, NO_DEFAULTS).complete(request)

    def _common_defaults(self, providers: Iterable[str]) -> RequestDefaults:
        return common_defaults([self.routes.defaults.get(name, NO_DEFAULTS) for name in dict.fromkeys(providers)])

    def _providers(self, request: AnyRequest) -> Iterator[str]:
        """Those that may answer, also where the first cannot."""
        if self.is_routed(request):
            yield from (candidate.provider for candidate in self.routes.candidates)
        else:
            refs = map(self.resolve, (*self._named_models(request), *self.routes.on_overflow, *self.routes.on_filter))
            yield from (ref.provider or "" for ref in refs if isinstance(ref, ModelRef))

    def scope(self, request: ChatRequest) -> str:
        """Which models may answer `request`: part of the key of a cached answer."""
        if self.is_routed(request):
            return "\n".join(sorted(self._endpoint(c.provider, c.model) for c in self.routes.candidates))
        refs = [self.resolve(name) for name in self._named_models(request)]
        return "\n".join(self._endpoint(ref.provider or "", ref.model) for ref in refs if isinstance(ref, ModelRef))

    def _endpoint(self, provider: str, model: str) -> str:
        sampling = self.routes.defaults.get(provider, NO_DEFAULTS).sampling
        return f"{self.routes.endpoints.get(provider, '')}|{provider}/{model}{sampling and '|'}{sampling}"

    def resolve(self, model: str) -> ModelRef | ModelNotFound:
        """`provider/model` of a reference as the user wrote it; a provider's name alone is its default model.

        Aliases and model lists have had their say before: see `ModelNames`.
        """
        found = self._resolved.get(model)
        if found is None:
            found = self._resolve(model)
            if len(self._resolved) < _MOST_RESOLVED:
                self._resolved[model] = found
        return found

    def _resolve(self, model: str) -> ModelRef | ModelNotFound:
        routes = self.routes
        if model in routes.default_models:
            return ModelRef(model, routes.default_models[model])
        ref = routes.places.place(model)
        if ref is None:
            return not_configured(model)
        provider = ref.provider or routes.places.default
        return ModelRef(provider, ref.model or routes.default_models[provider])

    def _named_models(self, request: AnyRequest) -> tuple[str, ...]:
        options, routes = request.options, self.routes
        first = () if request.model in ("", AUTO) else (request.model,)
        chosen = (
            (*first, *options.order)
            if options.order
            else (*(first or (routes.places.default + "/",)), *routes.fallback)
        )
        return tuple(dict.fromkeys(chosen))

    def _alone(self, request: ChatRequest) -> Result[Plan, Unplanned] | None:
        """The plan of a model that was named and has nobody to follow it: always the same, so it is remembered."""
        if request.options.order or self.routes.fallback:
            return None
        key = (request.model, request.options.task)
        plan = self._plans.get(key)
        if plan is not None:
            return Success(plan)
        made = self._by_name(request)
        if isinstance(made, Success) and len(self._plans) < _MOST_RESOLVED:
            self._plans[key] = made.unwrap()
        return made

    def _by_name(self, request: ChatRequest) -> Result[Plan, Unplanned]:
        """Those that were named; of the fallbacks only those that can do it."""
        refs: list[str] = []
        passed: list[Ranked] = []
        needs: Needs | None = None
        for number, name in enumerate(self._named_models(request)):
            ref = self.resolve(name)
            if isinstance(ref, ModelNotFound):
                return Failure(ref)
            if number:
                needs = needs or requirements_of(request)
                why = self._lacking(ref, needs)
                if why:
                    passed.append(Ranked(str(ref), why))
                    continue
            refs.append(str(ref))
        why = _why(request.options, request.model)
        ranked = tuple(Ranked(ref, why if number == 0 else "fallback") for number, ref in enumerate(refs))
        explanation = Explanation(
            task=request.options.task or "", strategy="explicit", ranked=ranked, passed_over=tuple(passed)
        )
        return Success(Plan(models=tuple(refs), explanation=explanation))

    def _lacking(self, ref: ModelRef, needs: Needs) -> str:
        provider = ref.provider or ""
        return missing_ability(
            Candidate(provider=provider, model=ref.model, facts=self.book.facts(provider, ref.model)), needs
        )

    async def _too_dear(self, request: ChatRequest) -> Mapping[str, str]:
        if self.foresee is None:
            return {}
        dear: dict[str, str] = {}
        for provider in dict.fromkeys(c.provider for c in self.routes.candidates):
            models = [(c.provider, c.model) for c in self.routes.candidates if c.provider == provider]
            dear |= await self.foresee(self.complete(request, provider), models)
        return dear

    async def _ranking(self, request: ChatRequest, advance: bool) -> Ranking:
        routes, options = self.routes, request.options
        names = [candidate.ref for candidate in routes.candidates]
        standings = self.scoreboard.read(names, self.clock.now())
        dear = await self._too_dear(request)
        candidates = [
            attrs.evolve(
                candidate,
                facts=self.book.facts(candidate.provider, candidate.model),
                cooling=self.cooling(candidate.ref),
                too_dear=dear.get(candidate.ref, ""),
                observed=standing.observed,
                in_flight=standing.in_flight,
            )
            for candidate, standing in zip(routes.candidates, standings, strict=True)
        ]
        strategy = options.strategy or routes.strategy
        turn = 0
        if strategy in ("round_robin", "weighted"):
            turn = self.scoreboard.turn(strategy, advance=advance)
        return rank(candidates, requirements_of(request), strategy, options.task or GENERAL, routes.tables, turn)


_MOST_RESOLVED = 1000
"""References remembered; a program that makes them up must not fill the memory."""


def not_configured(ref: str) -> ModelNotFound:
    """The failure of a reference whose provider is not set up."""
    provider, _, model = ref.partition("/")
    detail = f"there is no model {ref!r}: the provider {provider!r} is not configured; give it a key or a base URL"
    return ModelNotFound(detail=detail, provider=provider, model=model or None, status=404, local=True)


def _why(options: CallOptions, model: str) -> str:
    if options.order and model in ("", AUTO):
        return "the first of the order that was given"
    return "it was named" if model not in ("", AUTO) else "the default provider"
