"""Every form in which a server says how long to wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.rate_limit_headers import duration, retry_after, retry_after_headers
from pointsman.adapters.providers.row import DialectName
from pointsman.core.error import RateLimitExceeded
from pointsman.layers.endpoints import load_dialect

NOON = 1_445_428_800.0
"""Wed, 21 Oct 2015 12:00:00 GMT."""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "3600"}, 3600.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e300"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
        ({"retry-after-ms": "-1"}, 0.0),
    ],
)
def test_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12s", 12.0), ("12.5s", 12.5), ("0s", 0.0), ("12", None), ("s", None), ("", None), ("1m", None), ("nans", None)],
)
def test_protobuf_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@given(st.text(), st.text(), st.floats(0, 4e9))
def test_no_header_makes_it_raise_or_go_below_zero(seconds: str, milliseconds: str, at: float) -> None:
    wait = retry_after({"retry-after": seconds, "retry-after-ms": milliseconds}, at)
    assert wait is None or wait >= 0


@given(st.floats(0, 1e8))
def test_seconds_are_read_as_they_are_written(seconds: float) -> None:
    assert retry_after({"retry-after": repr(seconds)}, NOON) == seconds


DIALECTS = ("openai-chat", "openai-responses", "anthropic", "gemini", "ollama")


@pytest.mark.parametrize(
    ("seconds", "whole"), [(0.0, "0"), (0.001, "1"), (7.0, "7"), (89.984, "90"), (3600.0, "3600"), (-3.0, "0")]
)
@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_writes_whole_seconds_and_none_too_few(name: DialectName, seconds: float, whole: str) -> None:
    error = RateLimitExceeded(detail="slow down", retry_after=seconds)
    assert load_dialect(name).write_error(error).headers["retry-after"] == whole


@pytest.mark.parametrize("name", DIALECTS)
def test_no_dialect_asks_to_wait_where_nobody_said_so(name: DialectName) -> None:
    headers = load_dialect(name).write_error(RateLimitExceeded(detail="slow down")).headers
    assert not {"retry-after", "retry-after-ms"} & headers.keys()


@given(st.floats(0, 1e6))
def test_what_is_written_is_read_again_to_the_millisecond(seconds: float) -> None:
    wait = retry_after(retry_after_headers(seconds), NOON)
    assert wait is not None
    assert abs(wait - seconds) <= 0.0005 + 1e-9
