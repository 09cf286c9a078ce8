"""Rate limits: how many requests and tokens in any minute, and how many calls at once. Times are monotonic seconds."""

from __future__ import annotations

from collections import deque

import attrs

MINUTE = 60.0


@attrs.frozen(kw_only=True)
class Limit:
    """The limits of one provider or model; None is no limit."""

    requests_per_minute: int | None = None
    """In any window of a minute."""
    tokens_per_minute: int | None = None
    """In any window of a minute, as estimated before and corrected after."""
    concurrent: int | None = None
    """Calls at once."""
    max_wait: float = 60.0
    """The most seconds that a call queues for these limits."""
    max_pause: float = 1.0
    """The most seconds that it waits because the provider has asked for a pause (a 429 with a time). A longer pause is
    told at once, with what is left of it."""

    @property
    def is_open(self) -> bool:
        """Whether it limits nothing."""
        return self.requests_per_minute is None and self.tokens_per_minute is None and self.concurrent is None


@attrs.frozen
class RateLimits:
    """What a provider's headers tell of its own limits: what is left, and in how many seconds it is whole again."""

    requests_left: int | None = None
    requests_reset: float | None = None
    tokens_left: int | None = None
    tokens_reset: float | None = None


@attrs.define
class Use:
    """So much, used at that time; it may turn out to have been more or less."""

    time: float
    amount: float


@attrs.define
class Window:
    """How much was used in the last minute, exactly: every use is kept until it is a minute old."""

    most: float
    used: float = 0.0
    _uses: deque[Use] = attrs.field(factory=deque, repr=False)
    _shut_until: float = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` more may be used. More than there ever is waits for an empty minute."""
        self._forget(now)
        shut = self._shut_until - now if self._shut_until > now else 0.0
        over = self.used + (amount if amount < self.most else self.most) - self.most
        if over <= 1e-9:
            return shut
        for use in self._uses:
            over -= use.amount
            if over <= 1e-9:
                return max(shut, use.time + MINUTE - now)
        return max(shut, MINUTE)

    def use(self, amount: float, now: float) -> Use:
        """Note a use."""
        self._forget(now)
        noted = Use(now, amount)
        self._uses.append(noted)
        self.used += amount
        return noted

    def correct(self, use: Use, amount: float, now: float) -> None:
        """What was noted as `use` has turned out to be `amount`."""
        self._forget(now)
        if use.time + MINUTE > now:
            self.used += amount - use.amount
        use.amount = amount

    def adopt_limits(self, left: int | None, reset: float | None, now: float) -> None:
        """The provider says what is left; at nothing the window is shut until it is whole again."""
        if left is not None and left <= 0 and reset is not None:
            self.pause(min(reset, MINUTE), now)

    def pause(self, seconds: float, now: float) -> None:
        """Nothing may be used for so long."""
        self._shut_until = max(self._shut_until, now + seconds)

    def _forget(self, now: float) -> None:
        uses = self._uses
        while uses and uses[0].time + MINUTE <= now:
            self.used -= uses.popleft().amount
        if not uses:
            self.used = 0.0
