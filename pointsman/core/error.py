"""Every way a call can fail, as one closed union of frozen values.

Each error knows which provider and model it is about, says in one sentence what to do (`advice`), whether trying
the same call again can help (`retryable`) and after how many seconds (`retry_after`). None of them holds a secret.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Literal, TypeAlias

import attrs

from pointsman.core.chat.original import OriginalResponse
from pointsman.core.money.cost import Cost

Phase: TypeAlias = Literal["connect", "first_byte", "idle", "total", "pool", "write"]


@attrs.frozen
class Attempt:
    """One try of a call: where, how long in milliseconds, and its error unless it gave the answer.

    One that is `cancelled` was given up for another that answered first: it has no error, and may have cost all the
    same.
    """

    provider: str
    model: str
    latency_ms: float
    error: LLMError | None = None
    cancelled: bool = False
    began: float | None = attrs.field(default=None, eq=False, repr=False)
    """When, in monotonic seconds of this process; None where nobody looked."""


@attrs.frozen(kw_only=True)
class Fault:
    """What all errors share. `detail` is what the provider or the system said, `status` the HTTP status."""

    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = ""

    detail: str = ""
    provider: str | None = None
    model: str | None = None
    status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    attempts: tuple[Attempt, ...] = attrs.field(default=(), repr=False)
    """The tries that came before this error, where several were made."""
    response: object = attrs.field(default=None, eq=False, repr=False)
    """A `ChatResponse` with what there was all the same: the answer that could not be kept, or the tools that ran and
    what was paid. `core.chat.response.response_of` reads it: an answer knows errors, so errors know no answer."""
    original: OriginalResponse | None = attrs.field(default=None, eq=False, repr=False)
    """As it came, for a client of the gateway that speaks the provider's dialect."""
    local: bool = attrs.field(default=False, repr=False)
    """Whether it was decided on this side, before anything was sent: asking the same model again at once is no use."""
    sent: bool = attrs.field(default=False, repr=False)
    """Whether the request had gone out and no whole answer came: it may have been served, and be charged."""
    remedy: str | None = attrs.field(default=None, eq=False, repr=False)
    """What to do, where that is not what its kind usually asks for; empty where `detail` says it."""

    @property
    def tag(self) -> str:
        """The name of the kind of error, stable across versions."""
        return type(self).__name__

    @property
    def where(self) -> str:
        """`provider/model`, as far as they are known."""
        if self.provider and self.model and self.model.startswith(f"{self.provider}/"):
            return self.model
        return "/".join(name for name in (self.provider, self.model) if name)

    @property
    def summary(self) -> str:
        """What happened, without the advice."""
        said = self.detail or _space_words(self.tag)
        return f"{self.where}: {said}" if self.where else said

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.hint if self.remedy is None else self.remedy

    def __str__(self) -> str:
        said = self.summary.rstrip(".")
        return f"{said}{'' if said.endswith(('?', '!', '…')) else '.'} {self.advice}".strip()


def _space_words(tag: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in tag).strip()


@attrs.frozen(kw_only=True)
class ModelUnavailable(Fault):
    """The provider is up but cannot serve now: overloaded, loading, an internal error (5xx, 529)."""

    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "Try again in a moment, or use another model."


@attrs.frozen(kw_only=True)
class RateLimitExceeded(Fault):
    """Too many requests or tokens for now; `retry_after` says for how many seconds, where it is known."""

    retryable: ClassVar[bool] = True

    @property
    def advice(self) -> str:
        """How long to wait."""
        wait = f"{self.retry_after:g} s" if self.retry_after is not None else "a moment"
        return f"Wait {wait}, send fewer requests at once, or raise the limit with the provider."


@attrs.frozen(kw_only=True)
class QuotaExhausted(Fault):
    """Credit, quota or a spending limit is used up: waiting does not cure it."""

    hint: ClassVar[str] = "Add credit or raise the spending limit of the account, or use another provider."


@attrs.frozen(kw_only=True)
class InvalidRequest(Fault):
    """The request is wrong, by our check or the provider's; `problems` lists each thing found."""

    hint: ClassVar[str] = "Correct the request; sending it again unchanged will fail again."
    problems: tuple[str, ...] = ()
    request: object = attrs.field(default=None, eq=False, repr=False)
    """What was asked: a `ChatRequest`, or that of another operation, as it would have gone to the provider.

    For the program alone: it holds what the user said, therefore it is never printed, logged, kept or sent."""

    @property
    def advice(self) -> str:
        """To correct it, where a server has refused it; what was found on this side says itself what to do."""
        return self.remedy or ("" if self.local else self.hint)


