"""Interceptor: records on the scoreboard how every call went."""

from __future__ import annotations

from typing import Never

import attrs
from returns.result import Result, Success

from pointsman.core.error import RateLimitExceeded
from pointsman.core.routing.breaker import is_outage
from pointsman.core.routing.model_stats import Sample
from pointsman.services.interceptors.interceptor import After, Call
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.scoreboard import Scoreboard


@attrs.frozen
class Measured:
    """Measures calls for `scoreboard`."""

    scoreboard: Scoreboard
    clock: Clock
    _through: Result[After | None, Never] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: Success(self._note), takes_self=True)
    )
    """Made once: every call is let through so."""

    async def before(self, call: Call) -> Result[After | None, Never]:
        """Let it through; the model is busy with one more."""
        self.scoreboard.begin(f"{call.provider}/{call.model}")
        return self._through

    async def _note(self, call: Call) -> None:
        self.scoreboard.end(f"{call.provider}/{call.model}", sample_of(call), self.clock.now())


def sample_of(call: Call) -> Sample | None:
    """The sample that `call` adds to the model's statistics.

    None for errors of the caller and for cancellations: they say nothing about the model.
    """
    if call.response is not None:
        first = None if call.first is None else call.first - call.began
        return Sample(
            ok=True,
            seconds=call.seconds,
            first_output=first,
            output_tokens=call.response.usage.output,
            fingerprint=call.response.model,
        )
    if call.error is None:
        return None
    down = is_outage(call.error, call.request.timeout is not None) or isinstance(call.error, RateLimitExceeded)
    return Sample(ok=False, seconds=call.seconds) if down and not call.error.local else None
