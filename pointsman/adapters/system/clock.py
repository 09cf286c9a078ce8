"""The real time, on asyncio and trio, and real randomness."""

from __future__ import annotations

import random
import time
import uuid
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

import anyio
import attrs


@attrs.frozen
class SystemClock:
    """The machine's clocks."""

    now = staticmethod(time.time)
    """Unix seconds."""
    monotonic = staticmethod(time.perf_counter)
    """Seconds from an arbitrary start. Not a method around it: a call asks for it some twenty times."""

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await anyio.sleep(max(0.0, seconds))

    def limit(self, seconds: float) -> _Limit:
        """As `anyio.move_on_after`."""
        return _Limit(seconds)

    def hold(self) -> AbstractContextManager[None]:
        """Nothing: real time waits for nobody."""
        return _NOTHING

    @property
    def passive(self) -> SystemClock:
        """The same."""
        return self


_NOTHING = nullcontext()


@attrs.define
class _Limit:
    """A scope of anyio's that can be entered where one that may have to wait is expected."""

    seconds: float
    _scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope, init=False)

    async def __aenter__(self) -> anyio.CancelScope:
        self._scope.deadline = anyio.current_time() + self.seconds
        return self._scope.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return bool(self._scope.__exit__(kind, raised, trace))


@attrs.frozen
class SystemRandom:
    """The process's random source; good for jitter and names, not for secrets."""

    def uniform(self) -> float:
        """At least 0, below 1."""
        return random.random()

    def new_id(self) -> str:
        """A random UUID in hexadecimal."""
        return uuid.uuid4().hex
