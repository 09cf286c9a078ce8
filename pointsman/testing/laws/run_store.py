"""The laws of `RunStore`. A law takes an opening of a new, empty journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import TypeAlias

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.effect import settle
from pointsman.core.evaluation.healing import HealingAnswer, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.services.ports.run_store import Expenses, JournalRow, RunStore
from pointsman.testing.laws.examples import BACKENDS, examples
from pointsman.testing.laws.responses import costs, texts, usages

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[RunStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]

questions: st.SearchStrategy[HealingQuestion] = st.builds(
    HealingQuestion,
    case=st.sampled_from(["a", "b", "ä"]),
    model=st.sampled_from(["p/m", "p/n"]),
    prompt=st.sampled_from(["plain@1", "plain@2"]),
    format=st.sampled_from(["file", "blocks"]),
    parameters=st.sampled_from(["{}", '{"temperature":0}']),
    repeat=st.integers(0, 2),
    control=st.sampled_from(["", "unbroken"]),
    endpoint=st.sampled_from(["", "http://a"]),
)
answers: st.SearchStrategy[HealingAnswer] = st.builds(
    HealingAnswer,
    question=questions,
    text=texts,
    usage=usages,
    cost=costs,
    latency_ms=st.floats(0, 1e9),
    rounds=st.integers(1, 9),
    error=texts,
    fingerprint=texts,
)
verdicts: st.SearchStrategy[RepairVerdict] = st.builds(
    RepairVerdict,
    repair=st.sampled_from(["healed", "unhealed", "unreadable"]),
    failed=st.lists(texts, max_size=2).map(tuple),
    suspicions=st.lists(texts, max_size=2).map(tuple),
    edited_lines=st.integers(0, 99),
    identical=st.booleans(),
    detail=texts,
)
MANIFEST = RunManifest(
    id="r1",
    seed=7,
    models=("p/m", "p/n"),
    endpoints={"p/m": "openai|http://a", "p/n": "openai|http://a"},
    items=2,
    kinds=("name", "type"),
    formats=("file", "blocks"),
    budget=Decimal("0.1"),
    began=1.5,
)
ITEMS = (
    RunItem(id="b", program="p1", kind="name", level=2, body='{"x": "ü"}'),
    RunItem(id="a", program="p2", kind="type"),
)
_CENT, _TENTH = Cost(Decimal("0.01")), Cost(Decimal("0.1"))
HEALED = RepairVerdict(repair="healed", edited_lines=1, identical=True)


def question(case: str = "a", model: str = "p/m", repeat: int = 0) -> HealingQuestion:
    return HealingQuestion(case=case, model=model, repeat=repeat)


def answer(asked: HealingQuestion, text: str = "x", cost: Cost = _CENT) -> HealingAnswer:
    return HealingAnswer(question=asked, text=text, cost=cost)


async def rows(store: RunStore) -> tuple[JournalRow, ...]:
    return (await settle(store.rows())).unwrap()


async def expenses(store: RunStore) -> Expenses:
    return (await settle(store.expenses())).unwrap()


async def it_begins_empty(opening: Opening) -> None:
    async with opening() as store:
        assert await settle(store.manifest()) == Success(None)
        assert await settle(store.items()) == Success(())
        assert await rows(store) == ()
        assert await expenses(store) == Expenses()
        assert await settle(store.recover()) == Success(0)


async def a_run_begins_once(opening: Opening) -> None:
    other = RunManifest(id="r2", seed=1, models=("x",), endpoints={}, items=0)
    async with opening() as store:
        assert await settle(store.begin(MANIFEST, ITEMS)) == Success(MANIFEST)
        assert await settle(store.begin(other, ())) == Success(MANIFEST)
        assert await settle(store.manifest()) == Success(MANIFEST)
        assert await settle(store.items()) == Success(ITEMS)


async def an_answer_is_kept_once_and_then_judged(opening: Opening) -> None:
    asked = question()
    async with opening() as store:
        assert await settle(store.ask(asked, _TENTH)) == Success(None)
        assert await rows(store) == ()
        assert await settle(store.keep_answer(answer(asked))) == Success(None)
        assert await settle(store.keep_answer(answer(asked, "another", _TENTH))) == Success(None)
        assert await settle(store.ask(asked, _TENTH)) == Success(None)
        assert await rows(store) == (JournalRow(answer(asked)),)
        assert await settle(store.keep_verdict(asked, HEALED)) == Success(None)
        assert await rows(store) == (JournalRow(answer(asked), HEALED),)
        assert await expenses(store) == Expenses(answers=_CENT, most=_CENT)


async def a_verdict_without_an_answer_is_none(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.keep_verdict(question(), HEALED))
        await settle(store.ask(question(), _CENT))
        await settle(store.keep_verdict(question(), HEALED))
        assert await rows(store) == ()


async def what_is_being_asked_may_be_charged(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.ask(question("a"), _TENTH))
        await settle(store.ask(question("b"), _TENTH))
        assert await expenses(store) == Expenses(most=_TENTH + _TENTH)
        await settle(store.keep_answer(answer(question("b"))))
        assert await expenses(store) == Expenses(answers=_CENT, most=_TENTH + _CENT)
        assert await settle(store.recover()) == Success(1)
        assert await expenses(store) == Expenses(answers=_CENT, lost=UNKNOWN_COST, most=_TENTH + _CENT, failures=1)
        assert await settle(store.recover()) == Success(0)


async def a_failure_costs_and_leaves_the_question_unasked(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.ask(question(), _TENTH))
        assert await settle(store.keep_failure(question(), _CENT, "NetworkError: gone")) == Success(None)
        assert await expenses(store) == Expenses(lost=_CENT, most=_CENT, failures=1)
        assert await rows(store) == ()
        await settle(store.keep_answer(answer(question())))
        assert (await expenses(store)).total == _CENT + _CENT


async def an_unknown_cost_counts_as_the_most_it_can_be(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.ask(question("a"), _TENTH))
        await settle(store.keep_answer(answer(question("a"), cost=UNKNOWN_COST)))
        assert (await expenses(store)).most == _TENTH
        await settle(store.ask(question("b"), UNKNOWN_COST))
        await settle(store.keep_failure(question("b"), UNKNOWN_COST, "lost"))
        assert (await expenses(store)).most == Cost(_TENTH.amount, complete=False)


async def unknown_is_not_zero(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.keep_answer(answer(question("a"), cost=UNKNOWN_COST)))
        await settle(store.keep_answer(answer(question("b"), cost=FREE)))
        found = await rows(store)
        assert [row.answer.cost for row in found] == [UNKNOWN_COST, FREE]
        assert (await expenses(store)).answers == UNKNOWN_COST


async def rows_come_in_the_order_of_their_questions(opening: Opening) -> None:
    asked = [question("b"), question("a", "p/n"), question("a", repeat=1), question("a")]
    async with opening() as store:
        for one in asked:
            await settle(store.keep_answer(answer(one)))
        assert [row.answer.question for row in await rows(store)] == [asked[3], asked[2], asked[1], asked[0]]


async def many_at_once_are_all_kept(opening: Opening) -> None:
    async def go(store: RunStore, asked: HealingQuestion) -> None:
        assert await settle(store.ask(asked, _TENTH)) == Success(None)
        assert await settle(store.keep_answer(answer(asked))) == Success(None)
        assert await settle(store.keep_verdict(asked, HEALED)) == Success(None)

    async with opening() as store:
        async with anyio.create_task_group() as tasks:
            for number in range(100):
                tasks.start_soon(go, store, question(repeat=number))
        found = await rows(store)
        assert [row.answer.question.repeat for row in found] == list(range(100))
        assert all(row.verdict == HEALED for row in found)
        assert await expenses(store) == Expenses(answers=Cost(Decimal(1)), most=Cost(Decimal(1)))


def what_is_read_is_what_was_kept(opening: Opening) -> None:
    @settings(max_examples=examples(40))
    @given(st.lists(st.tuples(answers, st.none() | verdicts), max_size=6), st.sampled_from(BACKENDS))
    def check(added: list[tuple[HealingAnswer, RepairVerdict | None]], backend: str) -> None:
        async def run() -> None:
            held: dict[HealingQuestion, JournalRow] = {}
            async with opening() as store:
                for one, verdict in added:
                    assert await settle(store.keep_answer(one)) == Success(None)
                    row = held.setdefault(one.question, JournalRow(one))
                    if verdict is not None:
                        assert await settle(store.keep_verdict(one.question, verdict)) == Success(None)
                        held[one.question] = JournalRow(row.answer, verdict)
                found = await rows(store)
                assert {row.answer.question: row for row in found} == held
                assert len(found) == len(held)
                total = sum((row.answer.cost for row in held.values()), FREE)
                assert (await expenses(store)).answers == total

        anyio.run(run, backend=backend)

    check()


LAWS: tuple[Law, ...] = (
    it_begins_empty,
    a_run_begins_once,
    an_answer_is_kept_once_and_then_judged,
    a_verdict_without_an_answer_is_none,
    what_is_being_asked_may_be_charged,
    an_unknown_cost_counts_as_the_most_it_can_be,
    a_failure_costs_and_leaves_the_question_unasked,
    unknown_is_not_zero,
    rows_come_in_the_order_of_their_questions,
    many_at_once_are_all_kept,
)
PROPERTIES: tuple[Property, ...] = (what_is_read_is_what_was_kept,)
