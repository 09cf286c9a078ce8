"""Errors in every shape that servers of OpenAI's kind send, and the answers by which its SDK understands ours."""

from __future__ import annotations

from typing import get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.dialect import ErrorReply, Quirks, Target
from pointsman.adapters.dialects.openai_chat.errors import error_in_body, read_openai_error, write_openai_error
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
)
from pointsman.core.json import Json, dumps
from tests.adapters.dialects.strategies import plain_texts

TARGET = Target("acme", "gpt-x")


def read(status: int, body: Json | bytes, **headers: str) -> ProviderError:
    data = body if isinstance(body, bytes) else dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_openai_error(ErrorReply(status, data, named, 0.0), TARGET)


@pytest.mark.parametrize(
    ("status", "body", "tag", "detail"),
    [
        (
            401,
            {"error": {"message": "Bad key", "type": "x", "code": "invalid_api_key"}},
            "AuthenticationFailed",
            "Bad key",
        ),
        (
            429,
            {"error": {"message": "Slow", "type": "requests", "code": "rate_limit_exceeded"}},
            "RateLimitExceeded",
            "Slow",
        ),
        (
            429,
            {"error": {"message": "Pay", "type": "insufficient_quota", "code": "insufficient_quota"}},
            "QuotaExhausted",
            "Pay",
        ),
        (404, {"error": {"message": "No such model", "code": "model_not_found"}}, "ModelNotFound", "No such model"),
        (
            400,
            {"error": {"message": "Bad n", "type": "invalid_request_error", "param": "n", "code": None}},
            "InvalidRequest",
            "Bad n",
        ),
        (
            413,
            {"error": {"message": "TPM: Limit 6000", "code": "rate_limit_exceeded"}},
            "InvalidRequest",
            "TPM: Limit 6000",
        ),
        (500, {"error": {"message": "Oops", "type": "server_error"}}, "ModelUnavailable", "Oops"),
        (
            503,
            {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
            "ModelUnavailable",
            "Loading model",
        ),
        (402, {"error": {"code": 402, "message": "Credits"}}, "QuotaExhausted", "Credits"),
        (500, {"error": "mlx fell over"}, "ModelUnavailable", "mlx fell over"),
        (400, ["plain"], "InvalidRequest", "plain"),
        (
            400,
            [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}],
            "AuthenticationFailed",
            "API key not valid.",
        ),
        (404, {"detail": "Not Found"}, "ModelNotFound", "Not Found"),
        (
            422,
            {
                "detail": [
                    {"loc": ["body", "messages", 0], "msg": "Field required", "type": "missing"},
                    {"msg": "Too hot"},
                ]
            },
            "InvalidRequest",
            "body.messages.0: Field required; Too hot",
        ),
        (
            422,
            {"object": "error", "message": {"detail": [{"msg": "bad", "loc": ["body"]}]}},
            "InvalidRequest",
            "body: bad",
        ),
        (401, {"message": "Unauthorized", "request_id": "r"}, "AuthenticationFailed", "Unauthorized"),
        (502, b"upstream connect error", "ModelUnavailable", "upstream connect error"),
        (500, b"", "ModelUnavailable", "HTTP status 500 without a message"),
        (500, {}, "ModelUnavailable", "HTTP status 500 without a message"),
        (302, b"", "InvalidResponse", "HTTP status 302 without a message"),
        (
            400,
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {"raw": '{"error":{"message":"bad tool"}}'},
                }
            },
            "InvalidRequest",
            "Provider returned error: bad tool",
        ),
    ],
)
def test_shapes(status: int, body: Json | bytes, tag: str, detail: str) -> None:
    error = read(status, body)
    assert (error.tag, error.detail, error.status) == (tag, detail, status)
    assert (error.provider, error.model) == ("acme", "gpt-x")


def test_a_web_page_is_named_and_never_quoted() -> None:
    error = read(502, b"<!DOCTYPE html><html><h1>502 Bad Gateway</h1></html>")
    assert error.tag == "ModelUnavailable"
    assert error.detail == "the server answered with a web page and status 502, not with an error message"


def test_azures_filter_names_what_it_objected_to() -> None:
    results: Json = {
        "hate": {"filtered": True, "severity": "high"},
        "violence": {"filtered": False},
        "sexual": {"filtered": True},
    }
    inner: Json = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": results}
    body: Json = {"error": {"message": "Filtered", "code": "content_filter", "status": 400, "innererror": inner}}
    assert read(400, body) == ContentFiltered(
        detail="Filtered", provider="acme", model="gpt-x", status=400, category="hate, sexual"
    )


def test_openrouters_moderation_is_a_filter_not_a_wrong_key() -> None:
    metadata: Json = {"reasons": ["violence"], "flagged_input": "x"}
    error = read(403, {"error": {"code": 403, "message": "Flagged", "metadata": metadata}})
    assert isinstance(error, ContentFiltered)
    assert error.category == "violence"


def test_llama_cpps_numbers_of_an_overflow() -> None:
    body: Json = {
        "error": {"code": 400, "type": "exceed_context_size_error", "message": "no", "n_prompt_tokens": 9, "n_ctx": 8}
    }
    error = read(400, body)
    assert isinstance(error, ContextTooLarge)
    assert (error.token_count, error.limit) == (9, 8)


