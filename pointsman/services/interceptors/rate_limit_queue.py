"""Fair queue before a rate limit: round-robin between tenants, first in, first out within one."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

import anyio
import attrs

from pointsman.core.routing.rate import Limit, RateLimits, Use, Window
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.waiting import wait_for

if TYPE_CHECKING:
    from pointsman.services.interceptors.shared_limiter import SharedLimiter, SharedSlot

_NO_LIMIT = float("inf")


@attrs.define(eq=False)
class _Waiter:
    tenant: str
    first: anyio.Event = attrs.field(factory=anyio.Event)


@attrs.define
class Slot:
    """A place in the lane, until it is left."""

    requests: Use | None
    tokens: Use | None
    shared: SharedSlot | None = None


@attrs.define
class RateLimitQueue:
    """Lets calls through at the pace of `limit`: of this process, or with `shared` of all together.

    Fairness is this process's own either way, as are the pauses that the provider asks for.
    """

    limit: Limit
    clock: Clock
    name: str = ""
    shared: SharedLimiter | None = None
    busy: int = 0
    _paused_until: float = 0.0
    _requests: Window = attrs.field(init=False)
    _tokens: Window = attrs.field(init=False)
    _queues: OrderedDict[str, deque[_Waiter]] = attrs.field(factory=OrderedDict, repr=False)
    _freed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    def __attrs_post_init__(self) -> None:
        self._requests = Window(self.limit.requests_per_minute or _NO_LIMIT)
        self._tokens = Window(self.limit.tokens_per_minute or _NO_LIMIT)

    @property
    def idle(self) -> bool:
        """Whether nobody is in it or waits for it."""
        return not self.busy and not self._queues

    @property
    def is_paused(self) -> bool:
        """Whether the provider has asked for a pause that nobody is to wait for."""
        return self._pause(self.clock.monotonic()) > 0

    async def enter(self, tokens: int, tenant: str, seconds: float) -> Slot | float:
        """A place after a wait of at most `seconds`; or in how many seconds there may be one."""
        now = self.clock.monotonic()
        if pause := self._pause(now):
            return pause
        if not self._queues:
            taken = self._try_here(tokens, now) if self.shared is None else await self._try(tokens, now)
            if isinstance(taken, Slot):
                return taken
        waiter = _Waiter(tenant)
        self._queues.setdefault(tenant, deque()).append(waiter)
        try:
            return await self._wait_in_queue(waiter, tokens, now + seconds)
        finally:
            self._dismiss(waiter)

    def leave(self, taken: Slot, tokens: int | None) -> None:
        """A call has ended; `tokens` is what it really used, where that is known."""
        self.busy -= 1
        if tokens is not None and taken.tokens is not None:
            self._tokens.correct(taken.tokens, tokens, self.clock.monotonic())
        if taken.shared is not None and self.shared is not None:
            self.shared.leave(taken.shared, tokens)
        self._wake()

    def adopt_limits(self, limits: RateLimits) -> None:
        """The provider's own limits, from its headers. Calls hold back a moment, and then the provider says itself."""
        now, most = self.clock.monotonic(), self.limit.max_pause
        self._requests.adopt_limits(limits.requests_left, _at_most(limits.requests_reset, most), now)
        self._tokens.adopt_limits(limits.tokens_left, _at_most(limits.tokens_reset, most), now)

    def pause(self, seconds: float) -> None:
        """The provider has asked for a pause; those who wait are told too."""
        now = self.clock.monotonic()
        self._requests.pause(seconds, now)
        self._paused_until = max(self._paused_until, now + seconds)
        self._wake()

    def _pause(self, now: float) -> float:
        """What is left of the provider's pause, where that is more than may be waited for; else 0."""
        left = self._paused_until - now
        return left if left > self.limit.max_pause else 0.0

    async def _wait_in_queue(self, waiter: _Waiter, tokens: int, deadline: float) -> Slot | float:
        while True:
            now = self.clock.monotonic()
            if pause := self._pause(now):
                return pause
            if self._head() is not waiter:
                if now >= deadline:
                    return max(1.0, self._delay(tokens, now))
                await wait_for(waiter.first, self.clock, deadline - now)
                continue
            delay = await self._try(tokens, now)
            if isinstance(delay, Slot):
                return delay
            if now + delay > deadline or now >= deadline:
                return max(delay, 0.1)
            self._freed = anyio.Event()
            await wait_for(self._freed, self.clock, delay or deadline - now)

    def _delay(self, tokens: int, now: float) -> float:
        return max(self._requests.wait(1, now), self._tokens.wait(tokens, now))

    def _room(self) -> bool:
        return self.limit.concurrent is None or self.busy < self.limit.concurrent

    async def _try(self, tokens: int, now: float) -> Slot | float:
        """A place at once, or in how many seconds there may be one: 0 where a call has to end first."""
        if self.shared is None or self.limit.is_open:
            return self._try_here(tokens, now)
        delay = self._delay(tokens, now)
        if delay or not self._room():
            return delay
        taken = await self.shared.take(self.name, self.limit, tokens)
        if isinstance(taken, (int, float)):
            return taken
        self.busy += 1
        return Slot(None, None, taken)

    def _try_here(self, tokens: int, now: float) -> Slot | float:
        """As `_try`, of this process alone."""
        delay = self._delay(tokens, now)
        if delay or not self._room():
            return delay
        self.busy += 1
        return Slot(
            None if self.limit.requests_per_minute is None else self._requests.use(1, now),
            None if self.limit.tokens_per_minute is None else self._tokens.use(tokens, now),
        )

    def _head(self) -> _Waiter | None:
        return next(iter(self._queues.values()))[0] if self._queues else None

    def _dismiss(self, waiter: _Waiter) -> None:
        """Out of the queue; the next tenant's turn if it was this one's."""
        queue = self._queues[waiter.tenant]
        was_head = self._head() is waiter
        queue.remove(waiter)
        if not queue:
            del self._queues[waiter.tenant]
        elif was_head:
            self._queues.move_to_end(waiter.tenant)
        self._wake()

    def _wake(self) -> None:
        head = self._head()
        if head is not None:  # who waits stands in a queue
            self._freed.set()
            head.first.set()


def _at_most(seconds: float | None, most: float) -> float | None:
    return None if seconds is None else min(seconds, most)
