"""Where a request goes: the references to be asked, in order, and why. It asks nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import CompletionRequest, as_chat
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.options import CallOptions, Strategy
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.request_defaults import NO_DEFAULTS, RequestDefaults, common_defaults
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.error import ConfigurationError, ModelNotFound
from pointsman.core.models.aliases import LONGEST_NAME
from pointsman.core.models.model import ModelRef, Places
from pointsman.core.routing.candidate import Candidate, Needs, requirements_of
from pointsman.core.routing.evidence import HEAL, Evidence, believe, task_kind
from pointsman.core.routing.policy import AUTO, GENERAL, TASKS, Explanation, Ranked, Ranking, missing_ability, rank
from pointsman.core.routing.reasons import say
from pointsman.core.routing.task_guess import guess_task
from pointsman.core.routing.votes import VotedShare, is_vote
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.router import Plan, Router, Unplanned
from pointsman.services.ports.scoreboard import Scoreboard

_Request = TypeVar("_Request", bound=AnyRequest)


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
    embedders: tuple[Candidate, ...] = ()
    """The same for embeddings."""
    transcribers: tuple[Candidate, ...] = ()
    """The same for transcriptions."""
    defaults: Mapping[str, RequestDefaults] = attrs.field(factory=dict)
    """What the settings of each provider put into requests to it."""
    endpoints: Mapping[str, str] = attrs.field(factory=dict)
    """Where each provider listens: two providers of the same name elsewhere are not the same."""


@attrs.frozen
class Planner:
    """Plans by `routes`, by what is known of the models, and by how they are doing."""

    routes: Routes
    book: ModelBook
    scoreboard: Scoreboard
    clock: Clock
    cooling: Callable[[str], float] = lambda model: 0.0
    foresee: Callable[[AnyRequest, Sequence[tuple[str, str]]], Awaitable[Mapping[str, str]]] | None = None
    evidence: Callable[[], Awaitable[Sequence[Evidence]]] | None = None
    """Who heals which kind of fault; asked for only where a request is to heal one."""
    votes: Callable[[str], Awaitable[Mapping[str, VotedShare]]] | None = None
    """Who was preferred for a task; asked for where it is ranked by task."""
    router: Router | None = attrs.field(default=None, repr=False)
    """Who plans in its place; without one it plans by itself."""
    _resolved: dict[str, ModelRef | ModelNotFound] = attrs.field(factory=dict, repr=False, eq=False)
    _defaults: dict[tuple[type, str, tuple[str, ...], bool], RequestDefaults] = attrs.field(
        factory=dict, repr=False, eq=False
    )
    _scopes: dict[tuple[str, tuple[str, ...], object], str] = attrs.field(factory=dict, repr=False, eq=False)
    _plans: dict[tuple[str, str | None], Result[Plan, Unplanned]] = attrs.field(factory=dict, repr=False, eq=False)

    async def plan(self, request: ChatRequest, *, advance: bool = True) -> Result[Plan, Unplanned]:
        """Who is to be asked. Without `advance` it is only a look: it takes nobody's turn."""
        if self.router is not None:
            return await self.router.plan(request, advance=advance)
        if not self.is_routed(request):
            return self._alone(request) or self._by_name(request)
        return await self._plan_by_rank(request, advance)

    async def plan_operation(self, request: AnyRequest, *, advance: bool = True) -> Result[tuple[str, ...], Unplanned]:
        """Who is to be asked for what is no chat: those that are named, in that order, or all that can, ranked.

        A chat is planned as one, for whoever wants to count its tokens. Where the settings name no model for an
        operation, it is the default provider's affair.
        """
        if not self.is_routed(request):
            return Success(self._in_order(request))
        if isinstance(request, ChatRequest):
            return (await self.plan(request, advance=advance)).map(lambda plan: plan.models)
        if not self._candidates(request):
            return Success((f"{self.routes.places.default}/",))
        return (await self._plan_by_rank(request, advance)).map(lambda plan: plan.models)

    def _in_order(self, request: AnyRequest) -> tuple[str, ...]:
        after = (name for name in request.options.order or self.routes.fallback if self._is_open(name, request.options))
        return tuple(dict.fromkeys((request.model, *after)))

    def _is_open(self, name: str, options: CallOptions) -> bool:
        """Whether the caller may be answered by what `name` stands for."""
        if not options.allowed_models:
            return True
        ref = self.resolve(name)
        return isinstance(ref, ModelRef) and options.opens(str(ref))

    def _candidates(self, request: AnyRequest) -> tuple[Candidate, ...]:
        match request:
            case EmbeddingRequest():
                return self.routes.embedders
            case TranscriptionRequest():
                return self.routes.transcribers
            case _:
                return self.routes.candidates

    async def _plan_by_rank(self, request: AnyRequest, advance: bool) -> Result[Plan, Unplanned]:
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
        if isinstance(request, EmbeddingRequest) and not options.wants_routing:
            return request.model == AUTO  # vectors of two models cannot be compared: only who asks for it gets any
        return request.model == AUTO or options.wants_routing or self.routes.always

    def defaults_for(self, request: AnyRequest) -> RequestDefaults:
        """What holds of `request` whoever answers it, before that is decided."""
        key = (type(request), request.model, request.options.order, self.is_routed(request))
        found = self._defaults.get(key)
        if found is None:
            found = self._common_defaults(self._providers(request))
            if len(self._defaults) < _MOST_RESOLVED and len(request.model) <= LONGEST_NAME:
                self._defaults[key] = found
        return found

    def complete(self, request: _Request, provider: str) -> _Request:
        """`request` as `provider` would be asked."""
        return self.routes.defaults.get(provider, NO_DEFAULTS).complete(request)

    def _common_defaults(self, providers: Iterable[str]) -> RequestDefaults:
        return common_defaults([self.routes.defaults.get(name, NO_DEFAULTS) for name in dict.fromkeys(providers)])

    def _providers(self, request: AnyRequest) -> Iterator[str]:
        """Those that may answer, also where the first cannot."""
        if self.is_routed(request):
            yield from (candidate.provider for candidate in self._candidates(request))
        else:
            refs = map(self.resolve, (*self._named_models(request), *self.routes.on_overflow, *self.routes.on_filter))
            yield from (ref.provider or "" for ref in refs if isinstance(ref, ModelRef))

    def scope(self, request: ChatRequest) -> str:
        """Which models may answer `request`: part of the key of a cached answer."""
        if self.router is not None:
            return self.router.scope(request)
        if self.is_routed(request):
            able = (one for one in self.routes.candidates if request.options.opens(one.ref))
            return "\n".join(sorted(self._endpoint(one.provider, one.model) for one in able))
        key = (request.model, request.options.order, request.options.allowed_models)
        found = self._scopes.get(key)
        if found is None:
            found = self._scope_by_name(request)
            if len(self._scopes) < _MOST_RESOLVED and len(request.model) <= LONGEST_NAME:
                self._scopes[key] = found
        return found

    def _scope_by_name(self, request: ChatRequest) -> str:
        first, *after = self._named_models(request)
        refs = map(self.resolve, (first, *(name for name in after if self._is_open(name, request.options))))
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
            if len(self._resolved) < _MOST_RESOLVED and len(model) <= LONGEST_NAME:
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
            return plan
        made = self._by_name(request)
        if isinstance(made, Success) and len(self._plans) < _MOST_RESOLVED and len(request.model) <= LONGEST_NAME:
            self._plans[key] = made
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
            if not ref.model and refs:  # a server of one's own, named alone: it is asked for the same model
                ref = ModelRef(ref.provider, refs[0].partition("/")[2])
            if number and not request.options.opens(str(ref)):
                passed.append(Ranked(str(ref), NOT_OPENED))
                continue
            if number:
                needs = needs or requirements_of(request)
                why = self._lacking(ref, needs)
                if why:
                    passed.append(Ranked(str(ref), why))
                    continue
            refs.append(str(ref))
        why = _why(request.options, request.model)
        ranked = tuple(Ranked(ref, why if number == 0 else say("fallback")) for number, ref in enumerate(refs))
        explanation = Explanation(
            task=request.options.task or "", strategy="explicit", ranked=ranked, passed_over=tuple(passed)
        )
        return Success(Plan(models=tuple(refs), explanation=explanation))

    def _lacking(self, ref: ModelRef, needs: Needs) -> str:
        provider = ref.provider or ""
        return missing_ability(
            Candidate(provider=provider, model=ref.model, facts=self.book.facts(provider, ref.model)), needs
        )

    async def _too_dear(self, request: AnyRequest, candidates: Sequence[Candidate]) -> Mapping[str, str]:
        if self.foresee is None:
            return {}
        dear: dict[str, str] = {}
        for provider in dict.fromkeys(c.provider for c in candidates):
            models = [(c.provider, c.model) for c in candidates if c.provider == provider]
            dear |= await self.foresee(self.complete(request, provider), models)
        return dear

    async def _ranking(self, request: AnyRequest, advance: bool) -> Ranking:
        routes, options, among, now = self.routes, request.options, self._candidates(request), self.clock.now()
        kind = kind_of_fault(request)
        task = f"{HEAL}:{kind}" if kind else HEAL
        if kind is None:
            task = options.task or guess_task(_asked_in(request)) or GENERAL
        strategy = options.strategy or routes.strategy
        rows = await self.evidence() if kind is not None and self.evidence is not None else ()
        rows = tuple(row for row in rows if not is_vote(row))
        is_by_task = kind is None and strategy == "task"
        liked = await self.votes(task) if is_by_task and self.votes is not None else {}
        standings = self.scoreboard.read([candidate.ref for candidate in among], now)
        dear = dict(await self._too_dear(request, among))
        dear |= {one.ref: NOT_OPENED for one in among if not options.opens(one.ref)}
        candidates = [
            attrs.evolve(
                candidate,
                facts=self.book.facts(candidate.provider, candidate.model),
                cooling=self.cooling(candidate.ref),
                too_dear=dear.get(candidate.ref, ""),
                observed=standing.observed,
                in_flight=standing.in_flight,
                belief=believe(rows, candidate.ref, kind or "", now, standing.observed.fingerprint),
                preference=liked.get(candidate.ref),
            )
            for candidate, standing in zip(among, standings, strict=True)
        ]
        turn = 0
        if strategy in ("round_robin", "weighted"):
            turn = self.scoreboard.turn(strategy, advance=advance)
        elif rows:
            turn = turn_of_error(request)
        return rank(candidates, _requirements_of(request), strategy, task, routes.tables, turn)


