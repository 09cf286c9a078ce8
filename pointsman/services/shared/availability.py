"""Whether the server that processes share can be asked: one rule for all that goes by it.

Who gets no answer says so here; for a second nobody asks then, and everybody goes on alone: limits by this process's
share, circuits, statistics and equal questions by what this process knows, the cache as if it were empty.
"""

from __future__ import annotations

import math

import attrs

from pointsman.core.error import StorageError
from pointsman.core.notice import SharedStateChange
from pointsman.services.event_bus import EventBus, Publish, publish_nowhere
from pointsman.services.ports.clock import Clock

QUIET_SECONDS = 1.0
"""So long nobody is asked after nobody has answered."""


@attrs.define(eq=False)
class Availability:
    """What this process knows of the server, told by an event when it changes."""

    clock: Clock
    publish: Publish = publish_nowhere
    processes: int = 1
    """How many lived when they were counted last, this one included."""
    is_away: bool = False
    """Whether nobody answers."""
    losses: int = 0
    """How often nobody has answered, or it had forgotten everything: what it must know it is told again."""
    returned: float = -math.inf
    """When it came back last, by the monotonic clock."""
    _asks_again: float = 0.0

    def is_to_be_asked(self) -> bool:
        """Whether it answers, or it is time to try."""
        return not self.is_away or self.clock.monotonic() >= self._asks_again

    def note_answer(self) -> None:
        """It has answered."""
        if self.is_away:
            self.is_away, self.returned = False, self.clock.monotonic()
            self.publish(SharedStateChange(state="shared", processes=self.processes))

    def note_silence(self, error: StorageError) -> None:
        """It has not, or not well."""
        self._asks_again = self.clock.monotonic() + QUIET_SECONDS
        self.losses += 1
        if not self.is_away:
            self.is_away = True
            self.publish(SharedStateChange(state="away", processes=self.processes, error=error))

    def note_forgetting(self) -> None:
        """It has lost what it was told before, though nobody noticed that it was away."""
        self.losses += 1

    def announce_to(self, bus: EventBus) -> None:
        """Tell by `bus` when nobody answers, and when somebody does again."""
        self.publish = bus.publish
