"""Runs an evaluation: each case to each model, answers judged, all of it in a journal that another process can go on.

A question is written down before it is asked, and its answer before it is judged. What fails for reasons that are not
the model's (network, limits, keys, budget) leaves the question unasked; going on with the run asks it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import CONTROL_MODEL, HealingAnswer, HealingQuestion, JudgedAnswer, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.ranking import models_to_drop
from pointsman.core.evaluation.run_plan import blocks, control_questions, good_items, model_questions
from pointsman.core.evaluation.statistics import contestant
from pointsman.core.money.cost import FREE
from pointsman.services.evaluation.challenge import Challenge
from pointsman.services.evaluation.model_asker import EstimateMost, ModelAsker
from pointsman.services.evaluation.progress import ModelProgress, RunProgress
from pointsman.services.evaluation.run_budget import RunBudget
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.run_store import RunStore
from pointsman.services.ports.sandbox import SandboxError
from pointsman.services.tasks.together import tasks_together

_TELL_SECONDS = 0.5
RunFailure: TypeAlias = StorageError | SandboxError
"""What ends a run: the journal or the sandbox is of no use. What models do never does."""


@attrs.frozen(kw_only=True)
class RunOutcome:
    """How a session of a run ended. `unasked` questions are left; `reason` says why, if not all models were asked."""

    judged: int
    unasked: int
    reason: str = ""
    given_up: Mapping[str, str] = attrs.field(factory=dict)
    dropped: frozenset[str] = frozenset()
    """Contestants that were clearly worse, and not asked further."""


@attrs.define(eq=False)
class Runner:
    """One session of a run. `client` is asked by model reference and has retries and limits around it.

    `parallel` questions are under way at once. `estimate` says what a request can cost at most, for the budget.
    """

    manifest: RunManifest
    items: Sequence[RunItem] = attrs.field(repr=False)
    challenge: Challenge = attrs.field(repr=False)
    client: Client = attrs.field(repr=False)
    store: RunStore = attrs.field(repr=False)
    executor: SandboxExecutor = attrs.field(repr=False)
    clock: Clock = attrs.field(repr=False)
    estimate: EstimateMost = attrs.field(repr=False)
    parallel: int = 16
    waiting: int = 0
    """So many answers more may wait for their verdict: as many as an executor on several machines works on."""
    publish: Publish = attrs.field(default=publish_nowhere, repr=False)
    """Told how far it is, now and then."""
    progress: RunProgress = attrs.field(factory=RunProgress, repr=False)
    _asker: ModelAsker = attrs.field(init=False, repr=False)
    _asking: anyio.Semaphore = attrs.field(init=False, repr=False)
    _answers: dict[str, HealingAnswer] = attrs.field(factory=dict, repr=False)
    """What is answered and not judged, by the key of its question."""
    _done: set[str] = attrs.field(factory=set, repr=False)
    _told: float = -_TELL_SECONDS
    """When that was, by the monotonic clock."""
    _dropped: frozenset[str] = attrs.field(default=frozenset(), repr=False)
    _failure: RunFailure | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self._asking = anyio.Semaphore(max(1, self.parallel))
        self._asker = ModelAsker(
            manifest=self.manifest,
            challenge=self.challenge,
            client=self.client,
            store=self.store,
            executor=self.executor,
            clock=self.clock,
            estimate=self.estimate,
            budget=RunBudget(self.manifest.budget),
        )

    async def run(self) -> Result[RunOutcome, RunFailure]:
        """Ask and judge what is left of the run."""
        try:
            return await self._run()
        finally:
            self._tell(running=False)

    async def _run(self) -> Result[RunOutcome, RunFailure]:
        begun = await self._begin()
        if isinstance(begun, Failure):
            return Failure(begun.failure())
        good = good_items(self.manifest, [item for item in self.items if self.challenge.has_good_one(item.id)])
        parts = list(blocks(self.manifest, self.items))
        seen: list[RunItem] = []
        for part in parts:
            await self._ask_all(self._questions(part, good))
            if self._failure is not None:
                return Failure(self._failure)
            seen += part
            if len(parts) > 1 and len(seen) < len(self.items):
                dropped = await self._look(seen, len(parts))
                if isinstance(dropped, Failure):
                    return Failure(dropped.failure())
        return Success(self._outcome())

    async def _begin(self) -> Result[None, StorageError]:
        """Find out what earlier sessions have done, and spent."""
        recovered = await settle(self.store.recover())
        if isinstance(recovered, Failure):
            return Failure(recovered.failure())
        rows, expenses = await settle(self.store.rows()), await settle(self.store.expenses())
        if isinstance(rows, Failure):
            return Failure(rows.failure())
        if isinstance(expenses, Failure):
            return Failure(expenses.failure())
        self._asker.budget.begin(expenses.unwrap().most.amount)
        total = len(self.items) * self.manifest.repeat * len(self.manifest.prompts) * len(self.manifest.formats)
        self.progress.models = {model: ModelProgress(total) for model in self.manifest.models}
        for row in rows.unwrap():
            key = row.answer.question.key
            if row.verdict is None:
                self._answers[key] = row.answer
            else:
                self._done.add(key)
                self.progress.add(row.answer, row.verdict)
        self.progress.judged_before, self.progress.began = self.progress.judged_count, self.clock.monotonic()
        return Success(None)

    def _questions(self, items: Sequence[RunItem], good: frozenset[str]) -> Iterator[HealingQuestion]:
        for item in items:
            yield from control_questions(item, self.challenge.controls(item.id))
            for question in model_questions(self.manifest, item, item.id in good):
                if contestant(question, self.manifest) not in self._dropped:
                    yield question

    async def _ask_all(self, questions: Iterator[HealingQuestion]) -> None:
        async def work() -> None:
            for question in questions:  # all of them draw from the same iterator
                if self._failure is not None:
                    return
                if question.key not in self._done:
                    await self._one(question)

        async with tasks_together() as group:
            for _ in range(max(1, self.parallel) + self.waiting):
                group.start_soon(work)

    async def _look(self, seen: Sequence[RunItem], looks: int) -> Result[None, StorageError]:
        """Drop contestants that are clearly worse. By whole blocks only, so that a resumed run drops the same."""
        read = await settle(self.store.rows())
        if isinstance(read, Failure):
            return Failure(read.failure())
        items = {item.id: item for item in seen}
        rows = [
            JudgedAnswer(row.answer, row.verdict)
            for row in read.unwrap()
            if row.verdict is not None and row.answer.question.case in items
        ]
        self._dropped = models_to_drop(rows, items, self.manifest, looks)
        return Success(None)

    async def _one(self, question: HealingQuestion) -> None:
        answer = self._answers.get(question.key)
        if answer is None:
            got = await self._answer(question)
            if isinstance(got, Failure):
                self._fail(got.failure())
                return
            answer = got.unwrap()
        if answer is not None:
            await self._judge(answer)

    async def _answer(self, question: HealingQuestion) -> Result[HealingAnswer | None, StorageError]:
        if question.model == CONTROL_MODEL:
            answer = HealingAnswer(question=question, cost=FREE, rounds=0)
            return (await settle(self.store.keep_answer(answer))).map(lambda _: answer)
        async with self._asking:
            got = await self._asker.answer(question)
        self.progress.failures = self._asker.failures
        if question.model in self._asker.given_up:
            self.progress.models[question.model].error = self._asker.given_up[question.model]
        return got

    def _fail(self, failure: RunFailure) -> None:
        """End the run; of several failures the first is told."""
        if self._failure is None:
            self._failure = failure

    async def _judge(self, answer: HealingAnswer) -> None:
        judged = await self._verdict(answer)
        if isinstance(judged, Failure):
            self._fail(judged.failure())
            return
        verdict = judged.unwrap()
        kept = await settle(self.store.keep_verdict(answer.question, verdict))
        if isinstance(kept, Failure):
            self._fail(kept.failure())
            return
        self._done.add(answer.question.key)
        self.progress.add(answer, verdict)
        if self.clock.monotonic() - self._told >= _TELL_SECONDS:
            self._tell(running=True)

    def _tell(self, *, running: bool) -> None:
        self._told = self.clock.monotonic()
        self.publish(self.progress.notice(self.manifest.id, running=running))

    async def _verdict(self, answer: HealingAnswer) -> Result[RepairVerdict, SandboxError]:
        if answer.error:
            return Success(RepairVerdict(repair="unreadable", detail=answer.error))
        judged = await self.challenge.judge(self.executor, answer.question, answer.text)
        if isinstance(judged, Failure):  # once more: a machine that is out of breath is no reason to end a run
            return await self.challenge.judge(self.executor, answer.question, answer.text)
        return judged

    def _outcome(self) -> RunOutcome:
        judged, total = self.progress.judged_count, self.progress.total
        return RunOutcome(
            judged=judged,
            unasked=0 if self._dropped else total - judged,
            reason="the budget is spent" if self._asker.is_spent else "",
            given_up=dict(self._asker.given_up),
            dropped=self._dropped,
        )
