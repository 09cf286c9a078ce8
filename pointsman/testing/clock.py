"""A clock whose time is a number: it moves when every task waits, and then at once. Knows anyio and its two loops.

The sleeper whose time comes first waits until every other task of the event loop waits for something, and moves the
time to its own deadline: there is no task in the background, nothing to open and nothing to close. Sleepers wake one at
a time, in the order of their deadlines, and of those that are the same in the order in which they went to sleep.
"""

from __future__ import annotations

import asyncio
import heapq
import time as real_time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from itertools import count
from types import TracebackType
from weakref import WeakSet

import anyio
import anyio.lowlevel
import anyio.to_thread
import attrs

from pointsman.services.tasks.together import background_tasks

_MOST_SLEEPS = 10_000
_POLL = 0.001
"""Real seconds after which to look again whether what is held is done."""


@attrs.define(eq=False)
class _Sleeper:
    deadline: float
    order: int
    drives: bool
    event: anyio.Event = attrs.field(factory=anyio.Event)

    def __lt__(self, other: _Sleeper) -> bool:
        return (self.deadline, self.order) < (other.deadline, other.order)


@attrs.define(eq=False)
class VirtualClock:
    """A `Clock` that starts at `time`, in Unix seconds, and is the same for `now` and `monotonic`.

    It moves by itself when all tasks of the event loop wait; without `jumps` only by `advance` and `run_for`. While a
    thread of anyio's is at work, or inside `hold`, it stands, unless that takes longer in real seconds than the next
    deadline is away: so a thread that hangs is cut, too. A task that looks again and again without waiting, with
    `anyio.lowlevel.checkpoint()` alone, is at work, and keeps the time standing.
    """

    time: float = 1_000_000.0
    jumps: bool = True
    _sleeps: deque[float] = attrs.field(factory=lambda: deque(maxlen=_MOST_SLEEPS), init=False)
    _waiting: list[_Sleeper] = attrs.field(factory=list, init=False, repr=False)
    _order: Iterator[int] = attrs.field(factory=count, init=False, repr=False)
    _holds: int = attrs.field(default=0, init=False)
    _standing_since: float | None = attrs.field(default=None, init=False)
    _driven: bool = attrs.field(default=False, init=False)

    @property
    def sleeps(self) -> list[float]:
        """How long was slept, in seconds, in the order of the beginnings: the last 10,000, those of `passive` not."""
        return list(self._sleeps)

    def now(self) -> float:
        """The virtual Unix time."""
        return self.time

    def monotonic(self) -> float:
        """The same, as a monotonic clock."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """As `Clock.sleep`."""
        self._sleeps.append(seconds)
        await self._wait(seconds, drives=True)

    def limit(self, seconds: float) -> VirtualLimit:
        """As `Clock.limit`."""
        return VirtualLimit(self._limit(seconds))

    @asynccontextmanager
    async def _limit(self, seconds: float) -> AsyncIterator[anyio.CancelScope]:
        async with background_tasks() as group:
            with anyio.CancelScope() as scope:
                group.start_soon(self._cut, scope, seconds)
                yield scope

    async def _cut(self, scope: anyio.CancelScope, seconds: float) -> None:
        await self._wait(seconds, drives=True)
        scope.cancel()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """As `Clock.hold`."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    @property
    def passive(self) -> PassiveClock:
        """As `Clock.passive`: who sleeps on it wakes when the time passes, and does not move it."""
        return PassiveClock(self)

    def advance(self, seconds: float) -> None:
        """Let so much time have passed, at once, as for a machine that was suspended: all who are due wake in order."""
        self.time += seconds
        self._wake_next()

    async def run_for(self, seconds: float) -> None:
        """Let time pass: each who sleeps until then wakes in its time, and runs to its next wait."""
        end = self.time + seconds
        await all_waiting()
        while self._waiting and self._waiting[0].deadline <= end:
            self.time = max(self.time, self._waiting[0].deadline)
            self._waiting[0].event.set()
            await all_waiting()
        self.time = end

    async def _wait(self, seconds: float, *, drives: bool) -> None:
        if seconds <= 0:
            await anyio.lowlevel.checkpoint()
            return
        own = _Sleeper(self.time + seconds, next(self._order), drives)
        heapq.heappush(self._waiting, own)
        try:
            while own.deadline > self.time or self._waiting[0] is not own:
                if self.jumps and drives and not self._driven and not self._is_due():
                    await self._drive()
                else:
                    await own.event.wait()
                    own.event = anyio.Event()
        finally:
            self._waiting.remove(own)
            heapq.heapify(self._waiting)
            self._wake_next()

    async def _drive(self) -> None:
        """Wait until all wait; then move the time to the first in line, whoever that is by now, and wake it."""
        self._driven = True
        try:
            await all_waiting()
            ahead = self._waiting[0].deadline - self.time
            if self._must_stand(ahead):
                await anyio.sleep(_POLL)
            else:
                self.time += max(ahead, 0.0)
        finally:
            self._driven = False
        self._wake_next()

    def _must_stand(self, ahead: float) -> bool:
        """Whether something real is under way, and has been for less than the `ahead` seconds to the next deadline."""
        if not self._holds and not anyio.to_thread.current_default_thread_limiter().borrowed_tokens:
            self._standing_since = None
            return False
        now = real_time.monotonic()
        if self._standing_since is None:
            self._standing_since = now
        if now - self._standing_since < ahead:
            return True
        self._standing_since = now
        return False

    def _is_due(self) -> bool:
        return bool(self._waiting) and self._waiting[0].deadline <= self.time

    def _wake_next(self) -> None:
        """Wake the first in line if it is due; else somebody who may drive."""
        if self._is_due():
            self._waiting[0].event.set()
        elif self.jumps and not self._driven:
            driver = min((sleeper for sleeper in self._waiting if sleeper.drives), default=None)
            if driver is not None:
                driver.event.set()


