"""The journal of one run in memory: for tests, and for runs that need not survive the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import HealingAnswer, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.services.ports.run_store import (
    IN_USE,
    Expenses,
    JournalRow,
    ModelTally,
    RunEntry,
    RunPlace,
    RunStore,
    is_run_id,
    most_charged,
)


@attrs.define
class MemoryRunStore:
    """A `RunStore` of this process."""

    _manifest: RunManifest | None = attrs.field(default=None, repr=False)
    _items: tuple[RunItem, ...] = attrs.field(default=(), repr=False)
    _asking: dict[HealingQuestion, Cost] = attrs.field(factory=dict, repr=False)
    _rows: dict[HealingQuestion, JournalRow] = attrs.field(factory=dict, repr=False)
    _most: dict[HealingQuestion, Cost] = attrs.field(factory=dict, repr=False)
    _lost: list[tuple[Cost, Cost]] = attrs.field(factory=list, repr=False)

    def begin(self, manifest: RunManifest, items: Sequence[RunItem]) -> FutureResult[RunManifest, StorageError]:
        """As `RunStore.begin`."""
        if self._manifest is None:
            self._manifest, self._items = manifest, tuple(items)
        return FutureResult.from_value(self._manifest)

    def manifest(self) -> FutureResult[RunManifest | None, StorageError]:
        """As `RunStore.manifest`."""
        return FutureResult.from_value(self._manifest)

    def items(self) -> FutureResult[tuple[RunItem, ...], StorageError]:
        """As `RunStore.items`."""
        return FutureResult.from_value(self._items)

    def ask(self, question: HealingQuestion, most: Cost) -> FutureResult[None, StorageError]:
        """As `RunStore.ask`."""
        if question not in self._rows:
            self._asking[question] = most
        return FutureResult.from_value(None)

    def keep_answer(self, answer: HealingAnswer) -> FutureResult[None, StorageError]:
        """As `RunStore.keep_answer`."""
        most = self._asking.pop(answer.question, FREE)
        self._most.setdefault(answer.question, most)
        self._rows.setdefault(answer.question, JournalRow(answer))
        return FutureResult.from_value(None)

    def keep_failure(self, question: HealingQuestion, cost: Cost, error: str) -> FutureResult[None, StorageError]:
        """As `RunStore.keep_failure`."""
        self._lost.append((cost, self._asking.pop(question, FREE)))
        return FutureResult.from_value(None)

    def keep_verdict(self, question: HealingQuestion, verdict: RepairVerdict) -> FutureResult[None, StorageError]:
        """As `RunStore.keep_verdict`."""
        row = self._rows.get(question)
        if row is not None:
            self._rows[question] = JournalRow(row.answer, verdict)
        return FutureResult.from_value(None)

    def recover(self) -> FutureResult[int, StorageError]:
        """As `RunStore.recover`."""
        count = len(self._asking)
        self._lost += [(UNKNOWN_COST, most) for most in self._asking.values()]
        self._asking.clear()
        return FutureResult.from_value(count)

    def rows(self) -> FutureResult[tuple[JournalRow, ...], StorageError]:
        """As `RunStore.rows`."""
        return FutureResult.from_value(tuple(sorted(self._rows.values(), key=_order)))

    def expenses(self) -> FutureResult[Expenses, StorageError]:
        """As `RunStore.expenses`."""
        answers = [(row.answer.cost, self._most[asked]) for asked, row in self._rows.items()]
        highest = [most_charged(cost, most) for cost, most in (*answers, *self._lost)]
        return FutureResult.from_value(
            Expenses(
                answers=sum((cost for cost, _ in answers), FREE),
                lost=sum((cost for cost, _ in self._lost), FREE),
                most=sum((*highest, *self._asking.values()), FREE),
                failures=len(self._lost),
            )
        )

    def tallies(self) -> FutureResult[tuple[ModelTally, ...], StorageError]:
        """As `RunStore.tallies`."""
        found: dict[str, ModelTally] = {}
        for row in self._rows.values():
            model = row.answer.question.model
            if row.verdict is not None and not row.answer.question.control:
                known = found.get(model, ModelTally(model=model))
                found[model] = ModelTally(
                    model=model,
                    judged=known.judged + 1,
                    healed=known.healed + (row.verdict.repair == "healed"),
                    cost=known.cost + row.answer.cost,
                )
        return FutureResult.from_value(tuple(found[model] for model in sorted(found)))


@attrs.frozen
class MemoryRunFolder:
    """A `RunFolder` of this process: journals by their id; `running` are those that some process is at."""

    stores: dict[str, RunStore] = attrs.field(factory=dict)
    running: set[str] = attrs.field(factory=set)

    def entries(self) -> FutureResult[tuple[RunEntry, ...], StorageError]:
        """As `RunFolder.entries`."""
        return FutureResult.from_value(
            tuple(RunEntry(id, id in self.running) for id in sorted(self.stores, reverse=True))
        )

    @asynccontextmanager
    async def open(self, id: str, *, alone: bool = False) -> AsyncIterator[Result[RunStore, StorageError]]:
        """As `RunFolder.open`."""
        if not alone:
            store = self.stores.get(id)
            yield Failure(StorageError(detail=f"there is no run {id!r}")) if store is None else Success(store)
            return
        if id in self.running or not is_run_id(id):
            why = IN_USE if id in self.running else f"{id!r} is no name of a run"
            yield Failure(StorageError(detail=why))
            return
        store = self.stores.get(id, MemoryRunStore())
        self.stores[id] = store
        self.running.add(id)
        try:
            yield Success(store)
        finally:
            self.running.discard(id)
            read = await settle(store.manifest())
            if isinstance(read, Success) and read.unwrap() is None:
                del self.stores[id]

    def place_of(self, id: str) -> RunPlace:
        """As `RunFolder.place_of`."""
        return RunPlace(id, f"memory, as {id}")


def _order(row: JournalRow) -> tuple[str, str, str, str, int, str, str]:
    asked = row.answer.question
    return (asked.case, asked.model, asked.prompt, asked.format, asked.repeat, asked.control, asked.key)
