"""The stack of middleware: what stands around each provider, and what stands around all of them. On one screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from pointsman.core.chat.request_defaults import RequestDefaults
from pointsman.core.models.aliases import Aliases
from pointsman.core.models.model import ModelRef, Places
from pointsman.core.money.price import NO_PRICE_LISTS, PriceLists
from pointsman.core.money.settlement import WhenLeft
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.routing.backoff import Backoff
from pointsman.core.routing.candidate import Candidate, family_of
from pointsman.core.routing.policy import TASKS
from pointsman.core.settings import RetrySettings, Settings
from pointsman.layers.typed import by_cattrs
from pointsman.services.collections import Collections
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.conversations.window_keeper import WindowKeeper
from pointsman.services.event_bus import EventBus
from pointsman.services.interceptors.breaker import CircuitBreaker
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.interceptors.model_permission import ModelPermission
from pointsman.services.interceptors.model_stats import Measured
from pointsman.services.interceptors.pricing import Priced
from pointsman.services.interceptors.rate_limit import RateLimiter
from pointsman.services.interceptors.shared_limiter import SharedLimiter
from pointsman.services.interceptors.usage_record import UsageRecorder
from pointsman.services.manager import Manager
from pointsman.services.memory.embedded_memories import EmbeddedMemories
from pointsman.services.memory.memory_tracing import MemoryTracing
from pointsman.services.middleware.cache import Cached
from pointsman.services.middleware.call_tracing import CallTracing
from pointsman.services.middleware.dispatch import ModelDispatch
from pointsman.services.middleware.error_classification import ErrorClassification
from pointsman.services.middleware.experiment import Experimented
from pointsman.services.middleware.hooks import After, Before, Hooked
from pointsman.services.middleware.json_mode import JsonMode
from pointsman.services.middleware.model_aliases import ModelAliasing
from pointsman.services.middleware.request_completion import RequestCompletion
from pointsman.services.middleware.retry import Retrying
from pointsman.services.middleware.routing import Routed
from pointsman.services.middleware.semantic_cache import Likeness, SemanticallyCached
from pointsman.services.ports.cache_store import CacheStore
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.collection_store import CollectionStore
from pointsman.services.ports.conversation_store import ConversationStore
from pointsman.services.ports.ledger import Ledger
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.random import Random
from pointsman.services.ports.router import Router
from pointsman.services.ports.scoreboard import Scoreboard
from pointsman.services.ports.structure import Structure
from pointsman.services.ports.tracer import NO_TRACER, Tracer
from pointsman.services.ports.usage_log import UsageLog
from pointsman.services.routing.evidence_keeper import EvidenceKeeper
from pointsman.services.routing.model_names import ModelNames
from pointsman.services.routing.planner import Planner, Routes
from pointsman.services.tasks.background import Background


@attrs.frozen(kw_only=True)
class ProviderDescription:
    """What the layers know of a provider besides its settings: its kind, its default model, whether it is local.

    `origins` are those of the opaque state it understands, `address` is where it listens. `slashed_ids` says whether
    the ids of its models may hold slashes, `family` is that of models whose names do not say one (default: the kind),
    `prices` are the lists in which they stand.
    `when_left` says what becomes of a stream whose client has left, `is_run_here` whether its models run on this
    machine, by us.
    """

    kind: str
    model: str
    local: bool = False
    origins: frozenset[str] = frozenset()
    address: str = ""
    slashed_ids: bool = False
    family: str = ""
    embedding_model: str = ""
    transcription_model: str = ""
    prices: PriceLists = NO_PRICE_LISTS
    when_left: WhenLeft = "unknown"
    is_run_here: bool = False


@attrs.frozen(kw_only=True)
class Parts:
    """Everything that the stack is put together from, open and ready."""

    settings: Settings
    default: str
    facts: Mapping[str, ProviderDescription]
    known: frozenset[str]
    aliases: Aliases
    clock: Clock
    random: Random
    book: ModelBook
    scoreboard: Scoreboard
    evidence: EvidenceKeeper
    ledger: Ledger
    usage_log: UsageLog
    cache: CacheStore | None
    conversations: ConversationStore
    memories: MemoryStore
    collections: CollectionStore
    prompts: PromptBook
    bus: EventBus
    background: Background
    breaker: CircuitBreaker
    keeper: BudgetKeeper
    shared: SharedLimiter | None = None
    telemetry: tuple[Interceptor, ...] = ()
    tracer: Tracer = NO_TRACER
    structure: Structure = by_cattrs
    router: Callable[[Router], Router] = lambda planner: planner
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()
    middleware: tuple[Callable[[Client], Client], ...] = ()
    """What stands around all, the outermost first."""


def around(clients: Mapping[str, Client], parts: Parts) -> dict[str, Client]:
    """Each provider's client with its breaker and retries; before each try budget, rate limit, measurement."""
    settings, clock, publish = parts.settings, parts.clock, parts.bus.publish
    inside: tuple[Interceptor, ...] = (
        parts.keeper,
        RateLimiter(settings.limits, clock, parts.shared),
        Measured(parts.scoreboard, clock),
        *parts.telemetry,
        Priced(parts.book),
    )
    outside: tuple[Interceptor, ...] = (ModelPermission(), parts.breaker)

    def one(name: str, client: Client) -> Client:
        provider = settings.providers.get(name)
        own = None if provider is None else provider.retries
        policy = backoff(settings.retries if own is None else own.over(settings.retries))
        one_try = Intercepted(client, inside, clock, name, f"{parts.random.new_id()}-")
        whole = Intercepted(Retrying(one_try, clock, parts.random, policy, publish), outside, clock, name)
        defaults = defaults_of(name, parts)
        return RequestCompletion(whole, lambda request: defaults)

    return {name: one(name, client) for name, client in clients.items()}


