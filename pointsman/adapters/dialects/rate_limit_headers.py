"""What headers tell of rate limits and of how long to wait, in every form. Pure: the time of arrival is given.

OpenAI and those like it: `x-ratelimit-remaining-requests`, `x-ratelimit-reset-requests: 6m0s`, likewise for tokens
(https://platform.openai.com/docs/guides/rate-limits). Anthropic: `anthropic-ratelimit-requests-remaining`,
`anthropic-ratelimit-requests-reset: <RFC 3339 time>` (https://platform.claude.com/docs/en/api/rate-limits).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pointsman.core.routing.backoff import whole_seconds
from pointsman.core.routing.rate import RateLimits

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def rate_limits(headers: Iterable[tuple[bytes, bytes]], at: float) -> RateLimits | None:
    """The limits in `headers`, whose names are in any case, received at the Unix time `at`; None if they tell none."""
    found = {
        name.lower().decode("latin-1"): value.decode("latin-1")
        for name, value in headers
        if b"ratelimit-" in name.lower()
    }
    if not found:
        return None
    limits = RateLimits(
        requests_left=_count(found, "x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining"),
        requests_reset=_seconds(found, at, "x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset"),
        tokens_left=_count(found, "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining"),
        tokens_reset=_seconds(found, at, "x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset"),
    )
    return None if limits == RateLimits() else limits


def _count(headers: dict[str, str], *names: str) -> int | None:
    for name in names:
        text = headers.get(name, "").strip()
        if re.fullmatch(r"-?\d{1,15}", text):
            return max(0, int(text))
    return None


def _seconds(headers: dict[str, str], at: float, *names: str) -> float | None:
    for name in names:
        text = headers.get(name, "").strip()
        if text:
            return _duration(text, at)
    return None


def _duration(text: str, at: float) -> float | None:
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        return float(text)
    if re.fullmatch(rf"(?:{_PIECE.pattern}){{1,5}}", text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PIECE.findall(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - at)


def retry_after(headers: Mapping[str, str], at: float) -> float | None:
    """Seconds to wait by `retry-after-ms`, or `retry-after` in seconds or as an HTTP date; None if not said.

    `headers` are lower-case, `at` is Unix seconds. A negative or past time is 0. Order as the OpenAI SDK reads them.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    raw = headers.get("retry-after")
    seconds = _number(raw)
    if seconds is not None:
        return max(0.0, seconds)
    return _until(raw, at)


def retry_after_headers(seconds: float | None) -> dict[str, str]:
    """The headers that ask to wait for `seconds`: whole ones, as HTTP has it, and milliseconds, as SDKs read them."""
    if seconds is None:
        return {}
    return {"retry-after-ms": f"{max(0.0, seconds) * 1000:.0f}", "retry-after": str(whole_seconds(seconds))}


def duration(text: str) -> float | None:
    """Seconds in a protobuf duration such as `12.5s` (Gemini's RetryInfo); None if it is none."""
    return _number(text[:-1]) if text.endswith("s") else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e9 else None


def _until(text: str | None, at: float) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - at) if text else None
    except (TypeError, ValueError, OverflowError):
        return None
