"""The circuit breaker: a machine of calls and time against a model that counts for itself."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pointsman.core.error import (
    AuthenticationFailed,
    ChatError,
    ContextTooLarge,
    InvalidRequest,
    InvalidResponse,
    ModelNotFound,
    ModelUnavailable,
    NetworkError,
    QuotaExhausted,
    RateLimitExceeded,
    TimeoutError,
)
from pointsman.core.routing.breaker import CLOSED, BreakerPolicy, Circuit, Entry, enter, is_outage, leave
from pointsman.testing.laws.examples import examples


class BreakerMachine(RuleBasedStateMachine):
    """Calls enter and leave, time passes; beside the circuit stands what is to be known of it, counted plainly."""

    @initialize(failures=st.integers(1, 3), probes=st.integers(1, 3), cool_down=st.integers(1, 4))
    def begin(self, failures: int, probes: int, cool_down: int) -> None:
        self.policy = BreakerPolicy(failures=failures, probes=probes, cool_down=float(cool_down))
        self.circuit: Circuit = CLOSED
        self.now = 100.0
        self.calls: list[Entry] = []
        self.row = 0
        self.opened: float | None = None

    @rule(step=st.integers(0, 5))
    def time_passes(self, step: int) -> None:
        self.now += step

    @rule(count=st.integers(1, 4))
    def calls_want_in(self, count: int) -> None:
        for _ in range(count):
            self._wants_in()

    def _wants_in(self) -> None:
        expected: Entry
        if self.opened is None:
            expected = "call"
        elif self.now < self.opened + self.policy.cool_down:
            expected = "refused"
        else:
            expected = "probe" if self.calls.count("probe") < self.policy.probes else "refused"
        self.circuit, entry = enter(self.circuit, self.policy, self.now)
        assert entry == expected
        if entry != "refused":
            self.calls.append(entry)

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), failed=st.sampled_from((True, False, None)))
    def a_call_ends(self, data: st.DataObject, failed: bool | None) -> None:
        entry = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        was_open = self.opened is not None
        self._reckon(entry, failed)
        self.circuit = leave(self.circuit, self.policy, self.now, entry, failed)
        if was_open and self.circuit.opened is None:
            assert (entry, failed) == ("probe", False)

    def _reckon(self, entry: Entry, failed: bool | None) -> None:
        if failed is None:
            return
        if entry == "probe":
            self.opened = self.now if failed else None
            self.row = self.row if failed else 0
        elif self.opened is None:
            self.row = self.row + 1 if failed else 0
            self.opened = self.now if self.row >= self.policy.failures else None

    @invariant()
    def the_circuit_is_as_reckoned(self) -> None:
        assert self.circuit.opened == self.opened
        assert self.circuit.probing == self.calls.count("probe") <= self.policy.probes
        if self.opened is None:
            assert self.circuit.failures == self.row < self.policy.failures

    @invariant()
    def the_wait_is_over_exactly_when_it_is_not_open(self) -> None:
        wait = self.circuit.wait(self.policy, self.now)
        assert (wait > 0) == (self.circuit.state(self.policy, self.now) == "open")
        assert self.circuit.state(self.policy, self.now + wait) != "open"

    def teardown(self) -> None:
        """When all have left, nobody is probing."""
        for entry in self.calls if hasattr(self, "calls") else ():
            self.circuit = leave(self.circuit, self.policy, self.now, entry, None)
        assert not hasattr(self, "circuit") or self.circuit.probing == 0


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=examples(200), stateful_step_count=40, deadline=None)

POLICY = BreakerPolicy(failures=2, cool_down=10.0, probes=2)


def test_it_goes_round_from_closed_to_open_to_half_open_to_closed() -> None:
    circuit, entry = enter(CLOSED, POLICY, 0.0)
    circuit = leave(circuit, POLICY, 1.0, entry, True)
    assert circuit.state(POLICY, 1.0) == "closed"
    circuit = leave(circuit, POLICY, 2.0, "call", True)
    assert (circuit.state(POLICY, 11.9), circuit.state(POLICY, 12.0)) == ("open", "half_open")
    assert circuit.wait(POLICY, 5.0) == 7.0
    assert enter(circuit, POLICY, 11.9) == (circuit, "refused")
    circuit, entry = enter(circuit, POLICY, 12.0)
    assert entry == "probe"
    assert leave(circuit, POLICY, 13.0, entry, False) == CLOSED


def test_a_failed_probe_opens_for_another_cool_down() -> None:
    circuit, entry = enter(Circuit(failures=2, opened=0.0), POLICY, 10.0)
    again = leave(circuit, POLICY, 15.0, entry, True)
    assert (again.opened, again.wait(POLICY, 15.0)) == (15.0, 10.0)


def test_a_good_call_that_began_before_it_opened_does_not_close_it() -> None:
    opened = Circuit(failures=2, opened=0.0)
    assert leave(opened, POLICY, 1.0, "call", False) == opened
    assert leave(opened, POLICY, 1.0, "call", True) == opened


@pytest.mark.parametrize("failed", [True, False])
def test_a_plain_call_that_ends_forgets_no_probe_that_is_still_under_way(failed: bool) -> None:
    policy = attrs.evolve(POLICY, failures=5)
    circuit = Circuit(failures=1, probing=1)  # closed by one probe while another is still under way
    assert leave(circuit, policy, 1.0, "call", failed).probing == 1


@pytest.mark.parametrize(
    ("error", "impatient", "expected"),
    [
        (ModelUnavailable(), False, True),
        (NetworkError(), False, True),
        (InvalidResponse(), False, True),
        (QuotaExhausted(), False, False),
        (AuthenticationFailed(), False, False),
        (AuthenticationFailed(local=True), False, False),
        (NetworkError(local=True), False, False),
        (TimeoutError(timeout_ms=1, phase="total"), False, True),
        (TimeoutError(timeout_ms=1, phase="total"), True, False),
        (TimeoutError(timeout_ms=1, phase="idle"), True, True),
        (RateLimitExceeded(), False, False),
        (InvalidRequest(), False, False),
        (ContextTooLarge(), False, False),
        (ModelNotFound(), False, False),
    ],
)
def test_an_error_is_an_outage_only_if_it_speaks_of_the_model(
    error: ChatError, impatient: bool, expected: bool
) -> None:
    assert is_outage(error, impatient) is expected


def test_a_circuit_knows_its_last_failure_and_since_when_it_is_open() -> None:
    first, second = NetworkError(detail="gone"), ModelUnavailable(detail="overloaded")
    circuit = leave(CLOSED, POLICY, 1.0, "call", True, first)
    circuit = leave(circuit, POLICY, 2.0, "call", True, second)
    assert (circuit.cause, circuit.since) == ("ModelUnavailable: overloaded", 2.0)
    circuit, entry = enter(circuit, POLICY, 20.0)
    circuit = leave(circuit, POLICY, 21.0, entry, True, first)
    assert (circuit.cause, circuit.since, circuit.opened) == ("NetworkError: gone", 2.0, 21.0)
    circuit, entry = enter(circuit, POLICY, 40.0)
    assert leave(circuit, POLICY, 41.0, entry, False) == CLOSED
