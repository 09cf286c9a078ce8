"""A message for each row of `error_table.TEXTS`, and the order in which codes, texts and statuses decide.

The messages follow documentation and issue threads, some from memory; none was recorded from a live provider.
"""

from __future__ import annotations

import re

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.error_table import (
    GENERIC_CODES,
    SPECIFIC_CODES,
    STATUSES,
    TEXTS,
    Kind,
    Report,
    classify,
)
from pointsman.core.error import ContextTooLarge

TARGET = Target("acme", "some-model")
TAGS: dict[Kind, str] = {
    "unavailable": "ModelUnavailable",
    "rate": "RateLimitExceeded",
    "quota": "QuotaExhausted",
    "invalid": "InvalidRequest",
    "auth": "AuthenticationFailed",
    "context": "ContextTooLarge",
    "missing": "ModelNotFound",
    "filtered": "ContentFiltered",
    "unsupported": "UnsupportedFeature",
    "response": "InvalidResponse",
}
NONE = (None, None)

RECORDED: list[tuple[str, Kind, tuple[int | None, int | None]]] = [
    ("prompt is too long: 204321 tokens > 200000 maximum", "context", (204321, 200000)),
    ("Prompt is too long", "context", NONE),
    (
        "The input token count (1048999) exceeds the maximum number of tokens allowed (1048576).",
        "context",
        (1048999, 1048576),
    ),
    (
        "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (9000 in the "
        "messages, 1000 in the completion). Please reduce the length of the messages or completion.",
        "context",
        (10000, 8192),
    ),
    ("This model's maximum context length is 32768 tokens. Please shorten the input.", "context", (None, 32768)),
    (
        "Prompt contains 140000 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
        "context",
        (140000, 131072),
    ),
    (
        "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
        "context",
        (200000, 131072),
    ),
    (
        "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 289650 tokens. "
        "Please reduce the length of the messages.",
        "context",
        (289650, 272000),
    ),
    ("Input length (265330) exceeds model's maximum context length (262144).", "context", (265330, 262144)),
    (
        "Trying to keep the first 6120 tokens when context the overflows. However, the model is loaded with "
        "context length of only 4096 tokens, which is not enough.",
        "context",
        (6120, 4096),
    ),
    ("Reached context length of 4096 tokens with this model, but it does not support more.", "context", (None, 4096)),
    (
        "model's maximum context length of 180000 tokens. You requested a total of 198038 tokens.",
        "context",
        (198038, 180000),
    ),
    ("Your input exceeds the context window of this model. Please adjust your input and try again.", "context", NONE),
    ("the request exceeds the available context size. try increasing the context size", "context", NONE),
    ("Input tokens exceed the configured limit", "context", NONE),
    ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", "context", NONE),
    ("Please reduce the length of the messages or completion.", "context", NONE),
    ("The input is longer than the model's context length.", "context", NONE),
    ("You have reached your specified API usage limits. You will regain access on 2026-09-01.", "quota", NONE),
    ("Your credit balance is too low to access the Anthropic API.", "quota", NONE),
    ("Insufficient Balance", "quota", NONE),
    ("You exceeded your current quota, please check your plan and billing details.", "quota", NONE),
    ("API key not valid. Please pass a valid API key.", "auth", NONE),
    ('model "llama9" not found, try pulling it first', "missing", NONE),
    ("healer-alpha is not a valid model ID", "missing", NONE),
    ("Unexpected endpoint or method. (POST /v1/foo)", "missing", NONE),
    ("registry.ollama.ai/library/gemma:2b does not support tools", "unsupported", NONE),
    ("image input is not supported - hint: you may need to provide the mmproj", "unsupported", NONE),
]


def _row(message: str) -> int:
    """The number of the row that decides on `message`: the first that fits."""
    return next(at for at, (pattern, _) in enumerate(TEXTS) if re.search(pattern, message, re.IGNORECASE | re.DOTALL))


@pytest.mark.parametrize(("message", "kind", "numbers"), RECORDED, ids=[message[:40] for message, _, _ in RECORDED])
def test_recorded_messages(message: str, kind: Kind, numbers: tuple[int | None, int | None]) -> None:
    error = classify(Report(status=400, message=message), TARGET)
    assert error.tag == TAGS[kind]
    assert error.detail == message
    if isinstance(error, ContextTooLarge):
        assert (error.token_count, error.limit) == numbers