@attrs.frozen(kw_only=True)
class AuthenticationFailed(Fault):
    """The key is missing, wrong, or not allowed to do this (401, 403)."""

    hint: ClassVar[str] = "Check the API key and what it is allowed to do."


@attrs.frozen(kw_only=True)
class TimeoutError(Fault):
    """Nothing came in time: `phase` says while waiting for what, `timeout_ms` how long was waited."""

    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "Try again, or allow more time with --timeout or `timeout`."
    timeout_ms: float
    phase: Phase


@attrs.frozen(kw_only=True)
class ReadingEstimate:
    """What it takes to read a document by parts: how many, by how many `requests`, and for what they cost together."""

    parts: int
    requests: int
    expected: Cost
    most: Cost


@attrs.frozen(kw_only=True)
class ContextTooLarge(Fault):
    """The prompt does not fit: `token_count` tokens for a window of `limit`, where they are known.

    `reading` is there where what is too long is a document that can be read by parts.
    """

    hint: ClassVar[str] = "Shorten the conversation, lower max_tokens, or use a model with a larger context."
    token_count: int | None = None
    limit: int | None = None
    reading: ReadingEstimate | None = None


@attrs.frozen(kw_only=True)
class ConfigurationError(Fault):
    """The settings are wrong; `problems` lists all of them, each with its place."""

    hint: ClassVar[str] = "Correct the settings and start again."
    problems: tuple[str, ...] = ()
    is_storage: bool = attrs.field(default=False, eq=False, repr=False)
    """Whether the settings may be right, and what they name cannot be read or written now."""


@attrs.frozen(kw_only=True)
class NetworkError(Fault):
    """The server was not reached, or the connection broke."""

    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "Check that the server runs, the address, and the network."


@attrs.frozen(kw_only=True)
class ModelNotFound(Fault):
    """The provider has no such model, or no such endpoint."""

    hint: ClassVar[str] = "List what there is with `pointsman models`, and check the base URL."


@attrs.frozen(kw_only=True)
class ContentFiltered(Fault):
    """The provider's filter stopped the prompt or the answer; `category` as the provider names it."""

    hint: ClassVar[str] = "Rephrase the request, or use another model."
    category: str | None = None


@attrs.frozen(kw_only=True)
class InvalidResponse(Fault):
    """The server answered with something that is not an answer; `problems` says what was wrong."""

    hint: ClassVar[str] = "Check that the base URL leads to a server of this kind; it may also be a passing fault."
    problems: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class UnsupportedFeature(Fault):
    """The provider or its dialect cannot carry `feature` of the request."""

    hint: ClassVar[str] = "Leave it out, or use a provider that has it."
    feature: str