def build_manager(clients: Mapping[str, Client], parts: Parts) -> Manager:
    """The manager over `clients`, which have their own middleware around them."""
    settings = parts.settings
    routes, breaker, keeper = routes_of(parts), parts.breaker, parts.keeper
    planner = Planner(
        routes,
        parts.book,
        parts.scoreboard,
        parts.clock,
        breaker.cooling,
        keeper.foresee,
        parts.evidence.read,
        parts.evidence.read_votes,
    )
    router = parts.router(planner)
    if router is not planner:
        planner = attrs.evolve(planner, router=router)
    names = ModelNames(
        parts.aliases,
        planner.routes.places,
        clients,
        parts.clock,
        parts.background,
        settings.model_cache_ttl,
        publish=parts.bus.publish,
    )
    client = _above(clients, parts, planner, names)
    window = WindowKeeper(
        client,
        planner,
        settings.window,
        count=client.count_tokens,
        resolve=names.resolve,
        publish=parts.bus.publish,
    )
    return Manager(
        client=client,
        planner=planner,
        names=names,
        book=parts.book,
        usage_log=parts.usage_log,
        ledger=parts.ledger,
        bus=parts.bus,
        clock=parts.clock,
        cache=parts.cache,
        budgets=settings.budgets,
        experiments=settings.experiments,
        structure=parts.structure,
        memories=_memories(parts, client),
        collections=Collections(parts.collections, client),
        prompts=parts.prompts,
        tracer=parts.tracer,
        conversations=Conversations(
            parts.conversations, client, window, parts.clock, parts.random, parts.background, parts.bus.publish
        ),
    )


def _above(clients: Mapping[str, Client], parts: Parts, planner: Planner, names: ModelNames) -> Client:
    """What stands before all providers together: routes, cache, usage records, names, experiments, hooks."""
    settings, clock = parts.settings, parts.clock
    direct = ModelDispatch(clients, planner.routes.places, planner.routes.default_models)
    recorder = UsageRecorder(parts.usage_log, parts.bus, clock, settings.usage.keep_content, planner.routes.places)
    client: Client = Intercepted(
        _add_cache(direct, parts, planner), (recorder,), clock, "", f"{parts.random.new_id()}-", recorder.tap
    )
    if settings.routing.error_classifier:
        classifier = Intercepted(direct, (recorder,), clock, "", f"{parts.random.new_id()}-", recorder.tap)
        model = parts.aliases.resolve(settings.routing.error_classifier)
        client = ErrorClassification(client, classifier, model, planner, parts.bus.publish)
    client = ModelAliasing(RequestCompletion(client, planner.defaults_for), names)
    if settings.experiments:
        client = Experimented(
            client, settings.experiments, parts.random, parts.background, parts.bus.publish, names.resolve_whole
        )
    if parts.before or parts.after:
        client = Hooked(client, parts.before, parts.after)
    for wrap in reversed(parts.middleware):
        client = wrap(client)
    return client if parts.tracer is NO_TRACER else CallTracing(client, parts.tracer)


def _add_cache(direct: Client, parts: Parts, planner: Planner) -> Client:
    """Chat by the plan, and from the cache where there is one."""
    routing, cache, publish = parts.settings.routing, parts.settings.cache, parts.bus.publish
    routed = Routed(direct, planner, parts.clock, routing.on_partial, routing.hedge_after, publish, parts.tracer)
    talk: Client = JsonMode(routed)
    if not cache.enabled or parts.cache is None:
        return talk
    if cache.semantic is not None:
        likeness = Likeness(
            model=parts.aliases.resolve(cache.semantic.model),
            threshold=cache.semantic.threshold,
            max_temperature=cache.semantic.max_temperature,
            most=cache.semantic.max_entries,
            ttl=cache.ttl,
        )
        talk = SemanticallyCached(talk, direct, likeness, parts.clock, planner.scope, publish)
    return Cached(talk, parts.cache, parts.clock, planner.scope, cache.ttl, publish)


