"""Gemini's errors: a google.rpc.Status, sometimes in a list, with ErrorInfo, RetryInfo or QuotaFailure as details."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import ErrorReply, Target
from pointsman.adapters.dialects.error_table import Report, classify
from pointsman.adapters.dialects.rate_limit_headers import duration, retry_after, retry_after_headers
from pointsman.core.error import LLMError, ProviderError, cause_of, other_failures
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps, int_or_none, loads

_WRITTEN: dict[str, tuple[int, str]] = {
    "InvalidRequest": (400, "INVALID_ARGUMENT"),
    "UnsupportedFeature": (400, "INVALID_ARGUMENT"),
    "ContextTooLarge": (400, "INVALID_ARGUMENT"),
    "ContentFiltered": (400, "INVALID_ARGUMENT"),
    "AuthenticationFailed": (400, "INVALID_ARGUMENT"),
    "ModelNotFound": (404, "NOT_FOUND"),
    "RateLimitExceeded": (429, "RESOURCE_EXHAUSTED"),
    "QuotaExhausted": (429, "RESOURCE_EXHAUSTED"),
    "BudgetExceeded": (429, "RESOURCE_EXHAUSTED"),
    "TimeoutError": (504, "DEADLINE_EXCEEDED"),
    "ModelUnavailable": (503, "UNAVAILABLE"),
    "NetworkError": (503, "UNAVAILABLE"),
}
_STATUSES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    503: "UNAVAILABLE",
}
"""Of what is refused on this side with a status of its own."""
_TYPE = "type.googleapis.com/google.rpc."


def read_error(reply: ErrorReply, target: Target) -> ProviderError:
    """The error in a reply of status 4xx or 5xx; the body may be anything."""
    error = _error(loads(reply.body).value_or({}))
    if error is None:
        head = reply.body[:300].strip()
        said = (
            "the server answered with a web page (HTML)" if head.startswith(b"<") else head.decode("utf-8", "replace")
        )
        waits = retry_after(reply.headers, reply.at)
        return classify(Report(status=reply.status, message=said, retry_after=waits), target)
    return _classify(error, reply.status, target, retry_after(reply.headers, reply.at))


def error_in_body(body: Json, target: Target) -> ProviderError | None:
    """The error that a 200 body or a frame carries, if it carries one."""
    error = _error(body)
    return None if error is None else _classify(error, int_or_none(error.get("code")) or 200, target, None)


def _error(body: Json) -> JsonObject | None:
    if isinstance(body, list):
        body = body[0] if body else None
    error = as_object(body).get("error")
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else None


def _classify(error: JsonObject, status: int, target: Target, waits: float | None) -> ProviderError:
    details = [as_object(item) for item in as_list(error.get("details"))]
    reasons = [as_text(item.get("reason")) for item in details]
    delays = [found for item in details if (found := duration(as_text(item.get("retryDelay")))) is not None]
    waits = waits if waits is not None else next(iter(delays), None)
    codes = [*reasons, as_text(error.get("code")), as_text(error.get("status"))]
    if waits is None and _is_daily(details):
        codes.insert(0, "insufficient_quota")
    return classify(
        Report(
            status=status,
            codes=tuple(code.lower() for code in codes if code),
            message=as_text(error.get("message")),
            retry_after=waits,
        ),
        target,
    )


def _is_daily(details: list[JsonObject]) -> bool:
    """Whether a quota of the day is used up; without a RetryInfo waiting is no cure within a call."""
    violations = [as_object(raw) for item in details for raw in as_list(item.get("violations"))]
    return any("PerDay" in as_text(violation.get("quotaId")) for violation in violations)


def _form(error: LLMError) -> tuple[int, str]:
    """The code, which is the status of the reply too, and its name."""
    code, status = _WRITTEN.get(error.tag, (500, "INTERNAL"))
    if error.local and error.status is not None:
        return error.status, _STATUSES.get(error.status, status)
    return code, status


def error_object(error: LLMError) -> JsonObject:
    """The error as a google.rpc.Status object."""
    error = cause_of(error)
    code, status = _form(error)
    details: list[Json] = []
    if error.tag == "AuthenticationFailed":
        details.append({"@type": f"{_TYPE}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"})
    if error.tag == "ContentFiltered":
        details.append({"@type": f"{_TYPE}ErrorInfo", "reason": "CONTENT_FILTER", "domain": "googleapis.com"})
    if error.tag == "QuotaExhausted":
        violation: Json = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}
        details.append({"@type": f"{_TYPE}QuotaFailure", "violations": [violation]})
    if error.retry_after is not None:
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{error.retry_after:g}s"})
    message = (error.detail or str(error)) + other_failures(error)
    written: JsonObject = {"code": code, "message": message, "status": status}
    return {**written, "details": details} if details else written


def write_error(error: LLMError) -> ErrorReply:
    """`error` as Gemini would answer it."""
    error = cause_of(error)
    code, _ = _form(error)
    return ErrorReply(code, dumps({"error": error_object(error)}), retry_after_headers(error.retry_after))
