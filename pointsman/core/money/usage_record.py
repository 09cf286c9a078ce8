"""What every call leaves behind: where, when, how much, how it ended. No prompt and no answer unless asked for."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.metered import Kind
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import CacheUse
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.money.call_trace import NO_TRACE, CallTrace
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.money.settlement import Amount, Basis, Charge

CallKind: TypeAlias = Literal[Kind, "shadow"]

OK = "ok"
CANCELLED = "Cancelled"
LOST = "Lost"
"""The process died before the call had ended: it was booked by who noticed, at what was reserved for it."""


@attrs.frozen
class CallFacts:
    """What a try at a provider is: enough for a usage record, should its process die."""

    kind: CallKind = "chat"
    provider: str = ""
    model: str = ""
    task: str = ""
    tenant: str = ""
    conversation: str = ""
    tags: tuple[str, ...] = ()


NO_FACTS = CallFacts()


@attrs.frozen(kw_only=True, slots=False)  # one a call, of many fields: making it takes two thirds of the time so
class UsageRecord:
    """One call.

    `time` is its beginning in Unix seconds, `latency_ms` the whole call and `first_ms` until the first output;
    `attempts` counts the tries; `outcome` is `ok`, the tag of the error, `Cancelled` or `Lost`; `cost` is what all
    tries together were booked at, on what `basis`, and `saved` what the cache saved. `usage` is zero for an answer from
    the cache. `prompt`, `answer` and `request` are empty unless their keeping was asked for.
    """

    id: str
    time: float
    kind: CallKind = "chat"
    provider: str = ""
    model: str = ""
    task: str = ""
    tenant: str = ""
    conversation: str = ""
    tags: tuple[str, ...] = ()
    usage: Usage = UNKNOWN
    cost: Cost = UNKNOWN_COST
    saved: Cost = FREE
    latency_ms: float = 0.0
    first_ms: float | None = None
    attempts: int = 0
    cache: CacheUse = ""
    outcome: str = OK
    finish: str = ""
    experiment: str = ""
    variant: str = ""
    prompt: str = ""
    answer: str = ""
    basis: Basis = "told"
    unseen_tokens: int = 0
    """Tokens that were booked beyond those of `usage`: of earlier tries, or of what nobody told."""
    charges: tuple[Charge, ...] = attrs.field(default=(), eq=False)
    """The tries that the cost is made of, each under the id of its reservation."""

    request: ChatRequest | None = None
    """A chat as it can be asked again."""
    trace: CallTrace = NO_TRACE
    """Its tries, its route and what was said of it, where the fields above do not say all."""

    @property
    def ledger_amount(self) -> Amount:
        """What the call stands for in the ledger."""
        return Amount(self.cost.picodollars, (self.usage.total or 0) + self.unseen_tokens)
