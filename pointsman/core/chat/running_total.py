"""What several tries or rounds of one question came to together: the one place that sums them. Pure."""

from __future__ import annotations

from typing import TypeVar

import attrs

from pointsman.core.chat.message import Message
from pointsman.core.chat.response import ChatResponse, Warning, response_of
from pointsman.core.chat.usage import NOTHING, Usage
from pointsman.core.error import LLMError
from pointsman.core.money.cost import FREE, Cost

_Error = TypeVar("_Error", bound=LLMError)


@attrs.define
class RunningTotal:
    """Usage, cost, milliseconds, warnings and `steps` (what was said between the question and the answer) so far.

    `number` counts the responses taken. Time is the sum of what they took; who knows the whole sets it anew.
    """

    steps: tuple[Message, ...] = ()
    usage: Usage = NOTHING
    cost: Cost = FREE
    saved: Cost = FREE
    latency_ms: float | None = None
    warnings: tuple[Warning, ...] = ()
    number: int = 0

    def take(self, response: ChatResponse) -> None:
        """Add a response."""
        self.number += 1
        self.usage, self.cost = self.usage + response.usage, self.cost + response.cost
        self.saved += response.saved
        self.warnings += tuple(one for one in response.warnings if one not in self.warnings)
        if response.latency_ms is not None:
            self.latency_ms = (self.latency_ms or 0.0) + response.latency_ms

    def put_on(self, response: ChatResponse) -> ChatResponse:
        """`response`, the last that was taken, with the sums of all."""
        if self.number < 2 and not self.steps:
            return response
        return attrs.evolve(
            response,
            steps=self.steps,
            usage=self.usage,
            cost=self.cost,
            saved=self.saved,
            latency_ms=self.latency_ms,
            warnings=self.warnings,
        )

    def blame(self, error: _Error) -> _Error:
        """`error`, which ended it, with what ran and was paid before it in its `response`."""
        came = response_of(error)
        if came is not None:
            self.take(came)
        if not self.number:
            return error
        return attrs.evolve(error, response=self.put_on(came or ChatResponse(usage=self.usage, cost=self.cost)))
