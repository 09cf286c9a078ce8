"""How long a server asks to wait, in every form one can say it, and as we say it. Pure: the time is given."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from pointsman.core.routing.backoff import whole_seconds


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
