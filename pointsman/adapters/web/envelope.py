"""Answers of the API: `{"success": true, "data": …}`, or `{"success": false, "error": …}` with the error's tag."""

from __future__ import annotations

import attrs

from pointsman.core.error import ContextTooLarge, LLMError, cause_of, other_failures
from pointsman.core.json import JsonObject, dumps
from pointsman.core.money.cost import Cost

STATUS: dict[str, int] = {
    "ModelUnavailable": 503,
    "RateLimitExceeded": 429,
    "QuotaExhausted": 402,
    "InvalidRequest": 400,
    "AuthenticationFailed": 502,
    "TimeoutError": 504,
    "ContextTooLarge": 413,
    "ConfigurationError": 409,
    "NetworkError": 502,
    "ModelNotFound": 404,
    "ContentFiltered": 422,
    "InvalidResponse": 502,
    "UnsupportedFeature": 422,
    "BudgetExceeded": 402,
    "FallbackExhausted": 502,
    "StorageError": 507,
    "ConversationNotFound": 404,
    "ConversationConflict": 409,
}
"""By tag, where it is not our own refusal: that a provider refuses our key is not the caller's fault."""


@attrs.frozen(kw_only=True)
class ReadingView:
    """What it takes to read files by parts that are too long for the model: dollars that are not known are null."""

    parts: int
    requests: int
    expected: str | None
    most: str | None


@attrs.frozen(kw_only=True)
class ErrorView:
    """What went wrong: its `tag`, one sentence that says what to do, and whether trying again can help.

    `reading` is there where files are too long for the model and can be read by parts, which costs.
    """

    tag: str
    message: str
    retryable: bool
    retry_after: float | None = None
    problems: list[str] = attrs.field(factory=list)
    provider: str | None = None
    model: str | None = None
    request_id: str | None = None
    reading: ReadingView | None = None


def view_of(error: LLMError, request_id: str | None = None) -> ErrorView:
    """`error` as it may be shown; of an exhausted fallback its cause."""
    error = cause_of(error)
    return ErrorView(
        tag=error.tag,
        message=str(error) + other_failures(error),
        retryable=error.retryable,
        retry_after=error.retry_after,
        problems=[str(problem) for problem in getattr(error, "problems", ())],
        provider=error.provider,
        model=error.model,
        request_id=request_id or error.request_id,
        reading=_reading_of(error),
    )


def _reading_of(error: LLMError) -> ReadingView | None:
    known = error.reading if isinstance(error, ContextTooLarge) else None
    if known is None:
        return None
    return ReadingView(parts=known.parts, requests=known.requests, expected=_usd(known.expected), most=_usd(known.most))


def _usd(cost: Cost) -> str | None:
    return None if cost.usd is None else format(cost.usd.normalize(), "f")


def status_of(error: LLMError) -> int:
    """The HTTP status for `error`; of an exhausted fallback that of its cause."""
    error = cause_of(error)
    return error.status if error.local and error.status is not None else STATUS[error.tag]


def error_body(error: LLMError, request_id: str | None = None) -> bytes:
    """The envelope of a failure."""
    return dumps({"success": False, "error": attrs.asdict(view_of(error, request_id))})


def data_body(data: JsonObject) -> bytes:
    """The envelope of a success."""
    body: JsonObject = {"success": True, "data": data}
    return dumps(body)