def test_every_row_of_texts_has_a_recorded_message() -> None:
    assert {_row(message) for message, _, _ in RECORDED} == set(range(len(TEXTS)))


def test_a_server_that_failed_because_it_cannot_is_not_asked_again() -> None:
    """llama.cpp says so of a picture that its model does not see."""
    report = Report(status=500, codes=("server_error",), message="image input is not supported - hint: …")
    assert classify(report, TARGET).tag == "UnsupportedFeature"


@pytest.mark.parametrize(("code", "kind"), SPECIFIC_CODES.items())
def test_specific_codes_decide_over_the_status(code: str, kind: Kind) -> None:
    assert classify(Report(status=418, codes=(code,), message="words"), TARGET).tag == TAGS[kind]


@pytest.mark.parametrize("status", [200, 400, 413, 422])
@pytest.mark.parametrize(("code", "kind"), GENERIC_CODES.items())
def test_generic_codes_decide_where_the_status_says_no_more(code: str, kind: Kind, status: int) -> None:
    assert classify(Report(status=status, codes=(code,), message="words"), TARGET).tag == TAGS[kind]


@pytest.mark.parametrize("code", GENERIC_CODES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "auth"),
        (402, "quota"),
        (403, "auth"),
        (404, "missing"),
        (429, "rate"),
        (500, "unavailable"),
        (503, "unavailable"),
        (529, "unavailable"),
    ],
)
def test_the_status_decides_over_a_generic_code(code: str, status: int, kind: Kind) -> None:
    assert classify(Report(status=status, codes=(code,), message="words"), TARGET).tag == TAGS[kind]


@pytest.mark.parametrize("code", [code for code, kind in SPECIFIC_CODES.items() if kind == "unavailable"])
@pytest.mark.parametrize(
    ("status", "kind"), [(401, "auth"), (402, "quota"), (403, "auth"), (404, "missing"), (429, "rate")]
)
def test_the_status_decides_over_a_code_that_only_says_that_it_failed(code: str, status: int, kind: Kind) -> None:
    assert classify(Report(status=status, codes=(code,), message="words"), TARGET).tag == TAGS[kind]


def test_a_specific_code_decides_over_the_text_and_the_text_over_a_generic_code() -> None:
    report = Report(status=400, codes=("invalid_request_error", "insufficient_quota"), message="prompt is too long")
    assert classify(report, TARGET).tag == "QuotaExhausted"
    assert classify(attrs.evolve(report, codes=("invalid_request_error",)), TARGET).tag == "ContextTooLarge"
    assert classify(attrs.evolve(report, codes=("not_found_error",), message="?"), TARGET).tag == "ModelNotFound"


@pytest.mark.parametrize("status", [401, 403])
def test_text_never_turns_a_rejected_key_into_something_else(status: int) -> None:
    report = Report(status=status, message="prompt is too long")
    assert classify(report, TARGET).tag == "AuthenticationFailed"


@pytest.mark.parametrize(
    ("status", "kind"), [*STATUSES.items(), (302, "response"), (418, "invalid"), (529, "unavailable")]
)
def test_the_status_decides_last(status: int, kind: Kind) -> None:
    error = classify(Report(status=status), TARGET)
    assert error.tag == TAGS[kind]
    assert error.detail == f"HTTP status {status} without a message"


def test_numbers_given_apart_win_over_those_in_the_text() -> None:
    report = Report(status=400, message="prompt is too long: 9 tokens > 8 maximum", token_count=90, limit=80)
    error = classify(report, TARGET)
    assert isinstance(error, ContextTooLarge)
    assert (error.token_count, error.limit) == (90, 80)


@given(st.integers(100, 999), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=2000))
def test_every_report_is_some_error(status: int, codes: list[str], message: str) -> None:
    error = classify(Report(status=status, codes=tuple(codes), message=message, retry_after=3.0), TARGET)
    assert error.tag in TAGS.values()
    assert 0 < len(error.detail) <= 500
    assert error.status == status
