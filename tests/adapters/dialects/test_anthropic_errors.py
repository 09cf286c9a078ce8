"""Errors of the Anthropic dialect: every shape to its tag, and back in the form the vendor documents."""

from __future__ import annotations

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import ErrorReply
from pointsman.core.error import (
    AuthenticationFailed,
    BudgetExceeded,
    ChatError,
    ConfigurationError,
    ContentFiltered,
    ContextTooLarge,
    ConversationConflict,
    ConversationNotFound,
    FallbackExhausted,
    InvalidRequest,
    InvalidResponse,
    ModelNotFound,
    ModelUnavailable,
    NetworkError,
    QuotaExhausted,
    RateLimitExceeded,
    StorageError,
    TimeoutError,
    UnsupportedFeature,
)
from pointsman.core.json import Json, JsonObject, dumps
from tests.adapters.dialects import strategies as some
from tests.adapters.dialects.anthropic_wire import MODEL, TARGET


def reported(status: int, reply: object, **headers: str) -> ChatError:
    raw = reply if isinstance(reply, bytes) else dumps(reply)
    return ANTHROPIC.read_error(ErrorReply(status, raw, headers), TARGET)


def _error(kind: str, message: str = "m", **more: Json) -> JsonObject:
    return {"type": "error", "error": {"type": kind, "message": message, **more}, "request_id": "req_9"}


@pytest.mark.parametrize(
    ("status", "reply", "tag"),
    [
        (400, _error("invalid_request_error"), InvalidRequest),
        (400, _error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), ContextTooLarge),
        (
            400,
            _error("invalid_request_error", "You have reached your specified workspace API usage limits."),
            QuotaExhausted,
        ),
        (400, _error("invalid_request_error", "Your credit balance is too low to access the API."), QuotaExhausted),
        (401, _error("authentication_error", "invalid x-api-key"), AuthenticationFailed),
        (402, _error("billing_error"), QuotaExhausted),
        (403, _error("permission_error"), AuthenticationFailed),
        (404, _error("not_found_error", "model: claude-0"), ModelNotFound),
        (413, _error("request_too_large"), InvalidRequest),
        (429, _error("rate_limit_error"), RateLimitExceeded),
        (429, _error("rate_limit_error", details={"error_code": "enforced_spend_limit_reached"}), QuotaExhausted),
        (429, _error("rate_limit_error", details={"error_code": "contract_spend_limit_reached"}), QuotaExhausted),
        (500, _error("api_error"), ModelUnavailable),
        (504, _error("timeout_error"), ModelUnavailable),
        (529, _error("overloaded_error"), ModelUnavailable),
        (529, b"", ModelUnavailable),
        (502, b"<html><h1>Bad Gateway</h1></html>", ModelUnavailable),
        (401, b"no key", AuthenticationFailed),
        (400, {"error": "text"}, InvalidRequest),
        (429, {"detail": "text"}, RateLimitExceeded),
        (400, [_error("rate_limit_error")], InvalidRequest),
        (302, b"", InvalidResponse),
    ],
)
def test_every_shape_of_error_is_typed(status: int, reply: object, tag: type[ChatError]) -> None:
    error = reported(status, reply)
    assert type(error) is tag
    assert (error.provider, error.model, error.status) == ("anthropic", MODEL, status)


