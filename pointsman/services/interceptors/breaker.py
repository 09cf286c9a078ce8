"""Interceptor: leaves a model alone that has failed several times in a row, and tries it again after a while."""

from __future__ import annotations

from functools import partial
from typing import Never, Protocol

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ModelUnavailable
from pointsman.core.notice import ProviderStatusChange
from pointsman.core.routing.breaker import CLOSED, BreakerPolicy, Circuit, Entry, enter, is_outage, leave
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.interceptors.interceptor import After, Call
from pointsman.services.ports.clock import Clock

_MOST_CIRCUITS = 10_000


class Circuits(Protocol):
    """The circuit of each `provider/model`, closed unless it is noted; of this process, or of several."""

    def read(self, model: str) -> Circuit:
        """As it is now."""
        ...

    def write(self, model: str, circuit: Circuit) -> None:
        """As it is from now on."""
        ...

    async def begin_probe(self, model: str, most: int) -> bool:
        """Whether no more than `most` probe it now, this one included, in whichever process. Who may must end it."""
        ...

    def end_probe(self, model: str) -> None:
        """One of this process's probes has ended."""
        ...


@attrs.define(eq=False)
class OwnCircuits:
    """`Circuits` of this process alone."""

    _known: dict[str, Circuit] = attrs.field(factory=dict, repr=False)

    def read(self, model: str) -> Circuit:
        """As `Circuits.read`."""
        return self._known.get(model, CLOSED)

    def write(self, model: str, circuit: Circuit) -> None:
        """As `Circuits.write`."""
        if circuit == CLOSED:
            self._known.pop(model, None)
        else:
            if len(self._known) >= _MOST_CIRCUITS and model not in self._known:
                del self._known[next(iter(self._known))]
            self._known[model] = circuit

    async def begin_probe(self, model: str, most: int) -> bool:
        """As `Circuits.begin_probe`: the circuit has counted those of this process."""
        return True

    def end_probe(self, model: str) -> None:
        """As `Circuits.end_probe`."""


@attrs.define
class CircuitBreaker:
    """One circuit for each `provider/model`. An open one refuses with `ModelUnavailable`, at once."""

    clock: Clock
    policy: BreakerPolicy = attrs.field(factory=BreakerPolicy)
    publish: Publish = publish_nowhere
    circuits: Circuits = attrs.field(factory=OwnCircuits, repr=False)
    _through: Result[After | None, Never] = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda self: Success(partial(self._leave, "call")), takes_self=True),
    )
    """Made once: every call of a closed circuit is let through so."""

    def cooling(self, model: str) -> float:
        """Seconds until `provider/model` may be asked again; 0 where it may now."""
        return self.circuits.read(model).wait(self.policy, self.clock.monotonic())

    async def before(self, call: Call) -> Result[After | None, ModelUnavailable]:
        """Through, unless the circuit is open."""
        key = call.ref
        before, now = self.circuits.read(key), self.clock.monotonic()
        after, entry = enter(before, self.policy, now)
        if entry == "probe":
            self.circuits.write(key, after)
            if not await self._may_probe(key):
                before = self.circuits.read(key)
                entry = "call" if before.opened is None else "refused"
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
            self.publish(ProviderStatusChange(model=key, state="half_open"))
        return self._through if entry == "call" else Success(partial(self._leave, entry))

    async def _may_probe(self, key: str) -> bool:
        """Whether no other process probes; the place of the probe that was taken here is given back where one does."""
        may = False
        try:
            may = await self.circuits.begin_probe(key, self.policy.probes)
        finally:
            if not may:
                self.circuits.write(key, leave(self.circuits.read(key), self.policy, 0.0, "probe", failed=None))
        return may

    async def _leave(self, entry: Entry, call: Call) -> None:
        key = call.ref
        before, now = self.circuits.read(key), self.clock.monotonic()
        after = leave(before, self.policy, now, entry, self._counts_as_failure(call), call.error)
        if after is before:
            return
        self.circuits.write(key, after)
        if entry == "probe":
            self.circuits.end_probe(key)
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
    last = f"; the last failure was {circuit.cause}" if circuit.cause else ""
    return f"it failed {circuit.failures} times in a row and has been left alone for {ago:.0f} s{last}"
