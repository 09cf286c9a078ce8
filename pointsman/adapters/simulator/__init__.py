"""A real HTTP server that answers as the providers do, without a model: `serve(Simulator(dialects=...))`."""

from pointsman.adapters.simulator.listener import RunningSimulator, run_forever, serve
from pointsman.adapters.simulator.scenario import Scenario
from pointsman.adapters.simulator.scenario_file import load_scenario, parse_scenario
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.stats import Stats

__all__ = [
    "RunningSimulator",
    "Scenario",
    "Simulator",
    "Stats",
    "load_scenario",
    "parse_scenario",
    "run_forever",
    "serve",
]
