"""A board in memory, on a clock of the test, which can be away and can forget."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.shared_board import KEPT_SECONDS, BoardNews, BoardRow

_AWAY = StorageError(detail="the board is away, as the test wants it")


@attrs.frozen
class _Written:
    process: str
    text: str
    number: int
    time: float


@attrs.define(eq=False)
class FakeSharedBoard:
    """`SharedBoard` of all that are given the same one. Set `is_away`, and nobody is answered; with `is_deaf` what is
    written stands, and the answer is lost.
    """

    clock: Clock
    is_away: bool = False
    is_deaf: bool = False
    _rows: dict[str, _Written] = attrs.field(factory=dict, repr=False)
    _number: int = 0
    _epoch: int = 0

    @effect
    async def exchange(self, process: str, rows: Mapping[str, str], position: str) -> Result[BoardNews, StorageError]:
        """As `SharedBoard.exchange`."""
        if self.is_away:
            return Failure(_AWAY)
        epoch, _, number = position.partition(" ")
        since = int(number) if epoch == str(self._epoch) else 0
        now = self.clock.monotonic()
        self._rows = {name: row for name, row in self._rows.items() if row.time > now - KEPT_SECONDS}
        news = tuple(
            BoardRow(name, row.text, now - row.time)
            for name, row in self._rows.items()
            if row.number > since and row.process != process
        )
        for name, text in rows.items():
            self._number += 1
            self._rows[name] = _Written(process, text, self._number, now)
        if self.is_deaf:
            return Failure(_AWAY)
        is_new = bool(epoch) and epoch != str(self._epoch)
        return Success(BoardNews(rows=news, position=f"{self._epoch} {self._number}", is_new=is_new))

    def forget_all(self) -> None:
        """As a server that is restarted."""
        self._rows.clear()
        self._number, self._epoch = 0, self._epoch + 1
