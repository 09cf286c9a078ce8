"""Ollama's errors: `{"error": "text"}`, with a status or as a line of a stream. The text is nearly all there is."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import ErrorReply, Target
from pointsman.adapters.dialects.error_table import Report, classify
from pointsman.adapters.dialects.rate_limit_headers import retry_after, retry_after_headers
from pointsman.core.error import LLMError, ProviderError, cause_of, other_failures
from pointsman.core.json import Json, as_object, dumps, loads, text_or_none

_STATUS: dict[str, int] = {
    "AuthenticationFailed": 401,
    "ModelNotFound": 404,
    "RateLimitExceeded": 429,
    "QuotaExhausted": 402,
    "ModelUnavailable": 503,
    "ContextTooLarge": 400,
    "TimeoutError": 504,
    "NetworkError": 502,
    "ContentFiltered": 400,
    "UnsupportedFeature": 400,
    "InvalidRequest": 400,
}


def read_error(reply: ErrorReply, target: Target) -> ProviderError:
    """The error in a reply of status 4xx or 5xx; the body may be anything."""
    found = error_text(loads(reply.body).value_or({}))
    return classify(
        Report(
            status=reply.status,
            message=found or _read_message(reply.body),
            retry_after=retry_after(reply.headers, reply.at),
            request_id=reply.headers.get("x-request-id"),
        ),
        target,
    )


def _read_message(body: bytes) -> str:
    head = body[:300].strip()
    if head.startswith(b"<"):
        return "the server answered with a web page (HTML)"
    return head.decode("utf-8", "replace")


def error_text(body: Json) -> str | None:
    """The text of an error in a body or a line, whatever its status; also of an OpenAI-shaped one."""
    error = as_object(body).get("error")
    return text_or_none(error) or text_or_none(as_object(error).get("message"))


def error_in_body(body: Json, target: Target) -> ProviderError | None:
    """The error that a 200 body or a stream's line carries, if it carries one."""
    found = error_text(body)
    return None if found is None else classify(Report(status=200, message=found), target)


def write_error(error: LLMError) -> ErrorReply:
    """`error` as Ollama would say it; its text is what a client can go by."""
    error = cause_of(error)
    text = error.detail or str(error)
    if error.tag == "ContextTooLarge" and "context" not in text:
        text = f"the input length exceeds the context length ({text})"
    if error.tag == "QuotaExhausted" and "quota" not in text:
        text = f"insufficient quota: {text}"
    text += other_failures(error)
    return ErrorReply(_STATUS.get(error.tag, 500), dumps({"error": text}), retry_after_headers(error.retry_after))
