"""Interceptor: leaves a model alone that has failed several times in a row, and tries it again after a while."""

from __future__ import annotations

from functools import partial

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ModelUnavailable
from pointsman.core.notice import ProviderStatusChange
from pointsman.core.routing.breaker import CLOSED, BreakerPolicy, Circuit, Entry, enter, is_outage, leave
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.interceptors.interceptor import After, Call
from pointsman.services.ports.clock import Clock

_MOST_CIRCUITS = 10_000


@attrs.define
class CircuitBreaker:
    """One circuit for each `provider/model`. An open one refuses with `ModelUnavailable`, at once."""

    clock: Clock
    policy: BreakerPolicy = attrs.field(factory=BreakerPolicy)
    publish: Publish = publish_nowhere
    _circuits: dict[str, Circuit] = attrs.field(factory=dict, repr=False)

    def cooling(self, model: str) -> float:
        """Seconds until `provider/model` may be asked again; 0 where it may now."""
        circuit = self._circuits.get(model)
        return 0.0 if circuit is None else circuit.wait(self.policy, self.clock.monotonic())

    async def before(self, call: Call) -> Result[After | None, ModelUnavailable]:
        """Through, unless the circuit is open."""
        key = f"{call.provider}/{call.model}"
        before, now = self._circuits.get(key, CLOSED), self.clock.monotonic()
        after, entry = enter(before, self.policy, now)
        if entry == "refused":
            wait = before.wait(self.policy, now)
            return Failure(
                ModelUnavailable(
                    detail=_reason(before, now),
                    provider=call.provider,
                    model=call.model or None,
                    retry_after=wait,
                    local=True,
                )
            )
        if entry == "probe":
            self._circuits[key] = after
            self.publish(ProviderStatusChange(model=key, state="half_open"))
        return Success(partial(self._leave, key, entry))

    async def _leave(self, key: str, entry: Entry, call: Call) -> None:
        before, now = self._circuits.get(key, CLOSED), self.clock.monotonic()
        after = leave(before, self.policy, now, entry, self._counts_as_failure(call), call.error)
        if after is before:
            return
        if after == CLOSED:
            self._circuits.pop(key, None)
        else:
            if len(self._circuits) >= _MOST_CIRCUITS and key not in self._circuits:
                del self._circuits[next(iter(self._circuits))]
            self._circuits[key] = after
        if after.opened is not None and after.opened != before.opened:
            self.publish(ProviderStatusChange(model=key, state="open", error=call.error))
        elif before.opened is not None and after.opened is None:
            self.publish(ProviderStatusChange(model=key, state="closed"))

    def _counts_as_failure(self, call: Call) -> bool | None:
        if call.error is None:
            return False if call.response is not None else None
        if call.error.local:
            return None
        return is_outage(call.error, call.request.timeout is not None)


def _reason(circuit: Circuit, now: float) -> str:
    """Why an open circuit refuses: how often it failed, since when it is open, and what the last failure was."""
    ago = now - (now if circuit.since is None else circuit.since)
    last = "" if circuit.cause is None else f"; the last failure was {circuit.cause.tag}: {circuit.cause.detail}"
    return f"it failed {circuit.failures} times in a row and has been left alone for {ago:.0f} s{last}".rstrip(": ")
