"""The stack of middleware: what stands around each provider, and what stands around all of them. On one screen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import attrs

from pointsman.core.on_demand import on_first_use
from pointsman.core.routing.backoff import Backoff
from pointsman.core.settings import RetrySettings
from pointsman.layers.parts import Parts
from pointsman.layers.routes import defaults_of, routes_of
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.conversations.window_keeper import WindowKeeper
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.interceptors.measurement import Measured
from pointsman.services.interceptors.model_permission import ModelPermission
from pointsman.services.interceptors.rate_limit import RateLimiter
from pointsman.services.interceptors.usage_record import UsageRecorder
from pointsman.services.manager import Manager
from pointsman.services.middleware.dispatch import ModelDispatch
from pointsman.services.middleware.json_mode import JsonMode
from pointsman.services.middleware.model_aliases import ModelAliasing
from pointsman.services.middleware.request_completion import RequestCompletion
from pointsman.services.middleware.retry import Retrying
from pointsman.services.middleware.routing import Routed
from pointsman.services.ports.client import Client
from pointsman.services.ports.tracer import NO_TRACER
from pointsman.services.routing.model_names import ModelNames
from pointsman.services.routing.planner import Planner

if TYPE_CHECKING:
    from pointsman.services.collections import Collections
    from pointsman.services.ports.memory_store import MemoryStore


def around(clients: Mapping[str, Client], parts: Parts) -> dict[str, Client]:
    """Each provider's client with its breaker and retries; before each try budget, rate limit, measurement."""
    settings, clock, publish = parts.settings, parts.clock, parts.bus.publish
    inside: tuple[Interceptor, ...] = (
        parts.keeper,
        RateLimiter(settings.limits, clock, parts.shared),
        *parts.telemetry,
        Measured(parts.book, parts.scoreboard, clock),
    )
    outside: tuple[Interceptor, ...] = (ModelPermission(), parts.breaker)

    def one(name: str, client: Client) -> Client:
        provider = settings.providers.get(name)
        own = None if provider is None else provider.retries
        policy = backoff(settings.retries if own is None else own.over(settings.retries))
        one_try = Intercepted(client, inside, clock, name, f"{parts.random.new_id()}-", tells_time=False)
        retried = Retrying(one_try, clock, parts.random, policy, publish)
        whole = Intercepted(retried, outside, clock, name, tells_time=False)
        return RequestCompletion(whole, defaults_of(name, parts))

    return {name: one(name, client) for name, client in clients.items()}


def build_manager(clients: Mapping[str, Client], parts: Parts) -> Manager:
    """The manager over `clients`, which have their own middleware around them."""
    planner = _planner(parts)
    names = ModelNames(
        parts.aliases,
        planner.routes.places,
        clients,
        parts.clock,
        parts.background,
        parts.settings.model_cache_ttl,
        publish=parts.bus.publish,
    )
    client = _above(clients, parts, planner, names)
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
        budgets=parts.settings.budgets,
        experiments=parts.settings.experiments,
        structure=parts.structure,
        memories=_memories(parts, client),
        collections=on_first_use(partial(_collections, parts, client)),
        prompts=parts.prompts,
        tracer=parts.tracer,
        conversations=_conversations(parts, client, planner, names),
    )


def _planner(parts: Parts) -> Planner:
    """The router of the settings, or the one that a layer put in its place."""
    planner = Planner(
        routes_of(parts),
        parts.book,
        parts.scoreboard,
        parts.clock,
        parts.breaker.cooling,
        parts.keeper.foresee,
        parts.evidence.read,
        parts.evidence.read_votes,
    )
    router = parts.router(planner)
    return planner if router is planner else attrs.evolve(planner, router=router)


def _conversations(parts: Parts, client: Client, planner: Planner, names: ModelNames) -> Conversations:
    """Conversations that are fitted to the window of the model that is asked."""
    window = WindowKeeper(
        client,
        planner,
        parts.settings.window,
        count=client.count_tokens,
        resolve=names.resolve,
        publish=parts.bus.publish,
    )
    return Conversations(
        parts.conversations, client, window, parts.clock, parts.random, parts.background, parts.bus.publish
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
        from pointsman.services.middleware.error_classification import ErrorClassification

        classifier = Intercepted(direct, (recorder,), clock, "", f"{parts.random.new_id()}-", recorder.tap)
        model = parts.aliases.resolve(settings.routing.error_classifier)
        client = ErrorClassification(client, classifier, model, planner, parts.bus.publish)
    client = ModelAliasing(RequestCompletion(client, planner.defaults_for), names)
    if settings.experiments:
        from pointsman.services.middleware.experiment import Experimented

        client = Experimented(
            client, settings.experiments, parts.random, parts.background, parts.bus.publish, names.resolve_whole
        )
    if parts.before or parts.after:
        from pointsman.services.middleware.hooks import Hooked

        client = Hooked(client, parts.before, parts.after)
    for wrap in reversed(parts.middleware):
        client = wrap(client)
    if parts.tracer is NO_TRACER:
        return client
    from pointsman.services.middleware.call_tracing import CallTracing

    return CallTracing(client, parts.tracer)


def _add_cache(direct: Client, parts: Parts, planner: Planner) -> Client:
    """Chat by the plan, and from the cache where there is one."""

    routing, cache, publish = parts.settings.routing, parts.settings.cache, parts.bus.publish
    routed = Routed(direct, planner, parts.clock, routing.on_partial, routing.hedge_after, publish, parts.tracer)
    talk: Client = JsonMode(routed, parts.clock)
    if not cache.enabled or parts.cache is None:
        return talk
    from pointsman.services.middleware.cache import Cached

    if cache.semantic is not None:
        from pointsman.services.middleware.semantic_cache import Likeness, SemanticallyCached

        likeness = Likeness(
            model=parts.aliases.resolve(cache.semantic.model),
            threshold=cache.semantic.threshold,
            max_temperature=cache.semantic.max_temperature,
            most=cache.semantic.max_entries,
            ttl=cache.ttl,
        )
        talk = SemanticallyCached(talk, direct, likeness, parts.clock, planner.scope, publish)
    return Cached(talk, parts.cache, parts.clock, planner.scope, cache.ttl, publish, parts.leases)


def _collections(parts: Parts, client: Client) -> Collections:
    from pointsman.services.collections import Collections

    return Collections(parts.collections, client)


def _memories(parts: Parts, client: Client) -> MemoryStore:

    model, store = parts.settings.memory.embedding_model or _embedder_here(parts), parts.memories
    if model:
        from pointsman.services.memory.embedded_memories import EmbeddedMemories

        store = EmbeddedMemories(store, client, model, parts.bus.publish)
    if parts.tracer is NO_TRACER:
        return store
    from pointsman.services.memory.memory_tracing import MemoryTracing

    return MemoryTracing(store, parts.tracer)


def _embedder_here(parts: Parts) -> str:
    """The model of this machine that makes vectors, where there is one: it costs nothing, and nothing leaves."""
    here = (f"{name}/{facts.embedding_model}" for name, facts in parts.facts.items() if facts.is_run_here)
    return next((model for model in here if not model.endswith("/")), "")


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
