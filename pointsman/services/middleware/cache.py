"""Middleware: answers that were given before are given again, and equal questions at the same time are asked once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.canonical import cache_key
from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.verdict import judge
from pointsman.core.effect import is_failure, settle
from pointsman.core.error import ChatError, TimeoutError
from pointsman.core.money.cost import FREE
from pointsman.core.notice import CacheHit
from pointsman.core.schema.unfold import unfold
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.cache_store import CacheEntry, CacheStore
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.shared_leases import SharedLease
from pointsman.services.shared.lease_keeper import ALONE, LeaseKeeper
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.streams.opening import error_of
from pointsman.services.tasks.call_time import CallTime, time_of
from pointsman.services.tasks.off_loop import write_off_loop
from pointsman.services.tasks.waiting import wait_for

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25
"""Seconds between two looks whether another process has its answer."""
_LONGEST_WAIT = 60.0
"""Seconds for another process's answer, where the request says nothing: whoever asks there may fail, one by one."""


@attrs.define(eq=False)
class _Flight:
    """A call under way that others wait for."""

    outcome: ChatResponse | ChatError | None = None
    landed: anyio.Event | None = None
    """Made by the first who waits."""
    lease: SharedLease | None = None
    """That of all processes this one asks."""


@attrs.frozen
class Cached(ChatMiddleware):
    """A client that keeps the answers of `inner` in `store` for `ttl` seconds.

    The key is what the request asks, `scope` (which endpoints may answer it) and the tenant. Of equal requests at the
    same time the first is asked and the others wait for its whole answer, also where they stream. Errors are not kept,
    nor what `core.chat.verdict` takes for no answer: truncated, refused, empty, of another form than was asked for.
    When the store fails, `inner` is asked as if there were no cache, and the answer has a warning.
    """

    inner: Client
    store: CacheStore
    clock: Clock
    scope: Callable[[ChatRequest], str] = lambda request: request.model
    ttl: float = 3600.0
    publish: Publish = publish_nowhere
    leases: LeaseKeeper | None = None
    _flights: dict[str, _Flight] = attrs.field(factory=dict, repr=False, eq=False)

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`."""
        if request.options.cache == "off":
            return await self.inner.call(CHAT, request)
        time = time_of(request, self.clock)
        key, lost = await self._key(request), list[Warning]()
        known = await self._find_answer(key, request, lost, time)
        if known is not None:
            return _result(known)
        flight = self._take_off(key)
        try:
            elsewhere = await self._await_others(key, request, flight, lost, time) if self.leases is not None else None
            if elsewhere is not None:
                return Success(elsewhere)
            result = await self.inner.call(CHAT, time.share(request))
            if is_failure(result):
                flight.outcome = result.failure()
                return result
            response = flight.outcome = result.unwrap()
            await self._keep(key, request, response, lost)
            return Success(_warn(response, lost)) if lost else result
        finally:
            self._land(key, flight)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        if request.options.cache == "off":
            return await self.inner.open(request)
        time = time_of(request, self.clock)
        key, lost = await self._key(request), list[Warning]()
        known = await self._find_answer(key, request, lost, time)
        if known is not None:
            return EventStream.of(_replay(known))
        flight = self._take_off(key)

        async def finish(end: End | None) -> End | None:
            try:
                if isinstance(end, Done):
                    flight.outcome = end.response
                    await self._keep(key, request, end.response, lost)
                    return Done(_warn(end.response, lost))
                if end is not None:
                    flight.outcome = error_of(end)
            finally:
                self._land(key, flight)
            return end

        try:
            elsewhere = await self._await_others(key, request, flight, lost, time)
            if elsewhere is not None:
                self._land(key, flight)
                return EventStream.of(unfold(elsewhere))
            stream = await self.inner.open(time.share(request))
        except BaseException:
            self._land(key, flight)
            raise
        stream.on_end(finish)
        return stream

    def _key(self, request: ChatRequest) -> Awaitable[str]:
        return write_off_loop(request, partial(cache_key, request, self.scope(request), request.options.tenant))

    async def _find_answer(
        self, key: str, request: ChatRequest, lost: list[Warning], time: CallTime
    ) -> ChatResponse | ChatError | None:
        """The answer from the store or from a call under way, which may come too late; None: it is this one's turn."""
        if request.options.cache != "use":
            return None
        began = self.clock.monotonic()
        hit = await self._hit(key, began, lost, request.options.tenant)
        if hit is not None:
            return hit
        while (flight := self._flights.get(key)) is not None:
            flight.landed = flight.landed or anyio.Event()
            if not await wait_for(flight.landed, self.clock, time.rest):
                return time.late(request.model)
            outcome = flight.outcome
            if isinstance(outcome, ChatResponse):
                return self._mark_shared(outcome, 0.0, began, request.options.tenant)
            if outcome is not None and not isinstance(outcome, TimeoutError):
                return attrs.evolve(outcome, original=None)  # the vendor's headers on it are another client's
        return None

    async def _await_others(
        self, key: str, request: ChatRequest, flight: _Flight, lost: list[Warning], time: CallTime
    ) -> ChatResponse | None:
        """The answer that another process has got meanwhile; None: it is this one's turn to ask, in all of them.

        Who can ask nobody, or has waited as long as the request may take, asks the model by itself.
        """
        if self.leases is None or request.options.cache != "use" or self._flights.get(key) is not flight:
            return None
        began, pause = self.clock.monotonic(), _FIRST_PAUSE
        while (lease := await self.leases.acquire(f"answer:{key}")) is None:
            if time.is_up or self.clock.monotonic() - began >= _LONGEST_WAIT:
                return None
            await self.clock.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        flight.lease = lease
        if lease is ALONE:
            return None
        hit = await self._hit(key, began, lost, request.options.tenant)  # kept between our look and the lease
        flight.outcome = hit
        return hit

    async def _hit(self, key: str, began: float, lost: list[Warning], tenant: str) -> ChatResponse | None:
        now = self.clock.now()
        read = await settle(self.store.find(key, now))
        lost += give_up(read, _PART, self.publish)
        found = read.value_or(None)
        age = 0.0 if found is None else max(0.0, now - found.stored)
        return None if found is None else self._mark_shared(found.response, age, began, tenant)

    def _mark_shared(self, response: ChatResponse, age: float, began: float, tenant: str) -> ChatResponse:
        model, saved = f"{response.provider}/{response.model}", response.saved if response.is_cached else response.cost
        self.publish(CacheHit(model=model, age=age, saved=saved, tenant=tenant))
        return replace(
            response,
            cache="exact",
            cache_age=age,
            saved=saved,
            cost=FREE,
            latency_ms=(self.clock.monotonic() - began) * 1000,
            attempts=response.attempts[-1:],
            original=None,
        )

    async def _keep(self, key: str, request: ChatRequest, response: ChatResponse, lost: list[Warning]) -> None:
        if response.is_cached or not judge(response, request).is_kept:
            return
        now = self.clock.now()
        ttl = self.ttl if request.options.cache_ttl is None else request.options.cache_ttl
        if ttl > 0:
            plain = response if response.original is None else replace(response, original=None)
            entry = CacheEntry(plain, now, now + ttl)
            stored = await settle(self.store.keep(key, entry, now))
            if not lost:  # who could not be read is not blamed once more
                lost += give_up(stored, _PART, self.publish)

    def _take_off(self, key: str) -> _Flight:
        flight = _Flight()
        self._flights.setdefault(key, flight)
        return flight

    def _land(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.landed is not None:
            flight.landed.set()
        if flight.lease is not None and self.leases is not None:
            self.leases.release(flight.lease)


_PART = "the cache"


def _warn(response: ChatResponse, lost: list[Warning]) -> ChatResponse:
    return replace(response, warnings=(*response.warnings, *lost)) if lost else response


def _result(outcome: ChatResponse | ChatError) -> Result[ChatResponse, ChatError]:
    return Success(outcome) if isinstance(outcome, ChatResponse) else Failure(outcome)


def _replay(outcome: ChatResponse | ChatError) -> Iterator[StreamEvent]:
    return unfold(outcome) if isinstance(outcome, ChatResponse) else iter((Failed(outcome, ChatResponse()),))