def _memories(parts: Parts, client: Client) -> MemoryStore:
    model, store = parts.settings.memory.embedding_model or _embedder_here(parts), parts.memories
    if model:
        store = EmbeddedMemories(store, client, model, parts.bus.publish)
    return store if parts.tracer is NO_TRACER else MemoryTracing(store, parts.tracer)


def _embedder_here(parts: Parts) -> str:
    """The model of this machine that makes vectors, where there is one: it costs nothing, and nothing leaves."""
    here = (f"{name}/{facts.embedding_model}" for name, facts in parts.facts.items() if facts.is_run_here)
    return next((model for model in here if not model.endswith("/")), "")


def defaults_of(name: str, parts: Parts) -> RequestDefaults:
    """What the settings put into requests to the provider `name`."""
    facts = parts.facts.get(name, ProviderDescription(kind="", model=""))
    provider = parts.settings.providers.get(name)
    defaults = RequestDefaults(
        model=facts.model,
        embedding_model=facts.embedding_model,
        transcription_model=facts.transcription_model,
    )
    if provider is None:
        return defaults
    return attrs.evolve(
        defaults,
        temperature=provider.temperature,
        top_p=provider.top_p,
        max_tokens=provider.max_tokens,
        extra=provider.extra,
        timeout=provider.timeout,
    )


def routes_of(parts: Parts) -> Routes:
    """What the settings say of routing, with every reference made whole."""
    settings = parts.settings
    routing = settings.routing
    models = {name: facts.model for name, facts in parts.facts.items()}
    routes = Routes(
        candidates=(),
        places=places_of(parts),
        default_models=models,
        always=routing.always,
        strategy=routing.strategy,
        tables={**TASKS, **routing.tasks},
        fallback=_resolve_aliases(settings.fallback, parts),
        on_overflow=_resolve_aliases(routing.context_fallback, parts),
        on_filter=_resolve_aliases(routing.filter_fallback, parts),
        defaults={name: defaults_of(name, parts) for name in parts.facts},
        endpoints={name: f"{facts.kind}|{facts.address}" for name, facts in parts.facts.items()},
    )
    named = _resolve_aliases(routing.candidates, parts) or tuple(f"{name}/" for name in models)
    look_up = Planner(routes, parts.book, parts.scoreboard, parts.clock)
    refs = dict.fromkeys(ref for ref in map(look_up.resolve, named) if isinstance(ref, ModelRef))
    asked = {name: parts.facts[name] for name in dict.fromkeys(ref.provider or "" for ref in refs)}
    return attrs.evolve(
        routes,
        candidates=tuple(_candidate(ref.provider or "", ref.model, parts) for ref in refs),
        embedders=_candidates({name: facts.embedding_model for name, facts in asked.items()}, parts),
        transcribers=_candidates({name: facts.transcription_model for name, facts in asked.items()}, parts),
    )


def places_of(parts: Parts) -> Places:
    """Where models can be asked for."""
    slashed = frozenset(name for name, facts in parts.facts.items() if facts.slashed_ids)
    return Places(default=parts.default, configured=parts.facts.keys(), known=parts.known, slashed=slashed)


def _resolve_aliases(names: tuple[str, ...], parts: Parts) -> tuple[str, ...]:
    """What the names in the settings stand for."""
    return tuple(map(parts.aliases.resolve, names))


def _candidates(models: Mapping[str, str], parts: Parts) -> tuple[Candidate, ...]:
    """A model of each provider that has one for the purpose."""
    return tuple(_candidate(name, model, parts) for name, model in models.items() if model)


def _candidate(provider: str, model: str, parts: Parts) -> Candidate:
    facts = parts.facts[provider]
    weights = parts.settings.routing.weights
    return Candidate(
        provider=provider,
        model=model,
        family=family_of(facts.family or facts.kind, model, facts.local),
        local=facts.local,
        origins=facts.origins,
        weight=weights.get(f"{provider}/{model}", weights.get(provider, 1.0)),
    )


def backoff(retries: RetrySettings) -> Backoff:
    """The settings as the policy of `Retrying`."""
    return Backoff(
        max_retries=retries.max_retries,
        base_delay=retries.base_delay,
        exponential_base=retries.exponential_base,
        max_delay=retries.max_delay,
        retry_after_cap=retries.retry_after_cap,
        kinds=retries.kinds,
        resend_unanswered=retries.resend_unanswered,
    )
