from collections import Counter

import attrs

from examples.pipelines import Report, ask_all
from pointsman import (
    AuthenticationFailed,
    BreakerPolicy,
    Layers,
    ModelUnavailable,
    RateLimitExceeded,
    RetrySettings,
    Settings,
    fake,
    fake_settings,
    live,
    open_app,
    settle,
)
from pointsman.adapters.simulator.faults import SimulatedFault
from pointsman.adapters.simulator.scenario import FixedAnswer, Match, Rule, Scenario
from pointsman.testing import ScriptedClient, VirtualClock, run_simulator
from tests.patience import with_patience

QUESTIONS = [f"Question {number:02}: which way?" for number in range(1, 21)]
FOR_EVER = 3600.0  # seconds
EXPECTED = (13, Counter(ModelUnavailable=4, Overdue=4, AuthenticationFailed=2))
SCENARIO = Scenario(
    (
        *(Rule(SimulatedFault("status", 503), Match(contains=f"question {number}")) for number in ("07", "14")),
        *(Rule(FixedAnswer(latency=FOR_EVER), Match(contains=f"question {n}")) for n in ("05", "10", "15", "20")),
        *(Rule(SimulatedFault("rate-limit", 0), Match(contains=f"question {n}"), times=2) for n in ("03", "09", "18")),
        Rule(SimulatedFault("auth", 0), Match(contains="question 04")),
    )
)


def scripted(provider: str) -> ScriptedClient:
    """The same as `SCENARIO`, of one provider."""
    client = ScriptedClient(provider=provider)
    for number in ("07", "14"):
        client.fail(ModelUnavailable(), when=f"Question {number}")
    for number in ("05", "10", "15", "20"):
        client.respond("Too late.", when=f"Question {number}", delay=FOR_EVER)
    for number in ("03", "09", "18"):
        client.fail(RateLimitExceeded(), when=f"Question {number}", times=2)
    client.fail(AuthenticationFailed(), when="Question 04")
    client.respond("Towards the tower.", delay=1.0)
    return client


def once_each(settings: Settings) -> Settings:
    """`settings` that leave all retries to the pipeline."""
    return attrs.evolve(settings, retries=RetrySettings(max_retries=0), breaker=BreakerPolicy(failures=1000))


async def outcome(layers: Layers, settings: Settings, seconds: float) -> tuple[int, Counter[str]]:
    async with open_app(layers, once_each(settings)) as opened:
        report: Report = (await settle(ask_all(QUESTIONS, seconds)(opened.unwrap()))).unwrap()
    return len(report.answers), report.failures


async def test_on_fakes_and_a_virtual_clock() -> None:
    clock = VirtualClock()
    models = {name: scripted(name) for name in ("openai", "anthropic")}
    start = clock.monotonic()
    assert await outcome(fake(models, clock), fake_settings(*models), 100.0) == EXPECTED
    assert 100 < clock.monotonic() - start < 1000  # virtual seconds: no test waits for them


async def test_on_the_simulator_and_real_time() -> None:
    with run_simulator(SCENARIO) as simulation:
        assert await with_patience(lambda limit: outcome(live, simulation.settings, limit), EXPECTED.__eq__) == EXPECTED
