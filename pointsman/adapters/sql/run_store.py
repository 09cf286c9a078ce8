"""The journal of a run, a row a question, in columns that a person can query. A file has one run, a server has many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.transactions import SqlConnection, SqlDatabase, storable
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import HealingAnswer, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.json import as_list, as_object, as_text, dumps_text, loads
from pointsman.core.money.cost import Cost, from_picodollars
from pointsman.services.ports.run_store import Expenses, JournalRow, ModelTally

_QUESTION = "key, item, model, prompt, format, parameters, repeat, control, endpoint"
_ANSWER = "text, usage, picodollars, cost_complete, latency_ms, rounds, error, fingerprint"
_VERDICT = "repair, failed, suspicions, edited_lines, identical, detail"
_ASK = (
    f"INSERT INTO run_question (run, {_QUESTION}, state, most_picodollars, most_complete)"
    f" VALUES ({', '.join('?' * 10)}, 'asking', ?, ?)"
    " ON CONFLICT (run, key) DO UPDATE SET most_picodollars = excluded.most_picodollars,"
    " most_complete = excluded.most_complete WHERE run_question.state = 'asking'"
)
_ANSWERED = ", ".join(f"{name} = excluded.{name}" for name in _ANSWER.split(", "))
_KEEP = (
    f"INSERT INTO run_question (run, {_QUESTION}, state, {_ANSWER})"
    f" VALUES ({', '.join('?' * 10)}, 'answered', {', '.join('?' * 8)})"
    f" ON CONFLICT (run, key) DO UPDATE SET state = 'answered', {_ANSWERED} WHERE run_question.state = 'asking'"
)
_JUDGE = (
    f"UPDATE run_question SET state = 'judged', {', '.join(f'{name} = ?' for name in _VERDICT.split(', '))}"
    " WHERE run = ? AND key = ? AND state <> 'asking'"
)
_ROWS = (
    f"SELECT {_QUESTION}, state, {_ANSWER}, {_VERDICT} FROM run_question WHERE run = ? AND state <> 'asking'"
    " ORDER BY item, model, prompt, format, repeat, control, key"
)
_ITEMS = "SELECT id, program, kind, level, body FROM run_item WHERE run = ? ORDER BY number"
_LOSE = (
    "INSERT INTO run_failure SELECT run, key, most_picodollars, most_complete, 0, 0,"
    " 'the process ended before the answer' FROM run_question WHERE run = ? AND state = 'asking'"
)


def _sum_of(amount: str) -> str:
    """The sum of an amount as two columns, for SQLite's own ends at 63 bits: the upper part, and the lower 24 bits."""
    return f"coalesce(sum({amount} >> 24), 0), coalesce(sum({amount} & 16777215), 0)"


_SUM = f"SELECT {_sum_of('picodollars')}, coalesce(min(cost_complete), 1) FROM"
_CHARGED = "CASE WHEN complete = 1 OR picodollars > most_picodollars THEN picodollars ELSE most_picodollars END"
_SUMS = (
    f"{_SUM} run_question WHERE run = :run AND state <> 'asking'",
    f"{_SUM} run_failure WHERE run = :run",
    f"""
    SELECT {_sum_of(_CHARGED)}, coalesce(min(CASE WHEN complete = 1 OR most_complete = 1 THEN 1 ELSE 0 END), 1)
    FROM (
        SELECT CASE state WHEN 'asking' THEN 0 ELSE cost_complete END AS complete,
            picodollars, most_picodollars, most_complete
        FROM run_question WHERE run = :run
        UNION ALL SELECT cost_complete, picodollars, most_picodollars, most_complete FROM run_failure WHERE run = :run
    ) charge
    """,
)
_TALLIES = f"""
    SELECT model, count(*), sum(CASE repair WHEN 'healed' THEN 1 ELSE 0 END), {_sum_of("picodollars")},
        min(cost_complete)
    FROM run_question WHERE run = ? AND state = 'judged' AND control = '' GROUP BY model ORDER BY model
"""
_UNDER_WAY = "FROM run_question WHERE run = ? AND key = ? AND state = 'asking'"


