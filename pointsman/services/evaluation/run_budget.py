"""The budget of one run: the most that a question can cost is held back before it is asked. Knows no provider.

What is asked again and paid twice, or by a dearer model that steps in, is no matter of questions: for that each try is
held back too, in an account of its own among the budgets of the call (`limit_tries`).
"""

from __future__ import annotations

import secrets
from decimal import Decimal

import anyio
import attrs

from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import LLMError
from pointsman.core.money.budget import Budget
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost


@attrs.define(eq=False)
class RunBudget:
    """Dollars that a run may cost, if there is a `limit`. What is spent and held back together never pass it.

    A question that only does not fit because of what is held back for others waits for them: what they do not cost
    after all is there for it.
    """

    limit: Decimal | None = None
    used: Decimal = Decimal(0)
    """What is spent, also in earlier sessions of the run, at the most it can be."""
    account: str = attrs.field(factory=lambda: f"--budget {secrets.token_hex(4)}")
    """The name of the account of this session's tries."""
    _before: Decimal = Decimal(0)
    _held: Decimal = Decimal(0)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    def begin(self, used: Decimal) -> None:
        """Earlier sessions have cost `used` dollars."""
        self.used = self._before = used

    def limit_tries(self, request: ChatRequest) -> ChatRequest:
        """`request` with this budget among its own, so that no try of the call passes it; estimate it without."""
        if self.limit is None:
            return request
        left = max(Decimal(0), self.limit - self._before)
        own = Budget(name=self.account, usd=left, period="total", warn_at=1.0)
        options = attrs.evolve(request.options, budgets=(*request.options.budgets, own))
        return attrs.evolve(request, options=options)

    def refuses(self, error: LLMError) -> bool:
        """Whether `error` says that a try would have passed this budget."""
        return self.limit is not None and repr(self.account) in f"{error.detail} {getattr(error, 'budget', '')!r}"

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


def cost_of_failure(error: LLMError, most: Cost) -> Cost:
    """What a call that failed with `error` can have cost: each try that was sent may be charged `most`."""
    sent = sum(one.error is not None and one.error.sent for one in error.attempts) if error.attempts else error.sent
    if not sent:
        return FREE
    return UNKNOWN_COST if sent == 1 else Cost(most.amount * sent, complete=False)
