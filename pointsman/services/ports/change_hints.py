"""Ports: what processes tell each other: hints that something may have changed that another keeps, and events.

A hint says where to look, never what. The row that is read then is the truth: hints may be lost, and may come for
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import anyio
import attrs

from pointsman.core.json import JsonObject


class ChangeHints(Protocol):
    """Tells all who wait that keys, sessions, users or settings may have changed, in whichever process."""

    @property
    def is_listening(self) -> bool:
        """Whether hints come at present. Where they do not, who wants to know looks often."""
        ...

    @property
    def count(self) -> int:
        """How many hints have come, and how often `is_listening` has changed."""
        ...

    async def wait(self, after: int) -> None:
        """Until `count` is more than `after`, which was read before it was looked: what comes meanwhile is not missed.

        For ever where hints never come.
        """
        ...


@attrs.frozen
class NoHints:
    """`ChangeHints` of stores that have none: to look costs next to nothing there."""

    is_listening: bool = False
    count: int = 0

    async def wait(self, after: int) -> None:
        """As `ChangeHints.wait`."""
        await anyio.sleep_forever()


NO_HINTS: Final = NoHints()


class EventCarrier(Protocol):
    """Carries messages between processes, to all that listen at the time; what cannot be carried at once is lost."""

    @property
    def is_private(self) -> bool:
        """Whether nothing leaves this machine: only then are texts carried."""
        ...

    def send(self, message: JsonObject) -> None:
        """To all others, without waiting."""
        ...

    async def run(self, take: Callable[[JsonObject], None]) -> None:
        """Carry, and give to `take` what others send, until cancelled."""
        ...
