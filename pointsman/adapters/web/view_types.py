"""What the API shows, as types: the OpenAPI document is made of them. Unknown is null, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from pointsman.adapters.web.record_forms import GeneratedType, view_type
from pointsman.core.json import Json, JsonObject
from pointsman.core.settings import ProviderSettings


@attrs.frozen
class Money:
    """Dollars as decimal text; where `complete` is false a part is unknown."""

    amount: str
    complete: bool


@attrs.frozen(kw_only=True)
class TokensView:
    """Tokens by kind; null is unknown."""

    input: int | None
    output: int | None
    cached: int | None
    cache_write: int | None
    reasoning: int | None
    estimated: bool


@attrs.frozen
class OutcomeView:
    """When a provider last answered or failed, in Unix seconds; `error` is what it failed with."""

    time: float
    ok: bool
    error: str | None


if TYPE_CHECKING:
    ProviderView = GeneratedType
else:
    ProviderView = view_type(
        "ProviderView",
        ProviderSettings,
        key_required=bool,
        local=bool,
        source=str,
        active=bool,
        default_base_url=str | None,
        default_model=str | None,
        circuit=str,
        last=OutcomeView | None,
    )
"""A provider: its key masked, `source` says where it is set up, `last` how it did when last asked; null for never."""


@attrs.frozen(kw_only=True)
class ModelView:
    """A model, by its reference `provider/model`; prices are dollars a million tokens."""

    id: str
    provider: str
    type: str | None
    context_length: int | None
    max_output: int | None
    state: str | None
    price: dict[str, str | None] | None
    local: bool


@attrs.frozen(kw_only=True)
class ParametersView:
    """With what the next question of a conversation is asked, as the page does; what is empty is not sent."""

    model: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    reasoning_effort: Literal["", "none", "minimal", "low", "medium", "high", "max"] = ""
    tools: list[str] = attrs.field(factory=list)
    memory: bool = False
    task: str = ""


@attrs.frozen(kw_only=True)
class ConversationView:
    """A conversation without its entries; `leaf` ends the branch that is gone on with, null where there is but one."""

    id: str
    title: str
    created: float
    updated: float
    version: int
    tags: list[str]
    system: str
    summary: dict[str, str] | None
    forked_from: list[str] | None
    leaf: str | None
    parameters: ParametersView
    pinned: bool
    folder: str
    archived: bool


@attrs.frozen(kw_only=True)
class EntryView:
    """A message of a conversation; the parts of `message` are told apart by `_type`.

    Of a failed answer `error` is the tag of the error, `problem` its sentence.
    """

    id: str
    time: float
    parent: str | None
    message: JsonObject
    provider: str
    model: str
    usage: TokensView
    cost: Money
    status: str
    error: str
    problem: str


@attrs.frozen(kw_only=True)
class ResponseView:
    """An answer; its parts are told apart by `_type`."""

    id: str
    parts: list[Json]
    provider: str
    model: str
    usage: TokensView
    cost: Money
    saved: Money
    cached: bool
    finish_reason: str | None
    latency_ms: float | None
    warnings: list[dict[str, str]]
    attempts: list[JsonObject]
    steps: list[Json]
    recalled: list[str]
    prompt: list[JsonObject]
    route: JsonObject | None


@attrs.frozen(kw_only=True)
class UsageRowView:
    """One group of calls; times are milliseconds."""

    group: str
    calls: int
    failed: int
    error_rate: float
    errors: list[list[Json]]
    cached: int
    input: JsonObject
    output: JsonObject
    cost: Money
    saved: Money
    latency: dict[str, float | None]
    first: dict[str, float | None]
    tokens_per_second: float | None


@attrs.frozen(kw_only=True)
class RecordView:
    """One call that was made."""

    id: str
    time: float
    kind: str
    provider: str
    model: str
    task: str
    tenant: str
    conversation: str
    tags: list[str]
    usage: TokensView
    cost: Money
    saved: Money
    latency_ms: float
    first_ms: float | None
    attempts: int
    cache: str
    outcome: str


@attrs.frozen(kw_only=True)
class KeyView:
    """A virtual key; `key` stands only in the answer to its making."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    models: list[str]
    budget: Money | None
    spent: Money | None
    period: str
    requests_per_minute: int | None
    expires: float | None
    created: float
    last_used: float | None
    enabled: bool
    key: str | None = None


@attrs.frozen(kw_only=True)
class AuditView:
    """One change of the settings."""

    id: int
    time: float
    who: str
    what: str
    target: str
    changes: list[dict[str, str | None]]
