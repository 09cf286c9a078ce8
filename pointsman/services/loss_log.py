"""What calls go on without is told in the log of a server: a usage record, an amount of a budget, the cache. On ports.

Callers are not told, for they have their answers. Whoever runs the server is, but not at each call: of one part once,
and again after a while if it is still so.
"""

from __future__ import annotations

import logging

import attrs

from pointsman.core.notice import BudgetWarning, Degraded, Notice
from pointsman.core.one_line import one_line
from pointsman.services.event_bus import EventBus
from pointsman.services.ports.clock import Clock

_LOG = logging.getLogger("pointsman.server")
SILENCE_SECONDS = 60.0
"""So long the same is not told again."""
_MOST_KNOWN = 1000


@attrs.define(eq=False)
class LossLog:
    """Tells the losses that `bus` tells of."""

    bus: EventBus
    clock: Clock
    _told: dict[str, float] = attrs.field(factory=dict, repr=False)
    _more: dict[str, int] = attrs.field(factory=dict, repr=False)

    async def run(self) -> None:
        """Until cancelled."""
        with self.bus.listen(Degraded, BudgetWarning) as notices:
            async for notice in notices:
                self.take(notice)

    def take(self, notice: Notice) -> None:
        """Tell of one, unless it was told of lately."""
        if isinstance(notice, Degraded):
            self._tell(notice.part, f"{notice.part}: calls go on without it: {notice.error.summary}")
        elif isinstance(notice, BudgetWarning) and notice.lost is not None:
            part = f"the budget {notice.budget!r}"
            self._tell(part, f"{part}: {notice.lost} of a call could not be booked")

    def _tell(self, part: str, sentence: str) -> None:
        now = self.clock.monotonic()
        if now - self._told.get(part, -SILENCE_SECONDS) < SILENCE_SECONDS:
            self._more[part] = self._more.get(part, 0) + 1
            return
        if len(self._told) >= _MOST_KNOWN:
            self._told.clear()
        more, self._told[part] = self._more.pop(part, 0), now
        _LOG.warning("%s%s", one_line(sentence), f" ({more} times more since it was told last)" if more else "")
