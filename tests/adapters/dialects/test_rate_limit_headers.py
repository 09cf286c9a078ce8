"""Rate-limit headers, as the providers document them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.rate_limit_headers import rate_limits
from pointsman.core.routing.rate import RateLimits

NOW = 1_763_700_000.0


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, None),
        ({"content-type": "text/plain"}, None),
        ({"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s"}, RateLimits(59, 1.0)),
        (
            {"X-RateLimit-Remaining-Tokens": "149984", "x-ratelimit-reset-tokens": "6m0s"},
            RateLimits(None, None, 149984, 360),
        ),
        ({"x-ratelimit-reset-requests": "1h2m3.5s"}, RateLimits(None, 3723.5)),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms"}, RateLimits(0, 0.12)),
        ({"x-ratelimit-remaining-requests": "many"}, None),
        (
            {
                "anthropic-ratelimit-requests-remaining": "3",
                "anthropic-ratelimit-requests-reset": "2025-11-21T04:41:00Z",
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2020-01-01T00:00:00Z",
            },
            RateLimits(3, 60.0, 0, 0.0),
        ),
    ],
)
def test_limits_are_read(headers: dict[str, str], found: RateLimits | None) -> None:
    assert rate_limits([(n.encode(), v.encode()) for n, v in headers.items()], NOW) == found


@given(
    st.lists(st.tuples(st.sampled_from([b"x-ratelimit-reset-requests", b"x-ratelimit-remaining-tokens"]), st.binary()))
)
def test_no_header_can_make_it_fail(headers: list[tuple[bytes, bytes]]) -> None:
    found = rate_limits(headers, NOW)
    assert found is None or found != RateLimits()