def test_openais_numbers_of_an_overflow_stand_in_the_sentence() -> None:
    said = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    error = read(400, {"error": {"message": said, "type": "invalid_request_error", "code": "context_length_exceeded"}})
    assert isinstance(error, ContextTooLarge)
    assert (error.token_count, error.limit) == (9001, 8192)


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({}, {"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        ({}, {"retry_after": "2"}, 2.0),
        ({"error": {"message": "Please try again in 20ms."}}, {}, 0.02),
        ({"error": {"message": "Please try again in 1m2.5s."}}, {}, 62.5),
        ({"error": {"message": "Please try again in 6m."}}, {}, 360.0),
        ({"error": {"message": "Please try again in 7.5s."}}, {"retry_after": "8"}, 8.0),
        ([{"error": {"message": "x", "details": [{"retryDelay": "12.5s"}]}}], {}, 12.5),
        ({"error": {"message": "Please try again in a while."}}, {}, None),
    ],
)
def test_how_long_to_wait(body: Json, headers: dict[str, str], seconds: float | None) -> None:
    error = read(429, body, **headers)
    assert isinstance(error, RateLimitExceeded)
    assert error.retry_after == seconds


def test_the_request_id_is_kept() -> None:
    assert read(500, {}, x_request_id="req-1").request_id == "req-1"
    assert read(500, {"request_id": "req-2"}).request_id == "req-2"


def test_a_404_is_a_failed_generation_where_the_quirk_says_so() -> None:
    target = Target("mlx", "m", Quirks(not_found_means_failure=True))
    error = read_openai_error(ErrorReply(404, b'{"error":"KeyError"}'), target)
    assert (error.tag, error.status) == ("ModelUnavailable", 404)


@pytest.mark.parametrize("body", [{}, {"error": None}, {"error": {}}, {"choices": []}, [], None, 3])
def test_no_error_where_there_is_none(body: Json) -> None:
    assert error_in_body(body, TARGET) is None


ERRORS: list[tuple[LLMError, int, str]] = [
    (ModelUnavailable(detail="d"), 503, "ModelUnavailable"),
    (RateLimitExceeded(detail="d", retry_after=1.25), 429, "RateLimitExceeded"),
    (QuotaExhausted(detail="d"), 429, "QuotaExhausted"),
    (InvalidRequest(detail="d"), 400, "InvalidRequest"),
    (AuthenticationFailed(detail="d"), 401, "AuthenticationFailed"),
    (TimeoutError(detail="d", timeout_ms=5.0, phase="idle"), 504, "ModelUnavailable"),
    (ContextTooLarge(detail="d", token_count=9, limit=8), 400, "ContextTooLarge"),
    (ConfigurationError(detail="d"), 500, "ModelUnavailable"),
    (NetworkError(detail="d"), 502, "ModelUnavailable"),
    (ModelNotFound(detail="d"), 404, "ModelNotFound"),
    (ContentFiltered(detail="d", category="hate, sexual"), 400, "ContentFiltered"),
    (InvalidResponse(detail="d"), 502, "ModelUnavailable"),
    (UnsupportedFeature(detail="d", feature="f"), 400, "UnsupportedFeature"),
    (BudgetExceeded(detail="d", budget="b"), 402, "QuotaExhausted"),
    (FallbackExhausted(detail="d"), 503, "ModelUnavailable"),
    (StorageError(detail="d"), 500, "ModelUnavailable"),
    (ConversationNotFound(detail="d"), 404, "ModelNotFound"),
    (ConversationConflict(detail="d", expected=1, found=2), 409, "ModelUnavailable"),
]


@pytest.mark.parametrize(("error", "status", "tag"), ERRORS, ids=[error.tag for error, _, _ in ERRORS])
def test_every_error_is_written_and_read_again(error: LLMError, status: int, tag: str) -> None:
    reply = write_openai_error(error)
    assert (reply.status, reply.headers["x-should-retry"]) == (status, "true" if error.retryable else "false")
    again = read_openai_error(reply, TARGET)
    assert (again.tag, again.detail, again.retry_after) == (tag, "d", error.retry_after)
    if isinstance(error, ContextTooLarge):
        assert isinstance(again, ContextTooLarge)
        assert (again.token_count, again.limit) == (9, 8)
    if isinstance(error, ContentFiltered):
        assert isinstance(again, ContentFiltered)
        assert again.category == "hate, sexual"


def test_the_table_has_every_kind_of_error() -> None:
    kinds = {kind.__name__ for kind in get_args(LLMError)}
    assert kinds == {error.tag for error, _, _ in ERRORS}


def test_a_written_error_has_openais_shape() -> None:
    reply = write_openai_error(RateLimitExceeded(detail="Slow", retry_after=1.25, request_id="r"))
    assert orjson.loads(reply.body) == {
        "error": {"message": "Slow", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    }
    assert reply.headers["retry-after"] == "2"
    assert reply.headers["retry-after-ms"] == "1250"
    assert reply.headers["x-request-id"] == "r"


@given(plain_texts.filter(str.strip), st.floats(0, 1e6))
def test_a_rate_limit_keeps_its_words_and_its_wait(detail: str, wait: float) -> None:
    again = read_openai_error(write_openai_error(RateLimitExceeded(detail=detail, retry_after=wait)), TARGET)
    assert again.detail == detail.strip()
    assert again.retry_after == pytest.approx(wait, abs=0.0006)
