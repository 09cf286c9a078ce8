"""What this process writes on the board for others, and reads of theirs, some times a second; no call waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import anyio
import attrs
from returns.result import Failure

from pointsman.core.effect import settle
from pointsman.services.ports.shared_board import BoardRow, SharedBoard
from pointsman.services.shared.availability import Availability

EXCHANGE_SECONDS = 0.25
"""So often rows are exchanged; what may not wait wakes the keeper."""


class Topic(Protocol):
    """What stands on the board under one prefix."""

    @property
    def prefix(self) -> str:
        """With which the names of its rows begin."""
        ...

    def collect(self, *, everything: bool) -> dict[str, str]:
        """The rows that have changed here since the last time, by name without prefix; or all of this process's."""
        ...

    def take(self, rows: Sequence[BoardRow]) -> None:
        """What other processes have written."""
        ...

    def note_exchange(self) -> None:
        """What was collected is known to all."""
        ...


@attrs.define(eq=False)
class BoardKeeper:
    """Exchanges the rows of `topics` by `board`. What a board has forgotten that was restarted is written again."""

    board: SharedBoard
    availability: Availability
    process: str
    topics: Sequence[Topic] = ()
    _position: str = ""
    _is_all_due: bool = False
    _is_exchanging: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _urgent: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    def wake(self) -> None:
        """Exchange at once."""
        self._urgent.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._urgent = anyio.Event()
            await self.exchange()
            async with self.availability.clock.passive.limit(EXCHANGE_SECONDS):
                await self._urgent.wait()

    async def exchange(self) -> None:
        """Once, if there is somebody to ask."""
        async with self._is_exchanging:
            if self.availability.is_to_be_asked():
                await self._exchange()

    async def _exchange(self) -> None:
        everything, self._is_all_due = self._is_all_due, False
        rows = {
            topic.prefix + name: text
            for topic in self.topics
            for name, text in topic.collect(everything=everything).items()
        }
        told = await settle(self.board.exchange(self.process, rows, self._position))
        if isinstance(told, Failure):
            self._is_all_due = True
            self.availability.note_silence(told.failure())
            return
        news = told.unwrap()
        self._position = news.position
        self.availability.note_answer()
        for topic in self.topics:
            topic.take([_without(topic.prefix, row) for row in news.rows if row.name.startswith(topic.prefix)])
            topic.note_exchange()
        if news.is_new:
            self.availability.note_forgetting()
            self._is_all_due = not everything
            self.wake()


def _without(prefix: str, row: BoardRow) -> BoardRow:
    return attrs.evolve(row, name=row.name[len(prefix) :])
