"""When to try again, as a pure decision: exponential delays with jitter, and what the server asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs

from pointsman.core.error import LLMError


@attrs.frozen
class Backoff:
    """How often and how patiently to retry.

    `max_retries` tries follow the first. The delay before retry n (from 0) is `base_delay` · `exponential_base`^n
    seconds, at most `max_delay`, less up to `jitter` of itself by random. A server's own `retry_after` is kept to
    when it is longer; above `retry_after_cap` seconds the call fails at once with the error that says so. `kinds`
    says by the tag of an error how often that one is retried, in place of `max_retries`; what no retry can cure is
    never retried. A request that went out and was not answered may have been served and be charged: it is sent
    again only with `resend_unanswered`.
    """

    max_retries: int = 2
    base_delay: float = 0.5
    exponential_base: float = 2.0
    max_delay: float = 8.0
    jitter: float = 0.25
    retry_after_cap: float = 60.0
    kinds: Mapping[str, int] = attrs.field(factory=dict)
    resend_unanswered: bool = False


def delay_before_retry(policy: Backoff, retry: int, error: LLMError, random: float) -> float | None:
    """Seconds to wait before retry number `retry` (from 0), or None to give up. `random` is 0 to 1."""
    if retry >= policy.kinds.get(error.tag, policy.max_retries) or not error.retryable or error.local:
        return None
    if error.sent and not policy.resend_unanswered:
        return None
    asked = error.retry_after or 0.0
    if asked > policy.retry_after_cap:
        return None
    growing = policy.base_delay * policy.exponential_base ** min(retry, 60)
    return max(asked, min(policy.max_delay, growing) * (1 - policy.jitter * random))


def whole_seconds(seconds: float) -> int:
    """`seconds` as HTTP's `retry-after` can carry them: whole, and none too few."""
    return math.ceil(max(0.0, seconds))
