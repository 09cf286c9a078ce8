"""Which error a provider's report is: by a specific code, then by text where that is all there is, then by status.

A generic code (`invalid_request_error`) names the shape of the body more often than the error: many servers put it into
all of their errors. It counts only beside a status that says as little.

The tables are data. Every row of text stands for a recorded message, and `tests/adapters/dialects/test_error_table.py`
holds that message.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import attrs

from pointsman.adapters.dialects.dialect import Target
from pointsman.core.error import (
    AuthenticationFailed,
    ContentFiltered,
    ContextTooLarge,
    InvalidRequest,
    InvalidResponse,
    ModelNotFound,
    ModelUnavailable,
    ProviderError,
    QuotaExhausted,
    RateLimitExceeded,
    UnsupportedFeature,
)

Kind: TypeAlias = Literal[
    "unavailable", "rate", "quota", "invalid", "auth", "context", "missing", "filtered", "unsupported", "response"
]


def invalid(problem: str, target: Target) -> InvalidResponse:
    """An answer that is none, and why."""
    return InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)


@attrs.frozen(kw_only=True)
class Report:
    """What a dialect found in an error: every structured code (lower case), the text, the numbers."""

    status: int
    codes: tuple[str, ...] = ()
    message: str = ""
    retry_after: float | None = None
    request_id: str | None = None
    token_count: int | None = None
    limit: int | None = None
    category: str | None = None


SPECIFIC_CODES: dict[str, Kind] = {
    "insufficient_quota": "quota",
    "billing_error": "quota",
    "billing_hard_limit_reached": "quota",
    "enforced_spend_limit_reached": "quota",
    "contract_spend_limit_reached": "quota",
    "insufficient_credits": "quota",
    "context_length_exceeded": "context",
    "exceed_context_size_error": "context",
    "string_above_max_length": "context",
    "model_context_window_exceeded": "context",
    "content_filter": "filtered",
    "content_policy_violation": "filtered",
    "responsibleaipolicyviolation": "filtered",
    "rate_limit_exceeded": "rate",
    "rate_limit_error": "rate",
    "resource_exhausted": "rate",
    "too_many_requests": "rate",
    "invalid_api_key": "auth",
    "api_key_invalid": "auth",
    "authentication_error": "auth",
    "unauthenticated": "auth",
    "permission_error": "auth",
    "permission_denied": "auth",
    "invalid_authentication": "auth",
    "model_not_found": "missing",
    "deploymentnotfound": "missing",
    "overloaded_error": "unavailable",
    "server_error": "unavailable",
    "api_error": "unavailable",
    "internal": "unavailable",
    "unavailable": "unavailable",
    "unavailable_error": "unavailable",
    "service_unavailable": "unavailable",
    "timeout_error": "unavailable",
    "deadline_exceeded": "unavailable",
    "not_supported_error": "unsupported",
    "unimplemented": "unsupported",
}

GENERIC_CODES: dict[str, Kind] = {
    "invalid_request_error": "invalid",
    "invalid_argument": "invalid",
    "failed_precondition": "invalid",
    "invalid_prompt": "invalid",
    "invalid_encrypted_content": "invalid",
    "request_too_large": "invalid",
    "unsupported_parameter": "invalid",
    "not_found_error": "missing",
    "not_found": "missing",
}

TEXTS: tuple[tuple[str, Kind], ...] = (
    (r"prompt is too long: (?P<count>\d+) tokens > (?P<limit>\d+)", "context"),
    (r"prompt is too long", "context"),
    (
        r"input token count \(?(?P<count>\d+)\)? exceeds the maximum number of tokens allowed \(?(?P<limit>\d+)",
        "context",
    ),
    (
        r"maximum context length (?:is|of) (?P<limit>\d+) tokens.*?"
        r"(?:requested|resulted in|request has|contains) (?:at least |about |a total of )?(?P<count>\d+)",
        "context",
    ),
    (r"maximum context length is (?P<limit>\d+)", "context"),
    (r"prompt contains (?P<count>\d+) tokens.*?(?P<limit>\d+) maximum context length", "context"),
    (r"maximum prompt length is (?P<limit>\d+) but the request contains (?P<count>\d+)", "context"),
    (r"configured limit of (?P<limit>\d+) tokens.*?resulted in (?P<count>\d+)", "context"),
    (r"input length \((?P<count>\d+)\) exceeds model's maximum context length \((?P<limit>\d+)\)", "context"),
    (r"trying to keep the first (?P<count>\d+) tokens.*?context length of only (?P<limit>\d+) tokens", "context"),
    (r"reached context length of (?P<limit>\d+) tokens", "context"),
    (r"exceeds? the (?:model'?s? )?(?:maximum )?context (?:window|length|limit)", "context"),
    (r"exceeds the available context size", "context"),
    (r"input tokens exceed the configured limit", "context"),
    (r"exceed context limit", "context"),
    (r"reduce the length of the messages", "context"),
    (r"longer than the (?:model's )?context length", "context"),
    (r"specified (?:workspace )?API usage limits", "quota"),
    (r"credit balance is too low", "quota"),
    (r"insufficient (?:credits|balance|quota)", "quota"),
    (r"exceeded your current quota", "quota"),
    (r"API key not valid", "auth"),
    (r"model ['\"]?\S+?['\"]? (?:is )?not found", "missing"),
    (r"is not a valid model ID", "missing"),  # OpenRouter, with a 400
    (r"unexpected endpoint or method", "missing"),
    (r"does not support (?:tools|thinking|images|chat|embeddings|generate)", "unsupported"),
    (r"(?:image|audio|video) input is not supported", "unsupported"),  # llama.cpp, as a `server_error` with a 500
)
_TEXTS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), kind) for pattern, kind in TEXTS
)
_LONGEST = 4000

_VAGUE = frozenset((200, 400, 413, 422))
"""Statuses beside which a generic code says more; 200 is an error in a body or a stream that came with no status."""

_PLAIN_STATUSES = frozenset((401, 402, 403, 404, 429))
"""Statuses that say whose fault it is, where the body says no more than that the server failed (`api_error`)."""

STATUSES: dict[int, Kind] = {
    400: "invalid",
    401: "auth",
    402: "quota",
    403: "auth",
    404: "missing",
    405: "missing",
    408: "unavailable",
    409: "unavailable",
    410: "missing",
    429: "rate",
    451: "filtered",
    501: "unsupported",
}


def _kind_of(message: str) -> Kind | None:
    """What the words say; None where they say nothing that is known."""
    for pattern, kind in _TEXTS:
        if pattern.search(message[:_LONGEST]):
            return kind
    return None


def classify(report: Report, target: Target) -> ProviderError:
    """The error that `report` stands for, about `target`."""
    said = _kind_of(report.message) if report.status not in (401, 403) else None
    for code in report.codes:
        kind = SPECIFIC_CODES.get(code)
        says_more = said == "unsupported" or report.status in _PLAIN_STATUSES
        if kind is not None and not (kind == "unavailable" and says_more):
            return _build(kind, _with_numbers(report), target)
    if said is not None:
        return _build(said, _with_numbers(report), target)
    for code in report.codes:
        if code in GENERIC_CODES and report.status in _VAGUE:
            return _build(GENERIC_CODES[code], report, target)
    return _build(_by_status(report.status), report, target)


def _by_status(status: int) -> Kind:
    if status in STATUSES:
        return STATUSES[status]
    if 300 <= status < 400:
        return "response"
    return "invalid" if 400 <= status < 500 else "unavailable"


def _with_numbers(report: Report) -> Report:
    for pattern, kind in _TEXTS:
        if kind == "context" and (found := pattern.search(report.message)):
            named = found.groupdict()
            return attrs.evolve(
                report,
                token_count=_first(report.token_count, named.get("count")),
                limit=_first(report.limit, named.get("limit")),
            )
    return report


def _first(known: int | None, text: str | None) -> int | None:
    return known if known is not None else int(text) if text and len(text) < 12 else None


def _build(kind: Kind, report: Report, target: Target) -> ProviderError:
    detail = report.message.strip() or f"HTTP status {report.status} without a message"
    detail = detail if len(detail) <= 500 else detail[:499] + "…"
    provider, model, status, request_id = target.provider, target.model or None, report.status, report.request_id
    wait = report.retry_after
    if kind == "context":
        return ContextTooLarge(
            detail=detail,
            provider=provider,
            model=model,
            status=status,
            request_id=request_id,
            token_count=report.token_count,
            limit=report.limit,
        )
    if kind == "filtered":
        return ContentFiltered(
            detail=detail,
            provider=provider,
            model=model,
            status=status,
            request_id=request_id,
            category=report.category,
        )
    if kind == "unsupported":
        return UnsupportedFeature(
            detail=detail, provider=provider, model=model, status=status, request_id=request_id, feature=detail
        )
    return _PLAIN[kind](
        detail=detail, provider=provider, model=model, status=status, request_id=request_id, retry_after=wait
    )


_PLAIN: dict[
    Kind,
    type[ModelUnavailable]
    | type[RateLimitExceeded]
    | type[QuotaExhausted]
    | type[InvalidRequest]
    | type[AuthenticationFailed]
    | type[ModelNotFound]
    | type[InvalidResponse],
] = {
    "unavailable": ModelUnavailable,
    "rate": RateLimitExceeded,
    "quota": QuotaExhausted,
    "invalid": InvalidRequest,
    "auth": AuthenticationFailed,
    "missing": ModelNotFound,
    "response": InvalidResponse,
}
