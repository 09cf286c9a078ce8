"""A run asks every question once, judges every answer, and goes on where another process left; on both event loops."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import (
    AuthenticationFailed,
    ChatError,
    ContentFiltered,
    ModelUnavailable,
    NetworkError,
    TimeoutError,
)
from pointsman.core.evaluation.healing import HealingQuestion, JudgedAnswer
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.core.evaluation.run_plan import blocks, good_items, model_questions
from pointsman.core.evaluation.statistics import controls, model_scores
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.notice import EvaluationProgress, Notice
from pointsman.core.settings import RetrySettings
from pointsman.services.evaluation.challenge import FaultChallenge
from pointsman.services.ports.run_store import JournalRow, RunStore
from pointsman.services.ports.sandbox import SandboxError
from pointsman.testing import ScriptedClient, failing
from tests.managed import managed, priced
from tests.services.evaluation.healers import (
    MOST,
    PRICE,
    Setup,
    judge_by_text,
    judge_nothing,
    luck,
    setup,
)


async def rows(store: RunStore) -> tuple[JournalRow, ...]:
    return (await settle(store.rows())).unwrap()


def count_asked(run: Setup, model: str) -> int:
    return sum(count for (one, _), count in run.healers.asked.items() if one == model)


async def judged(run: Setup) -> list[JudgedAnswer]:
    return [JudgedAnswer(row.answer, row.verdict) for row in await rows(run.store) if row.verdict is not None]


async def test_a_run_tells_how_far_it_is_and_that_it_has_ended() -> None:
    run, told = setup(20), list[Notice]()
    run.publish = told.append
    outcome = (await run.run()).unwrap()
    first, last = (one for one in told if isinstance(one, EvaluationProgress))
    assert (first.judged, first.running, first.total) == (0, True, 40), "the first that is judged is a control"
    assert (last.run, last.judged, last.running) == (run.manifest.id, outcome.judged, False)
    healed = sum(row.verdict.repair == "healed" for row in await judged(run) if not row.answer.question.control)
    assert last.healed == healed


async def test_every_case_goes_to_every_model_once_and_is_judged() -> None:
    run = setup(20)
    outcome = (await run.run()).unwrap()
    assert (outcome.judged, outcome.unasked, outcome.reason) == (40, 0, "")
    shown = good_items(run.manifest, run.items)
    assert len(shown) == 4
    wanted = {(model, case): 2 if case in shown else 1 for model in run.manifest.models for case in run.healers.cases}
    assert dict(run.healers.asked) == wanted
    healed = {
        (row.answer.question.model, row.answer.question.case)
        for row in await judged(run)
        if row.verdict.repair == "healed" and not row.answer.question.control
    }
    cases = run.healers.cases
    assert healed == {
        (model, id) for model, chance in run.healers.chances.items() for id in cases if luck(model, cases[id]) < chance
    }


async def test_controls_are_judged_and_nobody_is_asked_for_them() -> None:
    run = setup(10)
    await run.run()
    found = controls(await judged(run))
    assert (found.original, found.unchanged) == ((10, 10), (0, 10))
    assert found.are_right
    assert not any(model == "control" for model, _ in run.healers.asked)


async def test_good_programs_that_a_model_breaks_are_counted() -> None:
    run = setup(20)
    run.healers.chances = {"good/m": 1.0, "bad/m": 0.0}
    await run.run()
    items = {item.id: item for item in run.items}
    scores = {score.name: score for score in model_scores(await judged(run), items, run.manifest)}
    assert (scores["good/m"].broken, scores["good/m"].shown) == (0, 4)
    assert (scores["bad/m"].broken, scores["bad/m"].shown) == (4, 4)


async def test_requests_go_to_the_named_model_alone_uncached_and_tagged() -> None:
    run = setup(2, parameters='{"max_tokens":500,"temperature":0.5}')
    await run.run()
    assert run.runner is not None
    requests = run.runner.client.requests  # type: ignore[attr-defined]  # a scripted client
    for request in requests:
        assert request.options.order == (request.model,)
        assert request.options.cache == "off"
        assert request.options.tags == ("eval:r1",)
        assert (request.max_tokens, request.temperature, request.seed) == (500, 0.5, None)


async def test_repeats_and_formats_are_questions_of_their_own() -> None:
    run = setup(4, repeat=3, formats=("file", "blocks"))
    outcome = (await run.run()).unwrap()
    assert outcome.judged == 4 * 3 * 2 * 2
    assert run.runner is not None
    requests = run.runner.client.requests  # type: ignore[attr-defined]  # a scripted client
    assert {request.seed for request in requests} == {0, 1, 2}
    assert {row.answer.question.format for row in await judged(run)} == {"file", "blocks"}


@pytest.mark.parametrize("turns", [5, 20, 60])
async def test_a_run_that_was_cut_off_is_gone_on_with_and_asks_nothing_twice(turns: int) -> None:
    whole, cut = setup(20), setup(20)
    await whole.run()
    await cut.run_for(turns)
    kept = {row.answer.question for row in await rows(cut.store)}
    before = dict(cut.healers.asked)
    await cut.run_for(turns)
    outcome = (await cut.run()).unwrap()
    assert outcome.unasked == 0
    assert await rows(cut.store) == await rows(whole.store)
    for asked in kept:
        if asked.model != "control" and not asked.control and asked.case not in good_items(cut.manifest, cut.items):
            assert cut.healers.asked[asked.model, asked.case] == before[asked.model, asked.case]


async def test_an_answer_that_was_not_judged_is_judged_and_not_asked_again() -> None:
    run = setup(6)
    run.challenge = FaultChallenge(cases=run.healers.cases, judge_files=judge_nothing)
    failed = await run.run()
    assert isinstance(failed, Failure)
    assert isinstance(failed.failure(), SandboxError)
    answered = {row.answer.question for row in await rows(run.store) if row.answer.question.model != "control"}
    asked = dict(run.healers.asked)
    run.challenge = FaultChallenge(cases=run.healers.cases, judge_files=judge_by_text)
    assert (await run.run()).unwrap().unasked == 0
    for question in answered:
        assert run.healers.asked[question.model, question.case] >= asked[question.model, question.case]
    assert sum(run.healers.asked.values()) == 2 * (6 + len(good_items(run.manifest, run.items)))


async def test_failures_of_the_network_leave_questions_unasked_and_are_asked_at_the_next_go() -> None:
    run = setup(10)
    lost = {"c003", "c005"}
    run.healers.errors = lambda model, case: NetworkError(detail="gone", sent=False) if case.id in lost else None
    outcome = (await run.run()).unwrap()
    assert outcome.unasked == 4
    assert outcome.given_up == {}
    assert not any(
        row.answer.question.case in lost and row.answer.question.model != "control" for row in await rows(run.store)
    )
    run.healers.errors = lambda model, case: None
    assert (await run.run()).unwrap().unasked == 0


async def test_a_filtered_answer_is_the_models_own_and_not_asked_again() -> None:
    run = setup(4)
    run.healers.errors = lambda model, case: ContentFiltered(detail="no") if case.id == "c001" else None
    assert (await run.run()).unwrap().unasked == 0
    found = [row for row in await judged(run) if row.answer.error]
    assert {row.verdict.repair for row in found} == {"unreadable"}
    assert found[0].verdict.detail == "ContentFiltered: no"


async def test_a_model_whose_key_is_wrong_is_asked_no_more_and_the_others_are() -> None:
    run = setup(20)
    run.parallel = 1
    run.healers.errors = lambda model, case: AuthenticationFailed(detail="wrong") if model == "bad/m" else None
    outcome = (await run.run()).unwrap()
    assert list(outcome.given_up) == ["bad/m"]
    assert outcome.unasked == 20
    assert count_asked(run, "bad/m") == 1
    assert run.runner is not None
    assert "wrong" in run.runner.progress.models["bad/m"].error


async def test_a_model_that_only_fails_is_given_up() -> None:
    run = setup(60)
    run.healers.errors = lambda model, case: ModelUnavailable(detail="down") if model == "bad/m" else None
    outcome = (await run.run()).unwrap()
    assert list(outcome.given_up) == ["bad/m"]
    assert 20 <= count_asked(run, "bad/m") <= 20 + run.parallel


async def test_a_run_never_costs_more_than_its_budget_and_says_why_it_ends() -> None:
    """The most a question can cost is 0.004, and each costs 0.001: of 0.02 at least 17 are asked."""
    run = setup(20, budget=(PRICE.amount * 20))
    outcome = (await run.run()).unwrap()
    assert outcome.reason == "the budget is spent"
    expenses = (await settle(run.store.expenses())).unwrap()
    assert PRICE.amount * 17 <= expenses.total.amount <= PRICE.amount * 20
    again = (await run.run()).unwrap()
    assert again.reason == "the budget is spent"
    assert (await settle(run.store.expenses())).unwrap().total.amount <= PRICE.amount * 20


async def test_what_was_lost_when_a_process_ended_counts_against_the_budget() -> None:
    run = setup(20, budget=MOST.amount * 3)
    run.parallel = 3
    run.healers.price = MOST
    await run.run_for(8)
    assert sum(run.healers.asked.values()) <= 3
    await run.run()
    await run.run()
    assert sum(run.healers.asked.values()) <= 3
    assert (await settle(run.store.expenses())).unwrap().most.amount <= MOST.amount * 3


async def test_a_cost_that_is_not_told_counts_as_the_most_it_can_be() -> None:
    run = setup(20, budget=MOST.amount * 5)
    run.healers.price = UNKNOWN_COST
    await run.run()
    assert sum(run.healers.asked.values()) == 5
    await run.run()
    assert sum(run.healers.asked.values()) == 5


async def test_a_try_that_is_made_again_stays_within_the_budget_and_counts_as_paid() -> None:
    """Each try may be charged, and three of them are made of one question: two fit, and nothing is asked after them."""
    lost = ScriptedClient(lambda request: TimeoutError(detail="lost", sent=True, timeout_ms=1, phase="total"))
    retries = RetrySettings(max_retries=2, base_delay=0.0, resend_unanswered=True)
    async with managed({"good": lost}, {"good/m": priced("10", max_output=100)}, retries=retries) as app:

        async def estimate(request: ChatRequest) -> Result[Cost, ChatError]:
            return (await settle(app.manager.estimate(request))).map(lambda found: found.most)

        run = setup(3, models=("good/m",), parameters='{"max_tokens": 100}')
        question = run.challenge.messages(HealingQuestion(case="c000", model="good/m", prompt="plain@1"))
        most = (await estimate(ChatRequest("good/m", question, max_tokens=100))).unwrap().amount
        run.manifest = attrs.evolve(run.manifest, budget=most * Decimal("2.5"))
        run.client, run.estimate, run.parallel = app.client, estimate, 1
        outcome = (await run.run()).unwrap()
    assert (len(lost.requests), outcome.reason, outcome.given_up) == (2, "the budget is spent", {})
    spent = (await settle(run.store.expenses())).unwrap().most.amount
    assert Decimal("1.8") * most < spent <= Decimal("2.5") * most


@pytest.mark.parametrize(("max_tokens", "least"), [(100, 32_800), (50_000, 432_000)])
async def test_agent_mode_reckons_with_answers_as_long_as_they_may_be(max_tokens: int, least: int) -> None:
    held: list[int] = []

    async def estimate(request: ChatRequest) -> Success[Cost]:
        held.append(sum(len(message.text) for message in request.messages))
        return Success(MOST)

    run = setup(1, agent=2, models=("good/m",), budget=MOST.amount * 9, parameters=f'{{"max_tokens": {max_tokens}}}')
    run.estimate = estimate
    await run.run()
    assert least < min(held) < least + 10_000


async def test_with_a_budget_a_model_without_a_price_is_not_asked() -> None:
    async def unknown(request: ChatRequest) -> Success[Cost] | Failure[ChatError]:
        return Success(UNKNOWN_COST if request.model == "bad/m" else FREE)

    run = setup(4, budget=PRICE.amount)
    run.healers.price = FREE
    run.estimate = unknown
    outcome = (await run.run()).unwrap()
    assert "the price of bad/m is not known" in outcome.given_up["bad/m"]
    assert '[models."bad/m"]' in outcome.given_up["bad/m"]
    assert not any(model == "bad/m" for model, _ in run.healers.asked)


async def test_a_model_that_is_clearly_worse_is_dropped_after_a_block() -> None:
    cases = 120
    run = setup(cases, stops_early=True)
    run.healers.cases = {id: attrs.evolve(case, program=id) for id, case in run.healers.cases.items()}
    run.challenge = FaultChallenge(cases=run.healers.cases, judge_files=judge_by_text)
    outcome = (await run.run()).unwrap()
    assert outcome.dropped == {"bad/m"}
    by_model = {
        model: sum(n for (one, _), n in run.healers.asked.items() if one == model) for model in run.healers.chances
    }
    assert by_model["good/m"] >= cases
    assert by_model["bad/m"] < cases
    asked = dict(run.healers.asked)
    await run.run()
    assert dict(run.healers.asked) == asked


async def test_a_journal_that_fails_ends_the_run_with_its_error() -> None:
    run = setup(10)
    whole = run.store
    run.store = failing(whole, methods=("keep_answer",), after=5)
    ended = await run.run()
    assert isinstance(ended, Failure)
    assert "the store fails" in str(ended.failure())
    assert len(await rows(whole)) == 5


async def test_progress_counts_cases_and_says_how_long_it_takes() -> None:
    run = setup(10)
    await run.run()
    assert run.runner is not None
    progress = run.runner.progress
    assert (progress.total, progress.judged_count) == (20, 20)
    assert progress.cost == Cost(PRICE.amount * 20)
    assert progress.models["good/m"].healed + progress.models["bad/m"].healed == progress.healed_count
    assert progress.seconds_left(progress.began + 10) == 0
    assert attrs.evolve(progress, judged_before=20).seconds_left(99) is None


def test_a_question_is_named_by_all_that_decides_its_answer() -> None:
    question = HealingQuestion(case="c", model="m")
    others: dict[str, object] = {
        "case": "d", "model": "n", "prompt": "plain@2", "format": "blocks", "parameters": '{"a":1}', "repeat": 1,
        "control": "unbroken", "endpoint": "http://x",
    }  # fmt: skip
    assert others.keys() == {field.name for field in attrs.fields(HealingQuestion)}
    keys = {attrs.evolve(question, **{name: value}).key for name, value in others.items()}  # type: ignore[arg-type]
    assert len(keys | {question.key}) == 9


def test_a_manifest_tags_its_usage() -> None:
    assert RunManifest(id="x1", seed=0, models=(), endpoints={}, items=0).tag == "eval:x1"


async def test_in_agent_mode_a_model_may_run_the_visible_tests_and_each_round_is_held_back() -> None:
    held: list[int] = []

    async def estimate(request: ChatRequest) -> Success[Cost]:
        held.append(sum(len(message.text) for message in request.messages))
        return Success(MOST)

    run = setup(2, agent=2, models=("good/m",), budget=PRICE.amount * 100)
    run.estimate = estimate
    answer = run.healers.reply

    def reply(request: ChatRequest) -> ChatResponse | ChatError:
        if request.messages[-1].role == "tool":
            assert "cannot be read" in str(request.messages[-1].parts)
            return answer(attrs.evolve(request, messages=request.messages[:1]))
        call = ToolCall("c1", "run_tests", '{"answer": "nothing"}')
        return ChatResponse(parts=(call,), finish_reason=Finish.TOOL_CALLS, usage=Usage(1, 1), cost=PRICE)

    run.reply = reply
    outcome = (await run.run()).unwrap()
    assert outcome.judged == 2
    answered = [row for row in await judged(run) if row.answer.question.model == "good/m"]
    assert {row.answer.rounds for row in answered} == {2}
    assert {row.answer.cost for row in answered} == {PRICE + PRICE}
    assert min(held) > 30_000


def test_the_questions_of_a_run_are_those_of_its_manifest_in_the_same_order() -> None:
    run = setup(30, repeat=2, formats=("file", "blocks"))
    good = good_items(run.manifest, run.items)
    questions = [question for item in run.items for question in model_questions(run.manifest, item, item.id in good)]
    assert len(set(questions)) == len(questions) == 30 * 2 * 2 * 2 + len(good) * 2 * 2
    assert {question.key for question in questions} == {
        question.key
        for item in reversed(run.items)
        for question in model_questions(run.manifest, item, item.id in good)
    }


def test_blocks_hold_whole_programs_and_every_case_once() -> None:
    run = setup(90, stops_early=True)
    items = [attrs.evolve(item, program=f"p{number % 45}") for number, item in enumerate(run.items)]
    parts = list(blocks(run.manifest, items))
    assert [len({item.program for item in part}) for part in parts] == [20, 20, 5]
    assert sorted(item.id for part in parts for item in part) == sorted(item.id for item in items)
    programs = [{item.program for item in part} for part in parts]
    assert not programs[0] & programs[1]
