"""A fallback that is exhausted is told by its cause, in every dialect: what a client does next depends on it."""

from __future__ import annotations

import orjson
import pytest

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect, Target
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.error import (
    Attempt,
    AuthenticationFailed,
    ChatError,
    ContentFiltered,
    ContextTooLarge,
    FallbackExhausted,
    ModelUnavailable,
    QuotaExhausted,
    RateLimitExceeded,
    UnsupportedFeature,
)

ALL = pytest.mark.parametrize(
    "dialect", [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA], ids=lambda dialect: str(dialect.name)
)
TARGET = Target("gateway", "m")
LONG = ContextTooLarge(detail="maximum context length is 8192 tokens", limit=8192, token_count=9000)


def exhausted(*errors: ChatError) -> FallbackExhausted:
    """The failure of as many models as there are errors."""
    attempts = (Attempt(f"p{number}", f"m{number}", 1.0, error) for number, error in enumerate(errors))
    return FallbackExhausted(attempts=tuple(attempts), detail="every model failed")


@ALL
@pytest.mark.parametrize(
    "error",
    [
        LONG,
        AuthenticationFailed(detail="the key is wrong"),
        QuotaExhausted(detail="insufficient credits"),
        ContentFiltered(detail="not that"),
        UnsupportedFeature(detail="no such schema", feature="schema"),
        RateLimitExceeded(detail="slow down", retry_after=3.0),
    ],
    ids=lambda error: str(error.tag),
)
def test_where_all_failed_in_one_way_that_is_what_is_told(dialect: Dialect, error: ChatError) -> None:
    alone, reply = dialect.write_error(error), dialect.write_error(exhausted(error, error))
    assert (reply.status, reply.headers) == (alone.status, alone.headers)
    assert dialect.read_error(reply, TARGET).tag == dialect.read_error(alone, TARGET).tag


@ALL
def test_an_overflow_is_told_before_an_outage_that_came_after_it_and_the_outage_beside_it(dialect: Dialect) -> None:
    reply = dialect.write_error(exhausted(LONG, ModelUnavailable(detail="overloaded")))
    assert reply.status == 400
    assert dialect.read_error(reply, TARGET).tag == "ContextTooLarge"
    assert b"p1/m1: model unavailable" in reply.body


def test_claude_code_reads_an_overflow_by_its_first_words() -> None:
    told = orjson.loads(ANTHROPIC.write_error(exhausted(LONG, LONG)).body)["error"]["message"]
    assert told.startswith("prompt is too long: 9000 tokens > 8192 maximum")


def test_openais_clients_read_an_overflow_by_its_code() -> None:
    told = orjson.loads(OPENAI_CHAT.write_error(exhausted(LONG, LONG)).body)["error"]
    assert (told["code"], told["type"]) == ("context_length_exceeded", "invalid_request_error")


@ALL
def test_an_outage_is_told_before_a_refused_key_that_no_client_can_mend(dialect: Dialect) -> None:
    down = ModelUnavailable(detail="overloaded")
    refused = AuthenticationFailed(detail="the key is wrong")
    assert dialect.write_error(exhausted(down, refused)).status == dialect.write_error(down).status


@ALL
def test_an_error_that_stands_alone_names_nobody_else(dialect: Dialect) -> None:
    again = ModelUnavailable(
        detail="overloaded", provider="p", model="m", attempts=(Attempt("p", "m", 1.0, ModelUnavailable()),) * 2
    )
    assert b"also failed" not in dialect.write_error(again).body
