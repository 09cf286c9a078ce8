"""Port: what carries events to the other processes that serve the same people, and theirs to this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pointsman.core.json import JsonObject


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