@attrs.frozen
class PassiveClock:
    """The time of `clock` for work in the background."""

    clock: VirtualClock

    def now(self) -> float:
        """As the clock's."""
        return self.clock.time

    def monotonic(self) -> float:
        """As the clock's."""
        return self.clock.time

    async def sleep(self, seconds: float) -> None:
        """Wait until the time has passed; somebody else moves it."""
        await self.clock._wait(seconds, drives=False)

    def limit(self, seconds: float) -> VirtualLimit:
        """As the clock's."""
        return self.clock.limit(seconds)

    def hold(self) -> AbstractContextManager[None]:
        """As the clock's."""
        return self.clock.hold()

    @property
    def passive(self) -> PassiveClock:
        """The same."""
        return self


@attrs.frozen
class VirtualLimit:
    """A time limit on a virtual clock: a scope that may end before what is in it does."""

    _scope: AbstractAsyncContextManager[anyio.CancelScope]

    async def __aenter__(self) -> anyio.CancelScope:
        return await self._scope.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return bool(await self._scope.__aexit__(kind, raised, trace))


_LOOKING: WeakSet[asyncio.Task[object]] = WeakSet()
"""Tasks that wait for all others to wait: they do not wait for each other."""


async def all_waiting() -> None:
    """Return when every other task of this event loop waits for something, or waits here.

    On asyncio anyio's own way sleeps 0.1 real seconds whenever it finds somebody busy; two passes of the loop in which
    nobody is ready are enough.
    """
    this = _asyncio_task()
    if this is None:
        await anyio.wait_all_tasks_blocked()
        return
    _LOOKING.add(this)
    try:
        quiet = 0
        while quiet < 2:
            await asyncio.sleep(0)
            quiet = 0 if any(map(_is_busy, asyncio.all_tasks())) else quiet + 1
    finally:
        _LOOKING.discard(this)


def _asyncio_task() -> asyncio.Task[object] | None:
    """The task that runs, where that is one of asyncio's."""
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop of asyncio's runs in this thread
        return None


def _is_busy(task: asyncio.Task[object]) -> bool:
    waiter: asyncio.Future[object] | None = getattr(task, "_fut_waiter", None)
    return task not in _LOOKING and (waiter is None or waiter.done())


@attrs.define
class FixedRandom:
    """Always the same fraction; tokens are counted up."""

    value: float = 0.0
    count: int = 0

    def uniform(self) -> float:
        """The fixed fraction."""
        return self.value

    def new_id(self) -> str:
        """`token-1`, `token-2`, …"""
        self.count += 1
        return f"token-{self.count}"