@attrs.frozen(kw_only=True)
class BudgetExceeded(Fault):
    """A budget of ours would be overspent.

    `budget` names it, `limit` and `spent` say how much there is and how much is spent or reserved (dollars, or tokens
    where `unit` says so), `resets_at` when it is whole again (Unix seconds; None for never).
    """

    budget: str
    limit: Decimal | None = None
    spent: Decimal | None = None
    unit: Literal["usd", "tokens"] = "usd"
    resets_at: float | None = None

    @property
    def advice(self) -> str:
        """When it is whole again."""
        if self.resets_at is None:
            return "Raise the budget, or use a model that costs nothing."
        when = datetime.fromtimestamp(self.resets_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return f"Raise the budget, use a model that costs nothing, or wait until it resets at {when}."


@attrs.frozen(kw_only=True)
class FallbackExhausted(Fault):
    """Every model that was to be tried has failed; `attempts` holds each with its error and time."""

    hint: ClassVar[str] = "See the attempts: each says what to do about it."

    @property
    def summary(self) -> str:
        """Each attempt with its error, in order."""
        tried = "; ".join(
            f"{a.provider}/{a.model}: {_space_words(a.error.tag)}" for a in self.attempts if a.error is not None
        )
        return f"every model failed ({tried})"

    @property
    def advice(self) -> str:
        """What to do about the error that decides."""
        return self.hint if self.cause is None else self.cause.advice

    @property
    def cause(self) -> LLMError | None:
        """The error of an attempt that decides what is to be done; None where no attempt has one.

        Where all failed in one way it is the first of them, and of several that may be repeated the one whose wait is
        the shortest; else the last that the caller can do something about, else the last that waiting may cure, else
        the last.
        """
        errors = [_place(attempt, cause_of(attempt.error)) for attempt in self.attempts if attempt.error is not None]
        if not errors:
            return None
        if len({error.tag for error in errors}) == 1:
            return min(errors, key=lambda error: math.inf if error.retry_after is None else error.retry_after)
        actionable = [error for error in errors if isinstance(error, _ACTIONABLE)]
        curable = [error for error in errors if error.retryable]
        return (actionable or curable or errors)[-1]


@attrs.frozen(kw_only=True)
class StorageError(Fault):
    """Something could not be read from or written to disk."""

    hint: ClassVar[str] = "Check the path, its permissions and the free space."


@attrs.frozen(kw_only=True)
class ConversationNotFound(Fault):
    """There is no such conversation."""

    hint: ClassVar[str] = "List the conversations to find its identifier."


@attrs.frozen(kw_only=True)
class ConversationConflict(Fault):
    """Somebody else has changed the conversation since it was read: at version `found` instead of `expected`."""

    hint: ClassVar[str] = "Read the conversation again and repeat the change."
    expected: int
    found: int


def with_request(error: LLMError, request: object) -> LLMError:
    """`error`; one that says the request is wrong, with the `request`, unless it has one already."""
    if isinstance(error, InvalidRequest) and error.request is None:
        return attrs.evolve(error, request=request)
    return error


TransientError: TypeAlias = ModelUnavailable | RateLimitExceeded | TimeoutError | NetworkError
"""What may be otherwise in a moment: asking again, or another model, can help."""
RequestRefused: TypeAlias = (
    QuotaExhausted
    | InvalidRequest
    | AuthenticationFailed
    | ContextTooLarge
    | ConfigurationError
    | ModelNotFound
    | ContentFiltered
    | InvalidResponse
    | UnsupportedFeature
)
"""What asking the same again will not change."""
ProviderError: TypeAlias = TransientError | RequestRefused
"""What one provider can fail with."""
ChatError: TypeAlias = ProviderError | BudgetExceeded | FallbackExhausted | StorageError
"""What a call can fail with: several providers, budgets, and the stores that stand around them."""
LLMError: TypeAlias = ChatError | ConversationNotFound | ConversationConflict
"""Everything: what a turn of a conversation can fail with."""

_ACTIONABLE = (InvalidRequest, ContextTooLarge, ContentFiltered, UnsupportedFeature)
"""What the one who asked can do something about: shorten, rephrase, leave out."""


def cause_of(error: LLMError) -> LLMError:
    """What a client on the wire is to be told of `error`: of an exhausted fallback its cause, with all attempts."""
    cause = error.cause if isinstance(error, FallbackExhausted) else None
    return error if cause is None else attrs.evolve(cause, attempts=error.attempts)


def _place(attempt: Attempt, error: LLMError) -> LLMError:
    """`error` with where it happened."""
    if error.provider is not None and error.model is not None:
        return error
    provider, model = error.provider or attempt.provider or None, error.model or attempt.model or None
    return attrs.evolve(error, provider=provider, model=model)


def _is_elsewhere(attempt: Attempt, error: LLMError) -> bool:
    return (attempt.provider, attempt.model) != (error.provider or attempt.provider, error.model or attempt.model)


def other_failures(error: LLMError) -> str:
    """The other models that failed before or after `error`, as the end of its sentence: ` (also failed: …)`, or ``."""
    others = dict.fromkeys(
        f"{attempt.provider}/{attempt.model}: {_space_words(attempt.error.tag)}"
        for attempt in error.attempts
        if attempt.error is not None and _is_elsewhere(attempt, error)
    )
    return f" (also failed: {'; '.join(others)})" if others else ""


def invalid_request(
    *problems: str, provider: str | None = None, status: int | None = None, request: object = None
) -> InvalidRequest:
    """What is refused on this side, for these reasons, which say what to do."""
    return InvalidRequest(
        detail="; ".join(problems), problems=problems, provider=provider, status=status, request=request, local=True
    )


def configuration_error(
    *problems: str,
    provider: str | None = None,
    model: str | None = None,
    remedy: str | None = None,
    local: bool = False,
) -> ConfigurationError:
    """What is set up wrongly, for these reasons."""
    return ConfigurationError(
        detail="; ".join(problems), problems=problems, provider=provider, model=model, remedy=remedy, local=local
    )


def wrong_input(problems: tuple[str, ...], status: int = 400) -> InvalidRequest:
    """What somebody has typed or sent is wrong in these ways; the sentence tells the first three."""
    return attrs.evolve(invalid_request(*problems, status=status), detail="; ".join(problems[:3]))
