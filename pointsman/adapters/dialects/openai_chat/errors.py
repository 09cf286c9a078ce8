"""Errors as OpenAI and the servers that imitate it write them, both ways. Shared by the chat and responses dialects.

Read are: the `{"error": {...}}` object, an error that is only a string, one wrapped in a list, `detail` (FastAPI),
`message` at the top (Mistral), plain text, web pages and nothing. It may not know which provider it talks to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import ErrorReply, Target
from pointsman.adapters.dialects.error_table import Report, classify
from pointsman.adapters.dialects.rate_limit_headers import duration, retry_after, retry_after_headers
from pointsman.core.error import (
    ContentFiltered,
    ContextTooLarge,
    LLMError,
    ProviderError,
    cause_of,
    other_failures,
)
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    count_or_none,
    dumps,
    int_or_none,
    loads,
    text_or_none,
)

_LONGEST = 4000
_WAIT = re.compile(r"try again in (?:(?P<minutes>\d{1,4})m(?!s))?(?:(?P<number>\d{1,6}(?:\.\d{1,9})?)(?P<unit>ms|s))?")
_SENTENCES = ("message", "msg", "detail", "error", "title", "description", "errors")
_CODES = ("code", "type", "status", "error_code", "reason")


def read_openai_error(reply: ErrorReply, target: Target) -> ProviderError:
    """The error that an HTTP answer other than 2xx stands for."""
    parsed = loads(reply.body).value_or(None)
    body = _unwrap(parsed)
    report = _report(reply.status, body, reply.headers)
    if not report.message:
        report = attrs.evolve(report, message=_plain_text(reply) if parsed is None else "")
    wait = retry_after(reply.headers, reply.at)
    report = attrs.evolve(report, retry_after=report.retry_after if wait is None else wait)
    if reply.status == 404 and target.quirks.not_found_means_failure:
        return attrs.evolve(classify(attrs.evolve(report, status=500), target), status=404)
    return classify(report, target)


def error_in_body(body: Json, target: Target) -> ProviderError | None:
    """The error inside the body of a 200, or inside a frame of a stream; None where there is none."""
    found = _unwrap(body)
    if not (found.get("error") or found.get("object") == "error" or found.get("type") == "error"):
        return None
    return classify(_report(200, found, {}), target)


def write_openai_error(error: LLMError) -> ErrorReply:
    """The answer by which OpenAI's own SDK raises the right exception, and retries where that can help."""
    error = cause_of(error)
    headers = {"content-type": "application/json", "x-should-retry": "true" if error.retryable else "false"}
    headers |= retry_after_headers(error.retry_after)
    if error.request_id:
        headers["x-request-id"] = error.request_id
    return ErrorReply(_WRITTEN[error.tag][0], dumps({"error": openai_error_object(error)}), headers)


def openai_error_object(error: LLMError) -> JsonObject:
    """What stands under `error` in a body or in a frame of a stream; `param` and an unknown `code` are null there."""
    error = cause_of(error)
    _, kind, code = _WRITTEN[error.tag]
    message = (error.detail or str(error)) + other_failures(error)
    written: JsonObject = {"message": message, "type": kind, "param": None, "code": code}
    if isinstance(error, ContextTooLarge):
        written |= compact({"n_prompt_tokens": error.token_count, "n_ctx": error.limit})
    if isinstance(error, ContentFiltered) and error.category:
        filtered: JsonObject = {name: {"filtered": True} for name in error.category.split(", ")}
        written["innererror"] = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": filtered}
    return written


_WRITTEN: dict[str, tuple[int, str, str | None]] = {
    "ModelUnavailable": (503, "server_error", "service_unavailable"),
    "RateLimitExceeded": (429, "requests", "rate_limit_exceeded"),
    "QuotaExhausted": (429, "insufficient_quota", "insufficient_quota"),
    "InvalidRequest": (400, "invalid_request_error", None),
    "AuthenticationFailed": (401, "invalid_request_error", "invalid_api_key"),
    "TimeoutError": (504, "server_error", "timeout_error"),
    "ContextTooLarge": (400, "invalid_request_error", "context_length_exceeded"),
    "ConfigurationError": (500, "server_error", "configuration_error"),
    "NetworkError": (502, "server_error", "bad_gateway"),
    "ModelNotFound": (404, "invalid_request_error", "model_not_found"),
    "ContentFiltered": (400, "invalid_request_error", "content_filter"),
    "InvalidResponse": (502, "server_error", "bad_gateway"),
    "UnsupportedFeature": (400, "not_supported_error", "unsupported_feature"),
    "BudgetExceeded": (402, "insufficient_quota", "insufficient_quota"),
    "FallbackExhausted": (503, "server_error", "service_unavailable"),
    "StorageError": (500, "server_error", "storage_error"),
    "ConversationNotFound": (404, "not_found_error", "conversation_not_found"),
    "ConversationConflict": (409, "conflict_error", "conversation_conflict"),
}


