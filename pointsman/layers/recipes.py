"""The recipes of an `App`: whole `Layers`, partial ones that merge, and what two of them must not both say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypedDict, TypeVar, Unpack, cast, runtime_checkable

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.documents import OpenExtractors, all_extractors
from pointsman.layers.parts import Parts as OpenParts
from pointsman.layers.parts import ProviderDescription
from pointsman.layers.stack import around, build_manager
from pointsman.layers.typed import by_cattrs
from pointsman.services.event_bus import EventBus
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.manager import Manager
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.settings_store import SettingsSource
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.tracer import NO_TRACER, Tracer

if TYPE_CHECKING:
    from pointsman.adapters.http1.exchange import Transport
    from pointsman.adapters.net.proxy import Proxy
    from pointsman.services.interceptors.breaker import Circuits
    from pointsman.services.interceptors.shared_limiter import SharedLimiter
    from pointsman.services.middleware.hooks import After, Before
    from pointsman.services.ports.authority_version import AuthorityVersion
    from pointsman.services.ports.cache_store import CacheStore
    from pointsman.services.ports.cipher import Cipher
    from pointsman.services.ports.collection_store import CollectionStore
    from pointsman.services.ports.conversation_store import ConversationStore
    from pointsman.services.ports.evidence_store import EvidenceStore
    from pointsman.services.ports.key_rotation import KeyRotation
    from pointsman.services.ports.key_store import KeyStore
    from pointsman.services.ports.ledger import Ledger
    from pointsman.services.ports.memory_store import MemoryStore
    from pointsman.services.ports.model_book import ModelBook
    from pointsman.services.ports.recording_store import RecordingStore
    from pointsman.services.ports.router import Router
    from pointsman.services.ports.run_store import RunFolder
    from pointsman.services.ports.sandbox import OpenSandbox, Sandbox, SandboxError
    from pointsman.services.ports.scoreboard import Scoreboard
    from pointsman.services.ports.session_store import SessionStore
    from pointsman.services.ports.settings_store import SettingsStore
    from pointsman.services.ports.structure import Structure
    from pointsman.services.ports.usage_log import UsageLog
    from pointsman.services.ports.user_store import UserStore
    from pointsman.services.shared.lease_keeper import LeaseKeeper

_Store_co = TypeVar("_Store_co", covariant=True)
_Recipe = TypeVar("_Recipe")
Clients: TypeAlias = Mapping[str, Client]
Opened: TypeAlias = "Clients | Result[Clients, ConfigurationError]"
"""Clients by provider name; a recipe that cannot fail gives them as they are."""
Resolve: TypeAlias = Callable[[Settings], FutureResult[Settings, ConfigurationError]]
Wraps: TypeAlias = tuple[Callable[[Client], Client], ...]
"""Each puts a client around another."""
Around: TypeAlias = Callable[[Clients, OpenParts], Clients]


def open_sandbox(name: str) -> AbstractAsyncContextManager[Result[Sandbox, SandboxError]]:
    """The sandboxes of this machine, whose code is loaded when one is first asked for."""
    from pointsman.adapters.sandbox.choice import choose_sandbox

    return choose_sandbox(name)


class OpenTransport(Protocol):
    """How connections are made: through `proxy`, or without any. Whoever opens a transport closes it."""

    def __call__(self, proxy: Proxy | None, *, verify: bool) -> Transport:
        """A transport; with `verify` it looks at certificates."""
        ...


@runtime_checkable
class OverHttp(Protocol):
    """A recipe that connects to servers, and can be told how."""

    def through(self, open_transport: OpenTransport, /) -> Any:
        """The same recipe, over other transports."""
        ...


class Open(Protocol[_Store_co]):
    """A recipe that opens something for as long as its scope lasts, and may fail."""

    def __call__(self, settings: Settings, /) -> AbstractAsyncContextManager[Result[_Store_co, ConfigurationError]]:
        """Begin the scope."""
        ...


def as_result(ready: Opened) -> Result[Clients, ConfigurationError]:
    """What a recipe of clients gave, in one form."""
    return ready if isinstance(ready, Result) else Success(ready)


class StoreRecipes(TypedDict, total=False):
    """One store each, in place of that which `stores` opens. Named as in `Stores`, but for its `settings`."""

    cache: Open[CacheStore]
    ledger: Open[Ledger]
    usage_log: Open[UsageLog]
    scoreboard: Open[Scoreboard]
    evidence: Open[EvidenceStore]
    conversations: Open[ConversationStore]
    memories: Open[MemoryStore]
    collections: Open[CollectionStore]
    recordings: Open[RecordingStore]
    runs: Open[Callable[[], RunFolder]]
    settings_store: Open[SettingsStore]
    keys: Open[KeyStore]
    sessions: Open[SessionStore]
    users: Open[UserStore]
    authority: Open[AuthorityVersion]
    cipher: Open[Cipher]
    rotation: Open[KeyRotation]
    limiter: Open[SharedLimiter]
    circuits: Open[Circuits]
    leases: Open[LeaseKeeper]


class Recipes(StoreRecipes, total=False):
    """Everything that a layer may bring: the fields of `Layers`, and stores one by one."""

    load: SettingsSource
    clock: Callable[[], Clock]
    random: Callable[[], Random]
    resolve: Resolve
    clients: Callable[[Settings, Clock], AbstractAsyncContextManager[Opened]]
    providers: Clients
    stores: Open[Stores]
    facts: Callable[[Settings], Mapping[str, ProviderDescription]]
    book: Callable[[Settings, Mapping[str, ProviderDescription]], ModelBook]
    transport: OpenTransport
    router: Callable[[Router], Router]
    structure: Callable[[], Structure]
    manager: Callable[[Clients, OpenParts], Manager]
    around: Around
    telemetry: Callable[[Settings], Result[tuple[Interceptor, ...], ConfigurationError]]
    tracer: Callable[[Settings], Result[Tracer, ConfigurationError]]
    prompts: Callable[[Settings], Result[PromptBook, ConfigurationError]]
    events: Callable[[], EventBus]
    known: Callable[[], frozenset[str]]
    sandbox: OpenSandbox
    extractors: OpenExtractors
    before: tuple[Before, ...]
    after: tuple[After, ...]
    middleware: Callable[[Settings], Wraps]


STORES = frozenset(StoreRecipes.__annotations__)
_TABLES = frozenset({"providers"})
_LISTS = frozenset({"before", "after"})


@attrs.frozen
class Layer:
    """Some recipes. `live | layer` opens them in place of the whole's own; two layers merge by `+`, and nobody wins.

    What two layers both name is not an exception: it is kept in `conflicts`, and `open_app` fails with it. Providers
    merge by their names, and hooks add up.
    """

    recipes: Recipes
    name: str = "a layer"
    conflicts: tuple[str, ...] = ()

    def __add__(self, other: Layer) -> Layer:
        return Layer(
            _join(self.recipes, other.recipes),
            f"{self.name} + {other.name}",
            (
                *self.conflicts,
                *other.conflicts,
                *(self._conflict(other, place) for place in self._places_in_both(other)),
            ),
        )

    def _places_in_both(self, other: Layer) -> list[str]:
        both = self.recipes.keys() & other.recipes.keys()
        names = self.recipes.get("providers", {}).keys() & other.recipes.get("providers", {}).keys()
        return sorted([*(both - _TABLES - _LISTS), *(f"providers.{name}" for name in names)])

    def _conflict(self, other: Layer, place: str) -> str:
        return f"{place} is set by {self.name!r} and by {other.name!r}; leave it out of one of them"


def layer(name: str = "a layer", /, **recipes: Unpack[Recipes]) -> Layer:
    """Some recipes under a name that messages say: `layer("redis", cache=open_redis)`."""
    return Layer(recipes, name)


def own_provider(name: str, client: Client) -> Layer:
    """A provider of your own beside those of the settings: `live | own_provider("shout", client_of(shout))`."""
    return Layer({"providers": {name: client}}, f"the provider {name}")


@attrs.frozen(kw_only=True)
class Layers:
    """One recipe a service. `live.but(clock=...)` swaps one of them, `live | layer` those of a layer.

    `load` gives the settings where `open_app` is given none. `resolve` may complete them before anything is opened
    (find a local server, say). `clients` opens the bare clients by provider name, `providers` are such clients beside
    them; `around` puts middleware around each. `facts` tells of each configured provider what its settings do not.
    `transport` is how those connect that ask servers; None leaves that to `clients`. `router` is given the planner of
    the settings and gives who plans in its place, `structure` reads typed answers, `manager` puts all of it together.
    `stores` opens what keeps things, and each of `each_store` one of them in its place; they may fail. `sandbox` opens
    a place where code of strangers runs, when something asks for it. `extractors` read documents. `before` and `after`
    are the user's hooks, and `middleware` gives what stands around all requests, the outermost first. `is_on_duty`
    says whether this process keeps models loaded. `conflicts` are what layers said twice.
    """

    clock: Callable[[], Clock]
    random: Callable[[], Random]
    resolve: Resolve
    clients: Callable[[Settings, Clock], AbstractAsyncContextManager[Opened]]
    stores: Open[Stores]
    facts: Callable[[Settings], Mapping[str, ProviderDescription]]
    book: Callable[[Settings, Mapping[str, ProviderDescription]], ModelBook]
    load: SettingsSource = lambda: Success(Settings())
    providers: Clients = attrs.field(factory=dict)
    each_store: Mapping[str, Open[object]] = attrs.field(factory=dict)
    transport: OpenTransport | None = None
    router: Callable[[Router], Router] = lambda planner: planner
    structure: Callable[[], Structure] = lambda: by_cattrs
    manager: Callable[[Clients, OpenParts], Manager] = build_manager
    around: Around = around
    telemetry: Callable[[Settings], Result[tuple[Interceptor, ...], ConfigurationError]] = lambda settings: Success(())
    tracer: Callable[[Settings], Result[Tracer, ConfigurationError]] = lambda settings: Success(NO_TRACER)
    prompts: Callable[[Settings], Result[PromptBook, ConfigurationError]] = lambda settings: Success(PromptBook())
    events: Callable[[], EventBus] = EventBus
    known: Callable[[], frozenset[str]] = frozenset
    sandbox: OpenSandbox = open_sandbox
    extractors: OpenExtractors = all_extractors
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()
    middleware: Callable[[Settings], Wraps] = lambda settings: ()
    is_on_duty: Callable[[], bool] = lambda: True
    conflicts: tuple[str, ...] = ()

    def __or__(self, other: Layer) -> Layers:
        mine = cast("Recipes", {"providers": self.providers, "before": self.before, "after": self.after})
        changes = _join(mine, other.recipes)
        own: dict[str, Any] = {name: recipe for name, recipe in changes.items() if name not in STORES}
        stores = {name: recipe for name, recipe in changes.items() if name in STORES}
        own["each_store"] = {**self.each_store, **stores}
        return attrs.evolve(self, **own, conflicts=(*self.conflicts, *other.conflicts))

    def over_transport(self) -> Result[Layers, ConfigurationError]:
        """These layers, whose recipes that connect to servers do so by `transport`."""
        if self.transport is None:
            return Success(self)
        clients, resolve = _over(self.clients, self.transport), _over(self.resolve, self.transport)
        if clients is None:
            problem = "transport is set, but the clients of these layers connect to nothing; leave it out"
            return Failure(configuration_error(problem))
        return Success(attrs.evolve(self, clients=clients, resolve=resolve or self.resolve))

    def but(self, **recipes: Unpack[Recipes]) -> Layers:
        """These layers with other recipes: `live.but(clock=VirtualClock)`, and `open_app` opens those."""
        return self | Layer(recipes)


def _over(recipe: _Recipe, open_transport: OpenTransport) -> _Recipe | None:
    """`recipe` over that transport; None where it connects to nothing."""
    return cast("_Recipe", recipe.through(open_transport)) if isinstance(recipe, OverHttp) else None


def _join(one: Recipes, two: Recipes) -> Recipes:
    """Both; where they differ `two`. Tables and lists hold what both have."""
    joined: dict[str, Any] = {**one, **two}
    if "providers" in joined:
        joined["providers"] = {**one.get("providers", {}), **two.get("providers", {})}
    for name in _LISTS & joined.keys():
        joined[name] = (*cast("dict[str, Any]", one).get(name, ()), *cast("dict[str, Any]", two).get(name, ()))
    return cast("Recipes", joined)


def with_own_providers(layers: Layers, settings: Settings) -> Settings:
    """`settings` that name the layers' own providers, the first as default where none is named."""
    if not layers.providers:
        return settings
    own = {name: ProviderSettings(name=name, kind="custom") for name in layers.providers}
    default = settings.default_provider or next(iter(own))
    return attrs.evolve(settings, providers={**own, **settings.providers}, default_provider=default)


def without_own_providers(layers: Layers, settings: Settings) -> Settings:
    """`settings` for the recipes, which know nothing of the layers' own providers."""
    theirs = {name: one for name, one in settings.providers.items() if name not in layers.providers}
    return attrs.evolve(settings, providers=theirs) if layers.providers else settings


def own_clients(layers: Layers, clock: Clock) -> dict[str, Client]:
    """The layers' own providers, each with what the driver does around a call over HTTP."""
    if not layers.providers:
        return {}
    from pointsman.services.middleware.own_call import own_call

    return {name: own_call(client, clock, name) for name, client in layers.providers.items()}


def all_facts(layers: Layers, settings: Settings) -> dict[str, ProviderDescription]:
    """What is known of each provider; of the layers' own, what their settings say."""
    own = {
        name: ProviderDescription(
            kind=one.kind, model=one.model or "", slashed_ids=True, when_left=one.when_left or "unknown"
        )
        for name, one in settings.providers.items()
        if name in layers.providers
    }
    return {**layers.facts(without_own_providers(layers, settings)), **own}
