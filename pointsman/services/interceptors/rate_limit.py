"""Interceptor: keeps to rate limits, those that are set and those that the providers tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Never

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.metered import input_tokens
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import RateLimitExceeded
from pointsman.core.routing.rate import Limit
from pointsman.services.interceptors.interceptor import After, AnyRequest, Call
from pointsman.services.interceptors.rate_limit_queue import RateLimitQueue, Slot
from pointsman.services.ports.clock import Clock

if TYPE_CHECKING:
    from pointsman.services.interceptors.shared_limiter import SharedLimiter

_UNLIMITED = Limit()
_MOST_LANES = 1000
"""More than this are tidied up: a program that makes model names up must not fill the memory."""


@attrs.define
class RateLimiter:
    """A queue for each provider and each `provider/model`, with the limit that `limits` has for that name.

    Where there is no limit, the queue is there as soon as the provider tells one.

    A call that would wait longer than its limit's `max_wait`, or than its own timeout, fails at once with a
    `RateLimitExceeded` that says how long it would have been. Where a provider answers 429 with a time, calls until
    then fail at once too, of every tenant, unless its limit's `max_pause` lets them wait for so long: nobody waits
    mute for what he was not asked about.
    """

    limits: Mapping[str, Limit]
    clock: Clock
    shared: SharedLimiter | None = None
    """With other processes; None where this one is alone."""
    _lanes: dict[str, RateLimitQueue] = attrs.field(factory=dict, repr=False)
    _unlimited: Result[After | None, Never] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: Success(self._adopt), takes_self=True)
    )
    """Made once: every call that has no limit is let through so."""

    async def before(self, call: Call) -> Result[After | None, RateLimitExceeded]:
        """Through, when it is its turn."""
        names = [name for name in (call.provider, call.ref) if name in self._lanes or name in self.limits]
        if not names:
            return self._unlimited
        places = _Places(self)
        tokens = self._tokens(call.request, names)
        try:
            for name in names:
                lane = self.lane(name)
                taken = await lane.enter(tokens, call.request.options.tenant, self._patience(lane, call))
                if not isinstance(taken, Slot):
                    places.give_back()
                    return Failure(_too_busy(call, name, taken, paused=lane.is_paused))
                places.held.append((lane, taken))
        except BaseException:
            places.give_back()
            raise
        return Success(places.leave)

    def _adopt(self, call: Call) -> None:
        """What a provider tells of its limits in an answer, or by a refusal, holds for the next calls."""
        told = call.response.rate_limits if isinstance(call.response, ChatResponse) else None
        if told is not None:
            self.lane(call.ref).adopt_limits(told)
        elif isinstance(call.error, RateLimitExceeded) and call.error.retry_after and not call.error.local:
            self.lane(call.ref).pause(call.error.retry_after)

    def lane(self, name: str) -> RateLimitQueue:
        """The queue before `name`."""
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes = {name: lane for name, lane in self._lanes.items() if not lane.idle or name in self.limits}
            lane = self._lanes[name] = RateLimitQueue(self._limit(name), self.clock, name, self.shared)
        return lane

    def _limit(self, name: str) -> Limit:
        """The limit that is set for `name`; a model without one pauses as its provider does."""
        if name in self.limits:
            return self.limits[name]
        provider = self.limits.get(name.partition("/")[0], _UNLIMITED)
        return Limit(max_pause=provider.max_pause)

    def _patience(self, lane: RateLimitQueue, call: Call) -> float:
        return min(lane.limit.max_wait, call.request.timeout or lane.limit.max_wait)

    def _tokens(self, request: AnyRequest, names: Sequence[str]) -> int:
        """What the call should use, where anybody counts."""
        for name in names:
            if self.limits.get(name, _UNLIMITED).tokens_per_minute is not None:
                most = request.max_tokens if isinstance(request, (ChatRequest, CompletionRequest)) else None
                return input_tokens(request) + (most or 0)
        return 0


@attrs.define
class _Places:
    limiter: RateLimiter
    held: list[tuple[RateLimitQueue, Slot]] = attrs.field(factory=list)

    def give_back(self, tokens: int | None = None) -> None:
        for lane, taken in self.held:
            lane.leave(taken, tokens)

    def leave(self, call: Call) -> None:
        self.limiter._adopt(call)
        self.give_back(call.response.usage.total if call.response is not None else None)


def _too_busy(call: Call, name: str, seconds: float, *, paused: bool) -> RateLimitExceeded:
    why = "has asked for a pause, which lasts" if paused else "has a rate limit that leaves no room for"
    return RateLimitExceeded(
        detail=f"{name} {why} {seconds:.1f} s",
        provider=call.provider,
        model=call.model or None,
        retry_after=round(seconds, 3),
        local=True,
    )
