"""Ports: the time, and chance: what makes one call differ from the next."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import anyio

if TYPE_CHECKING:
    from typing import TypeAlias

    TimeLimit: TypeAlias = AbstractAsyncContextManager[anyio.CancelScope, bool]
    """What may cut short what is inside."""


class Clock(Protocol):
    """Where time comes from, so that tests never sleep: all waits and time limits of services go through it."""

    def now(self) -> float:
        """The wall clock, in Unix seconds."""
        ...

    def monotonic(self) -> float:
        """A clock that only goes forward, in seconds from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; at once, but not without a checkpoint, where `seconds` is not above 0. Cancellation passes through."""
        ...

    def limit(self, seconds: float) -> TimeLimit:
        """Cancel what is inside after `seconds`; the scope's `cancelled_caught` says afterwards whether it was."""
        ...

    def hold(self) -> AbstractContextManager[None]:
        """Inside, something real is under way that the event loop cannot see, as a socket: a virtual time waits for it.

        Threads of anyio's need no holding. In real time it does nothing.
        """
        ...

    @property
    def passive(self) -> Clock:
        """The same time for work in the background, which must not move a virtual time on."""
        ...


class Random(Protocol):
    """Where randomness comes from."""

    def uniform(self) -> float:
        """A number of at least 0 and below 1."""
        ...

    def new_id(self) -> str:
        """A new identifier, unique in practice."""
        ...