NOT_OPENED = say("not_opened")
"""Why a model is passed over for a caller."""
_MOST_ERROR = 16_000
"""Characters of a message that are read for an error."""


def kind_of_fault(request: AnyRequest) -> str | None:
    """The kind of fault that `request` is to heal: as its task says, else its error, else its last message.

    Empty where none of them tells, None where it is to heal nothing.
    """
    kind = task_kind(request.options.task) if isinstance(request, ChatRequest) else None
    if kind != "":
        return kind
    from pointsman.core.healing.error_kind import kind_in_text

    return kind_in_text(error_of(request)) or ""


def _asked_in(request: AnyRequest) -> str:
    """The last message, if its sender is a person."""
    last = request.messages[-1] if isinstance(request, ChatRequest) and request.messages else None
    return last.text if last is not None and last.role == "user" else ""


def turn_of_error(request: AnyRequest) -> int:
    """A turn that the error itself decides: the same one goes the same way, in every process, and when explained."""
    return int.from_bytes(hashlib.sha256(error_of(request).encode("utf-8", "replace")).digest()[:4])


def error_of(request: AnyRequest) -> str:
    """What a program printed when it failed, as far as `request` says: its error, else its last message."""
    messages = request.messages if isinstance(request, ChatRequest) else ()
    text = request.options.error or (messages[-1].text if messages else "")
    return text[-_MOST_ERROR:]


_MOST_RESOLVED = 1000
"""References remembered; a program that makes them up must not fill the memory."""


def _requirements_of(request: AnyRequest) -> Needs:
    """What `request` needs, whatever it asks for; of an embedding the longest text must fit."""
    match request:
        case ChatRequest():
            return requirements_of(request)
        case CompletionRequest():
            return requirements_of(as_chat(request))
        case EmbeddingRequest(texts=texts):
            sizes = [*map(estimate_text, texts), *map(len, request.token_ids)]
            return Needs(input_tokens=max(sizes, default=0), output_tokens=0)
        case _:
            return Needs()


def not_configured(ref: str) -> ModelNotFound:
    """The failure of a reference whose provider is not set up."""
    provider, _, model = ref.partition("/")
    detail = f"there is no model {ref!r}: the provider {provider!r} is not configured; give it a key or a base URL"
    return ModelNotFound(detail=detail, provider=provider, model=model or None, status=404, local=True)


def _why(options: CallOptions, model: str) -> str:
    if options.order and model in ("", AUTO):
        return say("ordered")
    return say("named" if model not in ("", AUTO) else "default")
