"""What happens inside, as it is told to whoever listens. See `pointsman.services.event_bus`.

What is of one call or conversation names its `tenant`: who has made it, empty where that is nobody in particular.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias, get_args

import attrs

from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import LLMError
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.money.cost import Cost
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.routing.breaker import CircuitState


@attrs.frozen(kw_only=True)
class ResponseStart:
    """A call has begun. `id` is the same in all notices of one call."""

    name: ClassVar[str] = "response_start"
    id: str
    model: str
    task: str = ""
    tenant: str = ""
    conversation: str = ""


@attrs.frozen(kw_only=True)
class ResponseChunk:
    """More of a streamed answer."""

    name: ClassVar[str] = "response_chunk"
    id: str
    event: StreamEvent
    tenant: str = ""


@attrs.frozen(kw_only=True)
class ResponseComplete:
    """A call has ended: with an answer, an error, or neither where it was cancelled."""

    name: ClassVar[str] = "response_complete"
    id: str
    response: ChatResponse | None = None
    error: LLMError | None = None
    tenant: str = ""
    model: str = ""
    """The model that was asked for, whoever answered."""


@attrs.frozen(kw_only=True)
class FunctionCalls:
    """A model called functions; told after the `ResponseComplete` of the same call."""

    name: ClassVar[str] = "function_calls"
    id: str
    calls: tuple[ToolCall, ...]
    tenant: str = ""


@attrs.frozen(kw_only=True)
class FallbackTaken:
    """`model` failed, and `next` is asked instead."""

    name: ClassVar[str] = "fallback"
    model: str
    next: str
    error: LLMError
    tenant: str = ""


@attrs.frozen(kw_only=True)
class RetryMade:
    """A try failed, and another is made after `delay` seconds; `retry` counts from 1."""

    name: ClassVar[str] = "retry"
    model: str
    retry: int
    delay: float
    error: LLMError
    tenant: str = ""


@attrs.frozen(kw_only=True)
class CacheHit:
    """An answer came from the cache, `age` seconds old."""

    name: ClassVar[str] = "cache_hit"
    model: str
    age: float
    saved: Cost
    tenant: str = ""


@attrs.frozen(kw_only=True)
class BudgetWarning:
    """A budget is nearly spent (`share` of its limit, 0 to 1 and more).

    `overrun` is by how much a call cost more than was reserved for it, `lost` what could not be written to the ledger.
    """

    name: ClassVar[str] = "budget_warning"
    budget: str
    account: str
    share: float
    overrun: Cost | None = None
    lost: Cost | None = None
    tenant: str = ""


@attrs.frozen(kw_only=True)
class ProviderStatusChange:
    """A model's circuit breaker has changed its state.

    Or a provider that is kept alive has stopped answering (`open`) or begun again (`closed`): then `model` is its name.
    """

    name: ClassVar[str] = "provider_status_change"
    model: str
    state: CircuitState
    error: LLMError | None = None


@attrs.frozen(kw_only=True)
class AnalyticsUpdate:
    """A usage record was kept, or, with `lost`, could not be kept."""

    name: ClassVar[str] = "analytics_update"
    record: UsageRecord
    lost: LLMError | None = None


@attrs.frozen(kw_only=True)
class ConversationCreated:
    """A conversation has begun."""

    name: ClassVar[str] = "conversation_created"
    id: str
    title: str = ""
    tenant: str = ""


@attrs.frozen(kw_only=True)
class Degraded:
    """A call went on without `part` (the cache, the memories, …), which failed with `error`."""

    name: ClassVar[str] = "degraded"
    part: str
    error: LLMError


@attrs.frozen(kw_only=True)
class EvaluationProgress:
    """A run of an evaluation has come further: `judged` of `total` answers, `healed` of them, for `cost`.

    Without `running` no process is at the run any more.
    """

    name: ClassVar[str] = "evaluation_progress"
    run: str
    judged: int
    total: int
    healed: int
    cost: Cost
    running: bool = True


@attrs.frozen(kw_only=True)
class HealingOutcome:
    """A change that `model` proposed for an error was tried, or none can be made of its answer: is the error gone?

    `kind` is the kind of fault, as far as the error tells it, else empty.
    """

    name: ClassVar[str] = "healing_outcome"
    kind: FaultKind | Literal[""]
    model: str
    healed: bool


ModelLoadState: TypeAlias = Literal["downloading", "downloaded", "loading", "loaded", "unloaded", "failed"]


@attrs.frozen(kw_only=True)
class ModelStateChange:
    """A model of an engine of ours or of a server is being loaded, is loaded, was unloaded, or failed to be loaded.

    One of ours may also be under way to this machine, or have come.

    `model` is `provider/model`. Of a server it is known when it is asked: what it unloads by itself is not told.
    """

    name: ClassVar[str] = "model_state_change"
    model: str
    state: ModelLoadState
    error: LLMError | None = None


@attrs.frozen(kw_only=True)
class SharedStateChange:
    """What the processes share cannot be asked any more (`away`), so that this one goes on by its share; or it can."""

    name: ClassVar[str] = "shared_state_change"
    state: Literal["away", "shared"]
    processes: int
    """How many lived when they were counted last: the share is one of so many."""
    error: LLMError | None = None


@attrs.frozen(kw_only=True)
class NoticesLost:
    """The listener was too slow: so many notices before this one are gone."""

    name: ClassVar[str] = "notices_lost"
    count: int


Notice: TypeAlias = (
    ResponseStart
    | ResponseChunk
    | ResponseComplete
    | FunctionCalls
    | FallbackTaken
    | RetryMade
    | CacheHit
    | BudgetWarning
    | ProviderStatusChange
    | AnalyticsUpdate
    | ConversationCreated
    | Degraded
    | EvaluationProgress
    | HealingOutcome
    | ModelStateChange
    | SharedStateChange
    | NoticesLost
)


def tenant_of(notice: Notice) -> str:
    """Whose call or conversation `notice` is about; empty for what is nobody's in particular."""
    if isinstance(notice, AnalyticsUpdate):
        return notice.record.tenant
    if isinstance(
        notice,
        (
            ProviderStatusChange,
            Degraded,
            EvaluationProgress,
            HealingOutcome,
            ModelStateChange,
            SharedStateChange,
            NoticesLost,
        ),
    ):
        return ""
    return notice.tenant


EVENT_NAMES = frozenset(kind.name for kind in get_args(Notice) if kind is not NoticesLost)
"""What one may subscribe to."""