def _unwrap(body: Json) -> JsonObject:
    """The object, also where it is wrapped in a list; a bare string becomes one that holds it."""
    first = body[0] if isinstance(body, list) and body else body
    return {"error": first} if isinstance(first, str) else as_object(first)


def _report(status: int, body: JsonObject, headers: Mapping[str, str]) -> Report:
    error = as_object(body.get("error")) or as_object(as_object(body.get("response")).get("error")) or body
    inner = as_object(error.get("innererror"))
    metadata = as_object(error.get("metadata"))
    real = _real_status(status, error)
    message = _with_raw(_sentence(error), metadata)
    return Report(
        status=real,
        codes=tuple(_codes(real, error, inner, metadata)),
        message=message,
        retry_after=_delay(error, message) if real in (429, 503) or status == 200 else None,
        request_id=_request_id(headers, body),
        token_count=count_or_none(error.get("n_prompt_tokens")),
        limit=count_or_none(error.get("n_ctx")),
        category=_category(inner, metadata),
    )


def _real_status(status: int, error: JsonObject) -> int:
    """The HTTP status, or the one that an error inside a 200 says it should have had."""
    said = (int_or_none(error.get(name)) for name in ("code", "status", "status_code"))
    named = next((number for number in said if number is not None and 400 <= number < 600), None)
    return named if named is not None and status < 300 else status


def _codes(status: int, *objects: JsonObject) -> Iterator[str]:
    """Every structured code, lower case. A rate limit that one request alone exceeds (413) cannot be waited out."""
    details = (as_object(detail) for found in objects for detail in as_list(found.get("details")))
    for found in (*objects, *details):
        for name in _CODES:
            code = as_text(found.get(name)).lower()
            if code and not (status == 413 and code == "rate_limit_exceeded"):
                yield code
        if found.get("reasons") is not None and "flagged_input" in found:
            yield "content_filter"


def _category(inner: JsonObject, metadata: JsonObject) -> str | None:
    """What the filter objected to: Azure's filtered categories, or OpenRouter's reasons."""
    results = as_object(inner.get("content_filter_result") or inner.get("content_filter_results"))
    named = [name for name, result in results.items() if as_object(result).get("filtered") is True]
    named += [as_text(reason) for reason in as_list(metadata.get("reasons"))]
    return ", ".join(named) or None


def _sentence(value: Json, depth: int = 0) -> str:
    """The human text in an error of any shape."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_sentence(item, depth + 1) for item in value[:20])))
    if not isinstance(value, dict):
        return ""
    said = next(filter(None, (_sentence(value.get(name), depth + 1) for name in _SENTENCES)), "")
    place = ".".join(str(step) for step in as_list(value.get("loc"))[:20])
    return f"{place}: {said}" if place and said else said


def _with_raw(message: str, metadata: JsonObject) -> str:
    """OpenRouter's message with what the provider behind it said."""
    raw = metadata.get("raw")
    parsed = unwrap_or_failure(loads(raw)) if isinstance(raw, str) else raw
    said = _sentence(parsed) if isinstance(parsed, (dict, list)) else as_text(raw)[:_LONGEST]
    return f"{message}: {said}" if said and said not in message and not _is_markup(said) else message


def _delay(error: JsonObject, message: str) -> float | None:
    """Seconds by Google's RetryInfo, or by the sentence where a server has no header for it."""
    for detail in as_list(error.get("details")):
        seconds = duration(as_text(as_object(detail).get("retryDelay")))
        if seconds is not None:
            return max(0.0, seconds)
    found = _WAIT.search(message)
    if found is None or not (found["minutes"] or found["number"]):
        return None
    part = float(found["number"] or 0) / (1000 if found["unit"] == "ms" else 1)
    return float(found["minutes"] or 0) * 60 + part


def _request_id(headers: Mapping[str, str], body: JsonObject) -> str | None:
    names = ("x-request-id", "request-id", "apim-request-id")
    return next((headers[name] for name in names if headers.get(name)), None) or text_or_none(body.get("request_id"))


def _plain_text(reply: ErrorReply) -> str:
    text = reply.body[:_LONGEST].decode("utf-8", "replace").strip()
    if _is_markup(text) or "html" in reply.headers.get("content-type", ""):
        return f"the server answered with a web page and status {reply.status}, not with an error message"
    return text


def _is_markup(text: str) -> bool:
    return text.lstrip().startswith("<")
