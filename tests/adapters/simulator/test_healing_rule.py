"""A simulated model heals with the probability that is said of it, the same way every time, in both formats."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from returns.result import Failure

from pointsman.adapters.simulator.healing_rule import HealingRule
from pointsman.adapters.simulator.scenario import FixedAnswer, Match, Progress, RequestFacts, Rule, Scenario
from pointsman.adapters.simulator.scenario_file import load_scenario
from pointsman.core.evaluation.answer_formats import read_answer
from pointsman.core.evaluation.case_lines import write_cases
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.healing import AnswerFormat
from pointsman.core.evaluation.prompts import PROMPTS, Exhibit, exhibit, good_exhibit, write_messages
from tests.services.evaluation.healers import a_case

CASES = tuple(map(a_case, range(200)))


def asked(shown: Exhibit, format: AnswerFormat = "file", model: str = "sim-a", prompt: str = "plain@1") -> RequestFacts:
    text = write_messages(PROMPTS[prompt], shown, format)[-1].text
    return RequestFacts(dialect="openai-chat", model=model, path="/v1/chat/completions", text=text)


def said(rule: HealingRule, request: RequestFacts, seed: int = 1) -> str:
    answer = rule.answer(request, seed)
    assert answer is not None
    assert answer.text is not None
    return answer.text


def heals(rule: HealingRule, case: Case, format: AnswerFormat = "file", **how: str) -> bool:
    files: Files = read_answer(said(rule, asked(exhibit(case), format, **how)), format, case.files).unwrap()
    return files == case.original


@pytest.mark.parametrize("format", ["file", "blocks"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_it_heals_in_both_formats_and_by_every_prompt(format: AnswerFormat, prompt: str) -> None:
    rule = HealingRule(cases=CASES)
    assert all(heals(rule, case, format, prompt=prompt) for case in CASES[:10])


def test_it_heals_as_often_as_is_said_of_each_kind() -> None:
    rule = HealingRule(cases=CASES, probability=0.8, kinds={"syntax": 0.2})
    by_kind = {kind: [heals(rule, case) for case in CASES if case.kind == kind] for kind in ("name", "syntax")}
    assert 0.68 <= sum(by_kind["name"]) / 100 <= 0.92
    assert 0.08 <= sum(by_kind["syntax"]) / 100 <= 0.32


def test_the_same_question_has_the_same_answer_and_models_differ() -> None:
    rule = HealingRule(cases=CASES, probability=0.5)
    first = [heals(rule, case) for case in CASES]
    assert first == [heals(rule, case) for case in CASES]
    assert first == [heals(rule, case, "blocks") for case in CASES]
    assert first != [heals(rule, case, model="sim-b") for case in CASES]


def test_another_seed_of_the_request_is_another_try() -> None:
    rule = HealingRule(cases=CASES, probability=0.5)
    tries = {said(rule, attrs.evolve(asked(exhibit(CASES[0])), seed=seed)) for seed in range(20)}
    assert len(tries) == 2


def test_a_good_program_is_left_as_it_is_or_broken() -> None:
    case = CASES[3]
    kept = said(HealingRule(cases=CASES), asked(good_exhibit(case)))
    assert read_answer(kept, "file", case.original).unwrap() == case.original
    broken = said(HealingRule(cases=CASES, breaks=1.0), asked(good_exhibit(case)))
    assert read_answer(broken, "file", case.original).unwrap() != case.original


def test_an_unreadable_answer_is_in_no_format() -> None:
    text = said(HealingRule(cases=CASES, unreadable=1.0), asked(exhibit(CASES[0])))
    assert isinstance(read_answer(text, "file", CASES[0].files), Failure)


def test_what_shows_no_case_is_left_to_the_next_rule() -> None:
    usual = FixedAnswer(text="usual")
    progress = Progress(Scenario((Rule(HealingRule(cases=CASES)), Rule(usual))))
    other = RequestFacts(dialect="openai-chat", model="m", path="/", text="Hello\n```python\nx = 1\n```")
    assert progress.next_action(other) is usual
    assert progress.next_action(asked(exhibit(CASES[1]))) is not usual


def test_it_stands_in_a_scenario_file_whose_cases_are_beside_it(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(write_cases(CASES))
    path = tmp_path / "healer.toml"
    path.write_text(
        '[[rules]]\nmatch = { model = "sim-a" }\n'
        'heal = { cases = "cases.jsonl", probability = 0.7, kinds = { syntax = 0.9 }, breaks = 0.1, latency = 0.5 }\n'
    )
    wanted = HealingRule(cases=CASES, probability=0.7, kinds={"syntax": 0.9}, breaks=0.1, latency=0.5)
    assert load_scenario(path).unwrap() == Scenario((Rule(wanted, Match(model="sim-a")),))


@pytest.mark.parametrize(
    ("heal", "word"),
    [
        ("{}", "`cases` is needed"),
        ('{ cases = "nowhere.jsonl" }', "nowhere.jsonl cannot be read"),
        ('{ cases = "cases.jsonl", probability = 2 }', "`probability` must be a number from 0 to 1"),
        ('{ cases = "cases.jsonl", kinds = { rust = 1 } }', "unknown field `rust`"),
        ('{ cases = "wrong.jsonl" }', "line 1 is no case"),
    ],
)
def test_what_is_wrong_with_it_is_told(tmp_path: Path, heal: str, word: str) -> None:
    (tmp_path / "cases.jsonl").write_text(write_cases(CASES[:1]))
    (tmp_path / "wrong.jsonl").write_text("{}\n")
    path = tmp_path / "healer.toml"
    path.write_text(f"[[rules]]\nheal = {heal}\n")
    assert word in str(load_scenario(path).failure())
