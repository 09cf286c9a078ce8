"""Text completion: a prompt continued, without messages (the field's oldest interface)."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.original import OriginalRequest, OriginalResponse
from pointsman.core.chat.part import Text
from pointsman.core.chat.response import ChatResponse, Choice, FinishReason, Warning
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import Attempt
from pointsman.core.json import Json
from pointsman.core.money.cost import UNKNOWN_COST, Cost


@attrs.frozen(slots=False)  # copied often: see `core/chat/replace.py`
class CompletionRequest:
    """Continue `prompt`; with `suffix`, fill in between. Units and ranges as in `ChatRequest`."""

    model: str
    prompt: str
    suffix: str | None = attrs.field(default=None, kw_only=True)
    temperature: float | None = attrs.field(default=None, kw_only=True)
    top_p: float | None = attrs.field(default=None, kw_only=True)
    max_tokens: int | None = attrs.field(default=None, kw_only=True)
    stop: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    seed: int | None = attrs.field(default=None, kw_only=True)
    top_k: int | None = attrs.field(default=None, kw_only=True)
    frequency_penalty: float | None = attrs.field(default=None, kw_only=True)
    presence_penalty: float | None = attrs.field(default=None, kw_only=True)
    logit_bias: Mapping[str, float] = attrs.field(factory=dict, kw_only=True)
    n: int | None = attrs.field(default=None, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    extra: Mapping[str, Json] = attrs.field(factory=dict, kw_only=True)
    options: CallOptions = attrs.field(default=PLAIN, kw_only=True)
    original: OriginalRequest | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)
    """As a client of the gateway sent it, for a provider of the same dialect."""


@attrs.frozen(kw_only=True, slots=False)  # copied often: see `core/chat/replace.py`
class Completion:
    """The continuation of a prompt."""

    text: str
    finish_reason: FinishReason | None = None
    usage: Usage = UNKNOWN
    model: str = ""
    provider: str = ""
    id: str = ""
    latency_ms: float | None = None
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[Warning, ...] = ()
    cost: Cost = UNKNOWN_COST
    choices: tuple[Choice, ...] = ()
    """The second continuation and those after it, where `n` asked for several."""
    service_tier: str | None = None
    """The tier that served it, as the provider names it."""
    original: OriginalResponse | None = attrs.field(default=None, eq=False, repr=False)
    """As it came, for a client of the gateway that speaks the provider's dialect."""

    @property
    def response(self) -> ChatResponse:
        """The same as the answer of a chat, which is what the stream of a completion ends with."""
        return ChatResponse(
            parts=(Text(self.text),) if self.text else (),
            finish_reason=self.finish_reason,
            usage=self.usage,
            model=self.model,
            provider=self.provider,
            id=self.id,
            latency_ms=self.latency_ms,
            attempts=self.attempts,
            warnings=self.warnings,
            cost=self.cost,
            choices=self.choices,
            service_tier=self.service_tier,
            original=self.original,
        )