def _changes_freely(connection: SqlConnection) -> None:
    """Who is not alone, or whose lock is elsewhere, looks at nothing before it writes."""


@attrs.frozen
class SqlRunStore:
    """A `RunStore` in `database`, of the run `run`. Writes that wait at the same time share one transaction.

    `ensure_mine` is run before each, in its transaction, and raises `WorkRefused` where the run is another's by now.
    """

    database: SqlDatabase
    run: str
    ensure_mine: Callable[[SqlConnection], None] = attrs.field(default=_changes_freely, repr=False)

    @effect
    async def begin(self, manifest: RunManifest, items: Sequence[RunItem]) -> Result[RunManifest, StorageError]:
        """As `RunStore.begin`."""
        written = encode(manifest, RunManifest)
        rows = [
            (self.run, number, *map(storable, (one.id, one.program, one.kind)), one.level, storable(one.body))
            for number, one in enumerate(items)
        ]

        def write(connection: SqlConnection) -> bytes:
            self.ensure_mine(connection)
            added = connection.execute(
                "INSERT INTO run (id, manifest) VALUES (?, ?) ON CONFLICT DO NOTHING", (self.run, written)
            ).rowcount
            if added:
                connection.executemany("INSERT INTO run_item VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            return cast(bytes, self._select_manifest(connection)[0])

        return (await self.database.run(write)).bind(self._read_manifest)

    @effect
    async def manifest(self) -> Result[RunManifest | None, StorageError]:
        """As `RunStore.manifest`."""
        read = await self.database.read(self._select_manifest)
        if isinstance(read, Failure):
            return Failure(read.failure())
        row = read.unwrap()
        return Success(None) if row is None else self._read_manifest(row[0])

    def _select_manifest(self, connection: SqlConnection) -> Any:
        return connection.execute("SELECT manifest FROM run WHERE id = ?", (self.run,)).fetchone()

    def _read_manifest(self, written: bytes) -> Result[RunManifest, StorageError]:
        return decode(written, RunManifest).alt(lambda why: self.database.unusable(f"the manifest: {why}"))

    @effect
    async def items(self) -> Result[tuple[RunItem, ...], StorageError]:
        """As `RunStore.items`."""

        def select(connection: SqlConnection) -> tuple[RunItem, ...]:
            rows = connection.execute(_ITEMS, (self.run,))
            return tuple(RunItem(id=a, program=b, kind=c, level=d, body=e) for a, b, c, d, e in rows)

        return await self.database.read(select)

    @effect
    async def ask(self, question: HealingQuestion, most: Cost) -> Result[None, StorageError]:
        """As `RunStore.ask`."""
        return await self._write(_ASK, (self.run, *_question_row(question), most.picodollars, int(most.complete)))

    @effect
    async def keep_answer(self, answer: HealingAnswer) -> Result[None, StorageError]:
        """As `RunStore.keep_answer`."""
        return await self._write(_KEEP, (self.run, *_question_row(answer.question), *_answer_row(answer)))

    @effect
    async def keep_failure(self, question: HealingQuestion, cost: Cost, error: str) -> Result[None, StorageError]:
        """As `RunStore.keep_failure`."""

        def write(connection: SqlConnection) -> None:
            self.ensure_mine(connection)
            key = (self.run, question.key)
            most = connection.execute(f"SELECT most_picodollars, most_complete {_UNDER_WAY}", key).fetchone()
            row = (*key, *(most or (0, 1)), cost.picodollars, int(cost.complete), storable(error))
            connection.execute(f"DELETE {_UNDER_WAY}", key)
            connection.execute("INSERT INTO run_failure VALUES (?, ?, ?, ?, ?, ?, ?)", row)

        return await self.database.run(write)

    @effect
    async def keep_verdict(self, question: HealingQuestion, verdict: RepairVerdict) -> Result[None, StorageError]:
        """As `RunStore.keep_verdict`."""
        return await self._write(_JUDGE, (*_verdict_row(verdict), self.run, question.key))

    @effect
    async def recover(self) -> Result[int, StorageError]:
        """As `RunStore.recover`."""

        def write(connection: SqlConnection) -> int:
            self.ensure_mine(connection)
            connection.execute(_LOSE, (self.run,))
            return connection.execute(
                "DELETE FROM run_question WHERE run = ? AND state = 'asking'", (self.run,)
            ).rowcount

        return await self.database.run(write)

    @effect
    async def rows(self) -> Result[tuple[JournalRow, ...], StorageError]:
        """As `RunStore.rows`."""
        return await self.database.read(lambda connection: tuple(map(_row, connection.execute(_ROWS, (self.run,)))))

    @effect
    async def expenses(self) -> Result[Expenses, StorageError]:
        """As `RunStore.expenses`."""
        mine = {"run": self.run}

        def select(connection: SqlConnection) -> Expenses:
            answers, lost, most = (_cost_of_sum(*connection.execute(query, mine).fetchone()) for query in _SUMS)
            failures = connection.execute("SELECT count(*) FROM run_failure WHERE run = :run", mine).fetchone()[0]
            return Expenses(answers=answers, lost=lost, most=most, failures=failures)

        return await self.database.read(select)

    @effect
    async def tallies(self) -> Result[tuple[ModelTally, ...], StorageError]:
        """As `RunStore.tallies`."""

        def select(connection: SqlConnection) -> tuple[ModelTally, ...]:
            return tuple(
                ModelTally(model=model, judged=judged, healed=healed, cost=_cost_of_sum(*cost))
                for model, judged, healed, *cost in connection.execute(_TALLIES, (self.run,))
            )

        return await self.database.read(select)

    async def _write(self, statement: str, row: tuple[Any, ...]) -> Result[None, StorageError]:
        def write(connection: SqlConnection) -> None:
            self.ensure_mine(connection)
            connection.execute(statement, row)

        return await self.database.run(write, brief=True)


def _cost_of_sum(upper: int, lower: int, complete: int) -> Cost:
    """See `_sum_of`."""
    return from_picodollars((upper << 24) + lower, bool(complete))


def _question_row(question: HealingQuestion) -> tuple[Any, ...]:
    return (
        question.key,
        storable(question.case),
        storable(question.model),
        storable(question.prompt),
        question.format,
        storable(question.parameters),
        question.repeat,
        question.control,
        storable(question.endpoint),
    )


def _answer_row(answer: HealingAnswer) -> tuple[Any, ...]:
    return (
        storable(answer.text),
        dumps_text(attrs.asdict(answer.usage)),
        answer.cost.picodollars,
        int(answer.cost.complete),
        answer.latency_ms,
        answer.rounds,
        storable(answer.error),
        storable(answer.fingerprint),
    )


def _verdict_row(verdict: RepairVerdict) -> tuple[Any, ...]:
    return (
        verdict.repair,
        dumps_text(verdict.failed),
        dumps_text(verdict.suspicions),
        verdict.edited_lines,
        int(verdict.identical),
        storable(verdict.detail),
    )


def _row(row: tuple[Any, ...]) -> JournalRow:
    _, case, model, prompt, format, parameters, repeat, control, endpoint, state, *rest = row
    text, usage, picodollars, complete, latency_ms, rounds, error, fingerprint = rest[:8]
    repair, failed, suspicions, edited_lines, identical, detail = rest[8:]
    question = HealingQuestion(
        case=case,
        model=model,
        prompt=prompt,
        format=format,
        parameters=parameters,
        repeat=repeat,
        control=control,
        endpoint=endpoint,
    )
    answer = HealingAnswer(
        question=question,
        text=text,
        usage=Usage(**cast("dict[str, Any]", as_object(loads(usage).value_or(None)))),
        cost=from_picodollars(picodollars, bool(complete)),
        latency_ms=latency_ms,
        rounds=rounds,
        error=error,
        fingerprint=fingerprint,
    )
    if state == "answered":
        return JournalRow(answer)
    verdict = RepairVerdict(
        repair=repair,
        failed=_names(failed),
        suspicions=_names(suspicions),
        edited_lines=edited_lines,
        identical=bool(identical),
        detail=detail,
    )
    return JournalRow(answer, verdict)


def _names(written: str) -> tuple[str, ...]:
    return tuple(map(as_text, as_list(loads(written).value_or(None))))
