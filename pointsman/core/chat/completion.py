"""Text completion: a prompt continued, without messages (the field's oldest interface)."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.chat.message import user
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.original import OriginalRequest, OriginalResponse
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
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


def as_chat(request: CompletionRequest) -> ChatRequest:
    """The chat that stands in for a completion."""
    return ChatRequest(
        request.model,
        (user(request.prompt if request.suffix is None else f"{request.prompt}…{request.suffix}"),),
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        stop=request.stop,
        seed=request.seed,
        top_k=request.top_k,
        frequency_penalty=request.frequency_penalty,
        presence_penalty=request.presence_penalty,
        logit_bias=request.logit_bias,
        n=request.n,
        timeout=request.timeout,
        extra=request.extra,
        options=request.options,
        original=request.original,
    )


STOOD_IN = Warning("complete", "this provider has no text completion; a chat with one user message stood in")


def as_completion(response: ChatResponse) -> Completion:
    """The answer of such a chat as a completion, with a warning that it was one."""
    return Completion(
        text=response.text,
        finish_reason=response.finish_reason,
        usage=response.usage,
        model=response.model,
        provider=response.provider,
        id=response.id,
        latency_ms=response.latency_ms,
        attempts=response.attempts,
        warnings=(*response.warnings, STOOD_IN),
        choices=response.choices,
        service_tier=response.service_tier,
    )
