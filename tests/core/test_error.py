"""What an error says, and which error of an exhausted fallback decides what is to be done."""

from __future__ import annotations

import pytest

from pointsman.adapters.cli.exit_codes import exit_code
from pointsman.adapters.web.envelope import status_of, view_of
from pointsman.core.error import (
    Attempt,
    AuthenticationFailed,
    BudgetExceeded,
    ChatError,
    ConfigurationError,
    ContentFiltered,
    ContextTooLarge,
    FallbackExhausted,
    ModelNotFound,
    ModelUnavailable,
    NetworkError,
    QuotaExhausted,
    RateLimitExceeded,
    cause_of,
    other_failures,
)

DOWN = ModelUnavailable(detail="overloaded", provider="a", model="m")
LONG = ContextTooLarge(detail="too long", provider="b", model="n")
KEY = AuthenticationFailed(detail="wrong key", provider="c", model="o")


def exhausted(*errors: ChatError) -> FallbackExhausted:
    """The failure of as many tries as there are errors."""
    return FallbackExhausted(attempts=tuple(Attempt(e.provider or "", e.model or "", 1.0, e) for e in errors))


@pytest.mark.parametrize(
    ("errors", "cause"),
    [
        ((LONG, ContextTooLarge(detail="second")), LONG),
        ((DOWN, LONG, NetworkError()), LONG),
        ((LONG, ContentFiltered(detail="later"), DOWN), ContentFiltered(detail="later")),
        ((DOWN, KEY), DOWN),
        ((KEY, DOWN, NetworkError(detail="gone"), ModelNotFound()), NetworkError(detail="gone")),
        ((KEY, QuotaExhausted(detail="empty")), QuotaExhausted(detail="empty")),
        ((RateLimitExceeded(retry_after=60.0), RateLimitExceeded(retry_after=2.0)), RateLimitExceeded(retry_after=2.0)),
        ((RateLimitExceeded(detail="a"), RateLimitExceeded(detail="b")), RateLimitExceeded(detail="a")),
    ],
)
def test_the_cause_is_what_can_be_acted_on(errors: tuple[ChatError, ...], cause: ChatError) -> None:
    assert exhausted(*errors).cause == cause


def test_a_fallback_inside_a_fallback_tells_its_own_cause() -> None:
    assert cause_of(exhausted(exhausted(DOWN, LONG), KEY)).tag == "ContextTooLarge"


def test_without_attempts_there_is_no_cause() -> None:
    nothing = FallbackExhausted()
    assert nothing.cause is None
    assert cause_of(nothing) is nothing
    assert "See the attempts" in str(nothing)


def test_any_other_error_is_its_own_cause() -> None:
    assert cause_of(DOWN) is DOWN
    assert other_failures(DOWN) == ""


def test_the_cause_names_those_that_failed_beside_it_once_each() -> None:
    cause = cause_of(exhausted(DOWN, DOWN, LONG, KEY))
    assert cause.tag == "ContextTooLarge"
    assert other_failures(cause) == " (also failed: a/m: model unavailable; c/o: authentication failed)"


def test_the_api_and_the_command_line_tell_the_cause() -> None:
    error = exhausted(DOWN, LONG)
    view = view_of(error)
    assert (status_of(error), exit_code(error), view.tag) == (status_of(LONG), exit_code(LONG), "ContextTooLarge")
    assert "a/m: model unavailable" in view.message
    assert LONG.advice in str(error)


def test_the_status_of_our_own_refusal_is_kept() -> None:
    refused = BudgetExceeded(detail="spent", budget="b", status=402, local=True)
    assert status_of(exhausted(refused, refused)) == 402


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("the key is wrong", "the key is wrong. Correct the settings and start again."),
        ("the key is wrong.", "the key is wrong. Correct the settings and start again."),
        ("was it pasted whole?", "was it pasted whole? Correct the settings and start again."),
    ],
)
def test_a_sentence_ends_once(detail: str, said: str) -> None:
    assert str(ConfigurationError(detail=detail)) == said