def test_an_error_keeps_its_numbers_texts_and_times() -> None:
    long = reported(400, _error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"))
    assert isinstance(long, ContextTooLarge)
    assert (long.token_count, long.limit, long.request_id) == (210000, 200000, "req_9")
    assert reported(429, _error("rate_limit_error"), **{"retry-after": "12"}).retry_after == 12.0
    assert reported(500, b"", **{"request-id": "req_h"}).request_id == "req_h"
    assert reported(500, b"plain words").detail == "plain words"
    assert "<" not in reported(502, b"<html>x</html>").detail


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ModelUnavailable(detail="d"), 529, "overloaded_error"),
        (ModelUnavailable(detail="d", status=500), 500, "api_error"),
        (RateLimitExceeded(detail="d", retry_after=1.5), 429, "rate_limit_error"),
        (QuotaExhausted(detail="d"), 402, "billing_error"),
        (InvalidRequest(detail="d"), 400, "invalid_request_error"),
        (AuthenticationFailed(detail="d"), 401, "authentication_error"),
        (AuthenticationFailed(detail="d", status=403), 403, "permission_error"),
        (ContextTooLarge(token_count=9, limit=8), 400, "invalid_request_error"),
        (ContextTooLarge(detail="d"), 400, "invalid_request_error"),
        (ModelNotFound(detail="d"), 404, "not_found_error"),
        (ContentFiltered(detail="d", category="bio"), 400, "invalid_request_error"),
        (UnsupportedFeature(detail="d", feature="f"), 400, "invalid_request_error"),
        (TimeoutError(detail="d", timeout_ms=5, phase="idle"), 504, "timeout_error"),
        (NetworkError(detail="d"), 500, "api_error"),
        (InvalidResponse(detail="d"), 500, "api_error"),
        (ConfigurationError(detail="d"), 500, "api_error"),
        (StorageError(detail="d"), 500, "api_error"),
        (FallbackExhausted(), 500, "api_error"),
        (ConversationNotFound(detail="d"), 404, "not_found_error"),
        (ConversationConflict(detail="d", expected=1, found=2), 404, "not_found_error"),
        (BudgetExceeded(detail="d", budget="b"), 429, "rate_limit_error"),
    ],
)
def test_errors_are_written_in_the_form_of_the_vendor(error: ChatError, status: int, kind: str) -> None:
    reply = ANTHROPIC.write_error(attrs.evolve(error, request_id="req_1"))
    told = orjson.loads(reply.body)
    assert (reply.status, told["type"], told["error"]["type"], told["request_id"]) == (status, "error", kind, "req_1")
    assert (reply.headers["request-id"], reply.headers["content-type"]) == ("req_1", "application/json")
    assert told["error"]["message"]


_SAME = (ModelUnavailable, RateLimitExceeded, QuotaExhausted, InvalidRequest, AuthenticationFailed, ModelNotFound)


@given(
    st.builds(
        lambda kind, detail, wait, request_id: kind(detail=detail, retry_after=wait, request_id=request_id),
        st.sampled_from(_SAME),
        some.plain_texts.filter(lambda text: text == text.strip()),
        st.none() | st.integers(0, 7200).map(float),
        st.none() | some.names,
    )
)
def test_an_error_survives_the_wire(error: ChatError) -> None:
    reply = ANTHROPIC.write_error(error)
    expected = attrs.evolve(error, provider="anthropic", model=MODEL, status=reply.status)
    assert ANTHROPIC.read_error(reply, TARGET) == expected


def test_errors_with_numbers_and_categories_survive_too() -> None:
    filtered = ANTHROPIC.read_error(ANTHROPIC.write_error(ContentFiltered(detail="d", category="bio")), TARGET)
    assert isinstance(filtered, ContentFiltered)
    assert filtered.category == "bio"
    long = ANTHROPIC.read_error(ANTHROPIC.write_error(ContextTooLarge(token_count=9, limit=8)), TARGET)
    assert isinstance(long, ContextTooLarge)
    assert (long.token_count, long.limit) == (9, 8)
    spent = ANTHROPIC.write_error(BudgetExceeded(detail="d", budget="b"))
    assert spent.headers["x-should-retry"] == "false"
    assert isinstance(ANTHROPIC.read_error(spent, TARGET), QuotaExhausted)


def test_a_path_or_a_thing_that_is_not_there_is_told_in_the_vendors_word() -> None:
    reply = ANTHROPIC.write_error(InvalidRequest(detail="there is no such path", status=404))
    assert reply.status == 404
    assert b'"type":"not_found_error"' in reply.body


def test_a_wait_is_told_in_whole_seconds_that_are_enough() -> None:
    reply = ANTHROPIC.write_error(RateLimitExceeded(detail="slow down", retry_after=89.2))
    assert reply.headers["retry-after"] == "90"
