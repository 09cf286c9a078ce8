"""The simulator in this process, on a real socket of this machine, in an event loop and a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from anyio.from_thread import start_blocking_portal

from pointsman.adapters.simulator.listener import RunningSimulator, serve
from pointsman.adapters.simulator.request_log import RecordedRequest
from pointsman.adapters.simulator.scenario import Scenario
from pointsman.adapters.simulator.stats import Stats
from pointsman.core.settings import Settings
from pointsman.layers.simulation import simulated_settings, simulator


@attrs.frozen
class Simulation:
    """A simulator that runs: what leads to it, and what it was asked. May be used from any thread and event loop."""

    _running: RunningSimulator

    @property
    def address(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8765`."""
        return self._running.address

    @property
    def settings(self) -> Settings:
        """Settings in which every vendor's provider is this simulator: `open_app(live, simulation.settings)`."""
        return simulated_settings(self.address)

    def base_url(self, kind: str) -> str:
        """The base URL for a vendor's SDK: `openai-chat`, `openai-responses`, `azure`, `anthropic`, `gemini` …"""
        return self._running.base_url(kind)

    def requests(self) -> tuple[RecordedRequest, ...]:
        """The last requests, the oldest first, without their keys."""
        return self._running.requests()

    def stats(self) -> Stats:
        """The counters now."""
        return self._running.stats()


@contextmanager
def run_simulator(scenario: Scenario | None = None, *, seed: int = 0, strict: bool = True) -> Iterator[Simulation]:
    """A running simulator until the scope ends; a `strict` one refuses what the vendors refuse.

    `scenario` says what it answers: see `pointsman simulate --help`. Give its programs real time, not a virtual clock.
    """
    made = simulator(seed=seed, scenario=scenario, strict=strict)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(made)) as running:
        yield Simulation(running)
