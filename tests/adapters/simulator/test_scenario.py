"""Scenarios: how files are read, and which rule applies when."""

from __future__ import annotations

from pathlib import Path

import pytest
from returns.result import Success

from pointsman.adapters.simulator.faults import FAULTS, SimulatedFault, fault, fault_of_model, parse_fault
from pointsman.adapters.simulator.scenario import (
    FixedAnswer,
    FixedCall,
    Match,
    Progress,
    RequestFacts,
    Rule,
    Scenario,
    fits,
)
from pointsman.adapters.simulator.scenario_file import load_scenario, parse_scenario
from pointsman.core.chat.response import Finish, Other

TEXT = """
name = "rainy"

[[rules]]
match = { dialect = "anthropic", model = "sim*", path = "/v1/*", contains = "weather", nth = 2, probability = 0.5 }
times = 3
fault = "rate-limit-2"

[[rules]]
[rules.answer]
text = "Sunny."
reasoning = "I look out."
finish_reason = "odd"
latency = 0.2
pace = 30
tool_calls = [{ name = "look", arguments = { at = "sky" }, id = "c1" }]
"""
WHOLE = Scenario(
    (
        Rule(
            fault("rate-limit", 2),
            Match(dialect="anthropic", model="sim*", path="/v1/*", contains="weather", nth=2, probability=0.5),
            3,
        ),
        Rule(
            FixedAnswer(
                text="Sunny.",
                reasoning="I look out.",
                finish_reason=Other("odd"),
                latency=0.2,
                pace=30,
                tool_calls=(FixedCall("look", {"at": "sky"}, "c1"),),
            )
        ),
    ),
    "rainy",
)
ASKED = RequestFacts(dialect="openai-chat", model="sim", path="/v1/chat/completions", text="Hello, World")


def test_a_toml_file_is_read_whole() -> None:
    assert parse_scenario("x.toml", TEXT.encode()) == Success(WHOLE)


def test_a_json_file_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text('{"rules": [{"answer": {"finish_reason": "length"}}]}')
    assert load_scenario(path) == Success(Scenario((Rule(FixedAnswer(finish_reason=Finish.LENGTH)),)))


def test_every_problem_is_listed_at_once_with_its_place() -> None:
    text = """
    nmae = "x"
    [[rules]]
    fault = "rest"
    [[rules]]
    match = { nth = 0, probability = 2, modle = "x" }
    fault = "status-999"
    answer = {}
    [[rules]]
    answer = { text = 1, latency = -1, tool_calls = [{ arguments = 1 }] }
    times = "often"
    [[rules]]
    """
    problems = parse_scenario("x.toml", text.encode()).failure().problems
    for place, word in (
        ("scenario", "nmae"),
        ("scenario.rules[1]", "'rest'"),
        ("scenario.rules[2].match", "`nth`"),
        ("scenario.rules[2].match", "`probability`"),
        ("scenario.rules[2].match", "modle"),
        ("scenario.rules[2]", "one of `fault`, `answer` and `heal`"),
        ("scenario.rules[3].answer", "`text`"),
        ("scenario.rules[3].answer", "`latency`"),
        ("scenario.rules[3].answer.tool_calls[1]", "`name`"),
        ("scenario.rules[3].answer.tool_calls[1]", "arguments"),
        ("scenario.rules[3]", "`times`"),
        ("scenario.rules[4]", "one of `fault`, `answer` and `heal`"),
    ):
        assert any(problem.startswith(f"{place}: ") and word in problem for problem in problems), (place, word)
    assert len(problems) == 12


@pytest.mark.parametrize("text", ["= nonsense", "rules = 1", "rules = [1]"])
def test_what_is_no_scenario_is_a_failure(text: str) -> None:
    assert len(parse_scenario("x.toml", text.encode()).failure().problems) == (2 if text == "rules = [1]" else 1)
    assert parse_scenario("x.json", b"[1]").failure().problems == ("scenario: must be an object",)
    assert parse_scenario("x.toml", b"\xff").failure().problems[0].startswith("x.toml: not TOML")


def test_a_file_that_is_missing_is_a_failure(tmp_path: Path) -> None:
    assert "cannot be read" in str(load_scenario(tmp_path / "none.toml").failure())


@pytest.mark.parametrize(
    ("match", "wanted"),
    [
        (Match(), True),
        (Match(dialect="anthropic"), False),
        (Match(model="s?m"), True),
        (Match(model="gpt*"), False),
        (Match(path="*/completions"), True),
        (Match(contains="world"), True),
        (Match(contains="moon"), False),
    ],
)
def test_what_a_match_asks_for(match: Match, wanted: bool) -> None:
    assert fits(match, ASKED) is wanted


def test_the_first_rule_that_applies_wins_and_is_used_up() -> None:
    first, second = fault("reset"), fault("html")
    progress = Progress(Scenario((Rule(first, Match(), 2), Rule(second, Match(nth=1)))))
    assert [progress.next_action(ASKED) for _ in range(4)] == [first, first, second, None]


def test_nth_counts_only_what_fits() -> None:
    rule = Rule(fault("reset"), Match(contains="world", nth=2))
    progress = Progress(Scenario((rule,)))
    other = RequestFacts(dialect="x", model="sim", path="/", text="moon")
    assert [progress.next_action(each) is None for each in (ASKED, other, ASKED, ASKED)] == [True, True, False, True]


def test_chance_follows_the_seed() -> None:
    rules = Scenario((Rule(fault("reset"), Match(probability=0.3)),))

    def drawn(seed: int) -> list[bool]:
        progress = Progress(rules, seed)
        return [progress.next_action(ASKED) is not None for _ in range(400)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 80 < sum(drawn(1)) < 160


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("reset", fault("reset")),
        ("reset-5", SimulatedFault("reset", 5)),
        ("rate-limit:0.5", SimulatedFault("rate-limit", 0.5)),
        ("stall-first", fault("stall-first")),
        ("html-502", fault("html-502")),
        ("503", SimulatedFault("status", 503)),
        ("429", fault("rate-limit")),
        ("status-429", SimulatedFault("status", 429)),
    ],
)
def test_how_faults_are_written(text: str, wanted: SimulatedFault) -> None:
    assert parse_fault(text) == Success(wanted)


@pytest.mark.parametrize("text", ["", "rest", "reset-x", "status-99", "999", "slow--1", "drip-nan", "slow-inf"])
def test_what_is_no_fault(text: str) -> None:
    assert parse_fault(text).failure()


@pytest.mark.parametrize("model", ["sim", "sim-fast", "gpt-4o", "openai/sim-vision", "sim:latest", "simple", ""])
def test_models_without_a_fault(model: str) -> None:
    assert fault_of_model(model) == Success(None)


@pytest.mark.parametrize("model", ["sim-reset", "sim-reset:latest", "models/sim-reset"])
def test_models_with_a_fault(model: str) -> None:
    assert fault_of_model(model) == Success(fault("reset"))


def test_every_row_can_be_named() -> None:
    for row in FAULTS:
        assert parse_fault(row.name) == Success(SimulatedFault(row.name, row.value))
        assert row.does
