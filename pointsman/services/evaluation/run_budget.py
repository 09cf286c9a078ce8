"""The budget of one run: the most that a question can cost is held back before it is asked. Knows no provider."""

from __future__ import annotations

from decimal import Decimal

import anyio
import attrs

from pointsman.core.money.cost import Cost


@attrs.define(eq=False)
class RunBudget:
    """Dollars that a run may cost, if there is a `limit`. What is spent and held back together never pass it.

    A question that only does not fit because of what is held back for others waits for them: what they do not cost
    after all is there for it.
    """

    limit: Decimal | None = None
    used: Decimal = Decimal(0)
    """What is spent, also in earlier sessions of the run, at the most it can be."""
    _held: Decimal = Decimal(0)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    async def hold(self, most: Cost) -> bool:
        """Hold `most` back; False where it does not fit, also when all that is under way has ended."""
        while self.limit is not None and self.used + self._held + most.amount > self.limit:
            if not self._held:
                return False
            await self._changed.wait()
        self._held += most.amount
        return True

    def book(self, most: Cost, charged: Cost) -> None:
        """What was held back as `most` has cost at most `charged`."""
        self._held -= most.amount
        self.used += charged.amount
        changed, self._changed = self._changed, anyio.Event()
        changed.set()
