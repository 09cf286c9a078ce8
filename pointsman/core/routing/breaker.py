"""The circuit breaker as a pure state machine: closed, open, half-open. Times are monotonic seconds."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.error import InvalidResponse, LLMError, ModelUnavailable, NetworkError, TimeoutError

CircuitState: TypeAlias = Literal["closed", "open", "half_open"]


@attrs.frozen(kw_only=True)
class BreakerPolicy:
    """When a model that fails is left alone for a while."""

    failures: int = 5
    """So many in a row open the circuit."""
    cool_down: float = 30.0
    """Seconds after which it is tried again."""
    probes: int = 1
    """So many calls at a time may try it."""


@attrs.frozen(kw_only=True)
class Circuit:
    """One model's circuit: failures in a row, when it opened, and the probes under way.

    `since` is when it opened first; a probe that fails opens it anew. `cause` says what the last failure was that
    counted: its tag and its detail.
    """

    failures: int = 0
    opened: float | None = None
    probing: int = 0
    since: float | None = None
    cause: str = ""

    def state(self, policy: BreakerPolicy, now: float) -> CircuitState:
        """What it is at the time `now`."""
        if self.opened is None:
            return "closed"
        return "open" if now < self.opened + policy.cool_down else "half_open"

    def wait(self, policy: BreakerPolicy, now: float) -> float:
        """Seconds until a call may try again; 0 where it may now."""
        return max(0.0, self.opened + policy.cool_down - now) if self.opened is not None else 0.0


CLOSED = Circuit()
Entry: TypeAlias = Literal["call", "probe", "refused"]


def enter(circuit: Circuit, policy: BreakerPolicy, now: float) -> tuple[Circuit, Entry]:
    """A call wants through: whether it may, and whether it is a probe. Who enters must leave."""
    if circuit.opened is None:
        return circuit, "call"
    match circuit.state(policy, now):
        case "half_open" if circuit.probing < policy.probes:
            return attrs.evolve(circuit, probing=circuit.probing + 1), "probe"
        case _:
            return circuit, "refused"


def leave(
    circuit: Circuit,
    policy: BreakerPolicy,
    now: float,
    entry: Entry,
    failed: bool | None,
    error: LLMError | None = None,
) -> Circuit:
    """A call that entered has ended, with `error`; `failed` is None where its end says nothing (it was cancelled).

    Only a probe can close an open circuit: calls that began before it opened say nothing of how things are now.
    """
    if entry == "probe":
        ended = attrs.evolve(circuit, probing=max(0, circuit.probing - 1))
        if failed is None:
            return ended
        return attrs.evolve(ended, opened=now, cause=_describe(error)) if failed else Circuit(probing=ended.probing)
    if failed is None or circuit.opened is not None:
        return circuit
    if not failed:
        return attrs.evolve(circuit, failures=0, cause="") if circuit.failures else circuit
    failures = circuit.failures + 1
    opened = now if failures >= policy.failures else None
    return attrs.evolve(circuit, failures=failures, opened=opened, since=opened, cause=_describe(error))


def _describe(error: LLMError | None) -> str:
    return "" if error is None else f"{error.tag}: {error.detail}".rstrip(": ")


def is_outage(error: LLMError, impatient: bool) -> bool:
    """Whether `error` says that the model is down.

    That one request was wrong, its caller `impatient`, the key refused or the account empty does not: the server
    answered, and leaving it alone cures none of it.
    """
    if error.local:
        return False
    if isinstance(error, TimeoutError):
        return not (impatient and error.phase == "total")
    return isinstance(error, (ModelUnavailable, NetworkError, InvalidResponse))
