"""What the stack of middleware is made of, and what the layers know of each provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from pointsman.core.models.aliases import Aliases
from pointsman.core.money.price import NO_PRICE_LISTS, PriceLists
from pointsman.core.money.settlement import WhenLeft
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.settings import Settings
from pointsman.layers.typed import by_cattrs
from pointsman.services.event_bus import EventBus
from pointsman.services.interceptors.breaker import CircuitBreaker
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.tracer import NO_TRACER, Tracer
from pointsman.services.routing.evidence_keeper import EvidenceKeeper
from pointsman.services.tasks.background import Background

if TYPE_CHECKING:
    from pointsman.services.interceptors.shared_limiter import SharedLimiter
    from pointsman.services.middleware.hooks import After, Before
    from pointsman.services.ports.cache_store import CacheStore
    from pointsman.services.ports.collection_store import CollectionStore
    from pointsman.services.ports.conversation_store import ConversationStore
    from pointsman.services.ports.ledger import Ledger
    from pointsman.services.ports.memory_store import MemoryStore
    from pointsman.services.ports.model_book import ModelBook
    from pointsman.services.ports.router import Router
    from pointsman.services.ports.scoreboard import Scoreboard
    from pointsman.services.ports.structure import Structure
    from pointsman.services.ports.usage_log import UsageLog
    from pointsman.services.shared.lease_keeper import LeaseKeeper


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
    leases: LeaseKeeper | None = None
    telemetry: tuple[Interceptor, ...] = ()
    tracer: Tracer = NO_TRACER
    structure: Structure = by_cattrs
    router: Callable[[Router], Router] = lambda planner: planner
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()
    middleware: tuple[Callable[[Client], Client], ...] = ()
    """What stands around all, the outermost first."""
