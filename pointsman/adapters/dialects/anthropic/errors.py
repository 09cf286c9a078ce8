"""Errors of the Messages API, both ways: in a reply, in a 200 body and in a stream. Knows no answer."""

from __future__ import annotations

import re
from typing import assert_never

from pointsman.adapters.dialects.dialect import ErrorReply, Target
from pointsman.adapters.dialects.error_table import Report, classify
from pointsman.adapters.dialects.rate_limit_headers import retry_after, retry_after_headers
from pointsman.core.error import (
    AuthenticationFailed,
    BudgetExceeded,
    ConfigurationError,
    ContentFiltered,
    ContextTooLarge,
    ConversationConflict,
    ConversationNotFound,
    FallbackExhausted,
    InvalidRequest,
    InvalidResponse,
    LLMError,
    ModelNotFound,
    ModelUnavailable,
    NetworkError,
    ProviderError,
    QuotaExhausted,
    RateLimitExceeded,
    StorageError,
    TimeoutError,
    UnsupportedFeature,
    cause_of,
    other_failures,
)
from pointsman.core.json import Json, JsonObject, as_object, as_text, compact, dumps, loads, text_or_none

STATUSES: dict[str, int] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_SPENT = "enforced_spend_limit_reached"
_SPENT_TEXT = re.compile(r"reached your specified .*API usage limits", re.IGNORECASE)
_REFUSALS = {404: "not_found_error", 413: "request_too_large"}
"""Requests that are wrong in a way that the API has a word for, by status."""
_SAME_CODE = {"contract_spend_limit_reached": _SPENT}


def read_error(reply: ErrorReply, target: Target) -> ProviderError:
    """The error in a reply that is not 2xx, whatever its body is."""
    body = loads(reply.body).value_or(None)
    report = _report(
        as_object(body),
        reply.status,
        "" if body is not None else _plain(reply.body),
        request_id=reply.headers.get("request-id"),
        wait=retry_after(reply.headers, reply.at),
    )
    return classify(report, target)


def error_in_body(body: JsonObject, target: Target) -> ProviderError:
    """The error in a 200 body or in an event of a stream; its status is the one its type stands for."""
    kind = as_text(as_object(body.get("error")).get("type"))
    return classify(_report(body, STATUSES.get(kind, 500)), target)


def not_expected(body: Json, target: Target, problem: str) -> ProviderError:
    """The error of an answer that is not what was asked for: the one that it holds, else `problem`."""
    answer = as_object(body)
    if answer.get("type") == "error" or answer.get("error"):
        return error_in_body(answer, target)
    return InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)


def _report(
    body: JsonObject, status: int, text: str = "", *, request_id: str | None = None, wait: float | None = None
) -> Report:
    error = as_object(body.get("error"))
    details = as_object(error.get("details"))
    message = _message(body) or text
    spent = _SPENT if _SPENT_TEXT.search(message[:2000]) else ""
    codes = (spent, as_text(details.get("error_code")).lower(), as_text(error.get("type")).lower())
    return Report(
        status=status,
        codes=tuple(_SAME_CODE.get(code, code) for code in codes if code),
        message=message,
        retry_after=wait,
        request_id=text_or_none(body.get("request_id")) or request_id,
        category=text_or_none(details.get("category")),
    )


def _message(body: JsonObject) -> str:
    places: tuple[Json, ...] = (
        as_object(body.get("error")).get("message"),
        body.get("error"),
        body.get("message"),
        body.get("detail"),
    )
    return next((text for place in places if (text := text_or_none(place))), "")


def _plain(body: bytes) -> str:
    text = body[:2000].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else text


def write_error(error: LLMError) -> ErrorReply:
    """The reply, so that the vendor's client raises its own exception for it."""
    error = cause_of(error)
    status, _, _ = _form(error)
    headers = compact(
        {
            "content-type": "application/json",
            "request-id": error.request_id,
            **retry_after_headers(error.retry_after),
            "x-should-retry": "true" if error.retryable else "false",
        }
    )
    body = error_body(error)
    return ErrorReply(status, dumps(body), {name: as_text(value) for name, value in headers.items()})


def error_body(error: LLMError) -> JsonObject:
    """The error object, as it stands in a reply and in an event of a stream."""
    error = cause_of(error)
    _, kind, code = _form(error)
    category = error.category if isinstance(error, ContentFiltered) else None
    details = compact({"error_code": code, "category": category})
    described = compact({"type": kind, "message": _text(error) + other_failures(error), "details": details or None})
    return {"type": "error", "error": described, "request_id": error.request_id}


def _text(error: LLMError) -> str:
    text = error.detail or error.summary
    if not isinstance(error, ContextTooLarge) or "prompt is too long" in text:
        return text
    if error.token_count is not None and error.limit is not None:
        return f"prompt is too long: {error.token_count} tokens > {error.limit} maximum"
    return f"prompt is too long: {text}"


def _form(error: LLMError) -> tuple[int, str, str | None]:
    """Status, type, and the code of the details where the type alone says too little."""
    match error:
        case ModelUnavailable():
            kind = {500: "api_error", 504: "timeout_error"}.get(error.status or 529, "overloaded_error")
            return STATUSES[kind], kind, None
        case RateLimitExceeded():
            return 429, "rate_limit_error", None
        case QuotaExhausted():
            return 402, "billing_error", None
        case BudgetExceeded():
            return 429, "rate_limit_error", _SPENT
        case AuthenticationFailed():
            kind = "permission_error" if error.status == 403 else "authentication_error"
            return STATUSES[kind], kind, None
        case InvalidRequest():
            kind = _REFUSALS.get(error.status or 400, "invalid_request_error")
            return STATUSES[kind], kind, None
        case ContextTooLarge():
            return 400, "invalid_request_error", None
        case ContentFiltered():
            return 400, "invalid_request_error", "content_filter"
        case UnsupportedFeature():
            return 400, "invalid_request_error", "not_supported_error"
        case ModelNotFound() | ConversationNotFound() | ConversationConflict():
            return 404, "not_found_error", None
        case TimeoutError():
            return 504, "timeout_error", None
        case NetworkError() | InvalidResponse() | ConfigurationError() | StorageError() | FallbackExhausted():
            return 500, "api_error", None
        case _:
            assert_never(error)
