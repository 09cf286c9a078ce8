"""What one request to a server came to, for its line in the log: put together by whoever learns it, in any depth.

It travels in a context variable, as a call does not know which request it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs

from pointsman.core.money.cost import FREE, Cost
from pointsman.core.money.usage_record import UsageRecord

LOG_FIELDS = "fields"
"""The attribute of a log record that holds the fields of its event: `extra={LOG_FIELDS: {...}}`."""


@attrs.define
class RequestOutcome:
    """Of all calls of one request together; who answered, and how it ended, are those of the last."""

    key: str = ""
    """The id of the virtual key, never the key."""
    user: str = ""
    calls: int = 0
    provider: str = ""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Cost = FREE
    cache: str = ""
    outcome: str = ""

    def add(self, record: UsageRecord) -> None:
        """Count one call."""
        self.calls += 1
        self.provider, self.model = record.provider, record.model
        self.cache, self.outcome = record.cache, record.outcome
        self.cost += record.cost
        self.input_tokens = _plus(self.input_tokens, record.usage.input)
        self.output_tokens = _plus(self.output_tokens, record.usage.output)


def _plus(first: int | None, second: int | None) -> int | None:
    return first if second is None else second + (first or 0)


_CURRENT: ContextVar[RequestOutcome | None] = ContextVar("pointsman_request", default=None)


def current_request() -> RequestOutcome | None:
    """The request that this task works for, where its facts are wanted."""
    return _CURRENT.get()


@contextmanager
def request_outcome() -> Iterator[RequestOutcome]:
    """The facts of what happens within."""
    facts = RequestOutcome()
    token = _CURRENT.set(facts)
    try:
        yield facts
    finally:
        _CURRENT.reset(token)
