"""Port: the journal of one run. What it has confirmed is still there after the process was killed.

A question goes through *asking* (it is about to be asked, and may cost so much), *answered* and *judged*. So a question
whose answer was kept is never asked again, a verdict that is missing is made up for without asking, and what was under
way when the process ended counts as spent, for it may be charged. Sums are made of rows; none is kept beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import attrs
from returns.future import FutureResult
from returns.result import Result

from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import HealingAnswer, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.money.cost import FREE, Cost


@attrs.frozen
class JournalRow:
    """An answer, and its verdict where it has been judged."""

    answer: HealingAnswer
    verdict: RepairVerdict | None = None


@attrs.frozen(kw_only=True)
class Expenses:
    """What a run has cost: its answers, and the questions that failed or whose answer was lost (`failures` of them).

    `most` is all that may be charged so far: where a cost is not known, what the question could cost, also for those
    that are being asked. A budget goes by it.
    """

    answers: Cost = FREE
    lost: Cost = FREE
    most: Cost = FREE
    failures: int = 0

    @property
    def total(self) -> Cost:
        """What is known of all of it."""
        return self.answers + self.lost


@attrs.frozen(kw_only=True)
class ModelTally:
    """How far one model is in a run, controls apart: `judged` answers, `healed` of them, and what they cost."""

    model: str
    judged: int = 0
    healed: int = 0
    cost: Cost = FREE


def most_charged(cost: Cost, most: Cost) -> Cost:
    """What may be charged for a call of that `cost`, which could cost as much as `most`."""
    if cost.complete:
        return cost
    return Cost(max(cost.amount, most.amount), most.complete)


class RunStore(Protocol):
    """Keeps one run: its manifest and items once, its rows by the key of their question."""

    def begin(self, manifest: RunManifest, items: Sequence[RunItem]) -> FutureResult[RunManifest, StorageError]:
        """Keep both, together. Where a run has begun nothing is changed; the manifest that holds is given."""
        ...

    def manifest(self) -> FutureResult[RunManifest | None, StorageError]:
        """The manifest; None where no run has begun."""
        ...

    def items(self) -> FutureResult[tuple[RunItem, ...], StorageError]:
        """The items in the order in which they were given."""
        ...

    def ask(self, question: HealingQuestion, most: Cost) -> FutureResult[None, StorageError]:
        """`question` is about to be asked, and may cost as much as `most`. One that is answered stays so."""
        ...

    def keep_answer(self, answer: HealingAnswer) -> FutureResult[None, StorageError]:
        """Keep `answer`; its question is asked no more. A second answer to the same question changes nothing."""
        ...

    def keep_failure(self, question: HealingQuestion, cost: Cost, error: str) -> FutureResult[None, StorageError]:
        """No answer came: `cost` is lost, as much as there could be where it is unknown; it may be asked again."""
        ...

    def keep_verdict(self, question: HealingQuestion, verdict: RepairVerdict) -> FutureResult[None, StorageError]:
        """Judge the answer to `question`; without an answer it does nothing. A second verdict replaces the first."""
        ...

    def recover(self) -> FutureResult[int, StorageError]:
        """Count questions that are still being asked as failed, at an unknown cost, and say how many there were.

        To be called once by whoever goes on with a run that another process left.
        """
        ...

    def rows(self) -> FutureResult[tuple[JournalRow, ...], StorageError]:
        """All answers, in the order of case, model, prompt, format, repeat and control."""
        ...

    def expenses(self) -> FutureResult[Expenses, StorageError]:
        """What the run has cost."""
        ...

    def tallies(self) -> FutureResult[tuple[ModelTally, ...], StorageError]:
        """How far each model is that has judged answers, by name: cheap enough to be asked again and again."""
        ...


IN_USE: Final = "another process is at this run; wait until it has ended"
"""Why a run cannot be opened by one who would run it, too."""
_ID: Final = re.compile(r"[^\x00-\x1f/\\-][^\x00-\x1f/\\]{0,99}")


def is_run_id(id: str) -> bool:
    """Whether a run can be called so: what is no path on any system, and no option."""
    return _ID.fullmatch(id) is not None and set(id) != {"."}


@attrs.frozen
class RunEntry:
    """A run of a folder; `is_running` while some process is at it."""

    id: str
    is_running: bool = False


@attrs.frozen
class RunPlace:
    """Where a run is: the `name` by which commands know it, and the `place`, for a person to read."""

    name: str
    place: str


class RunFolder(Protocol):
    """Where runs are kept that name no file of their own: a folder of files, or a database."""

    def entries(self) -> FutureResult[tuple[RunEntry, ...], StorageError]:
        """The runs that have begun, the latest first."""
        ...

    def open(self, id: str, *, alone: bool = False) -> AbstractAsyncContextManager[Result[RunStore, StorageError]]:
        """The journal of the run `id`, to be read.

        `alone` is for whoever runs it, anew or again: while it is open so, nobody else can open it so, but everybody
        can read. It ends with the process, however that ends.
        """
        ...

    def place_of(self, id: str) -> RunPlace:
        """Where the run `id` is, or would be."""
        ...
