"""The journal of one run in a SQLite file of its own, a row a question, in columns that a person can query."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.transactions import storable
from pointsman.adapters.sqlite.database import Database, open_database
from pointsman.adapters.sqlite.database_file import unusable_file
from pointsman.adapters.sqlite.migrations import Schema
from pointsman.adapters.sqlite.run_claim import claim_run
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import HealingAnswer, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.json import as_list, as_object, as_text, dumps_text, loads
from pointsman.core.money.cost import Cost, from_picodollars
from pointsman.services.ports.lifetime import ALWAYS, Lifetime
from pointsman.services.ports.run_store import Expenses, JournalRow, ModelTally

RUNS: Final = Schema(
    0x706F6972,  # `poir`
    (
        """
        CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), manifest BLOB NOT NULL) STRICT;
        CREATE TABLE item (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, program TEXT NOT NULL, kind TEXT NOT NULL,
            level INTEGER NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE question (
            number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, item TEXT NOT NULL, model TEXT NOT NULL,
            prompt TEXT NOT NULL, format TEXT NOT NULL,
            parameters TEXT NOT NULL, repeat INTEGER NOT NULL, control TEXT NOT NULL, endpoint TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('asking', 'answered', 'judged')),
            most_picodollars INTEGER NOT NULL DEFAULT 0, most_complete INTEGER NOT NULL DEFAULT 1,
            text TEXT NOT NULL DEFAULT '', usage TEXT NOT NULL DEFAULT '{}',
            picodollars INTEGER NOT NULL DEFAULT 0, cost_complete INTEGER NOT NULL DEFAULT 1,
            latency_ms REAL NOT NULL DEFAULT 0, rounds INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
            fingerprint TEXT NOT NULL DEFAULT '',
            repair TEXT NOT NULL DEFAULT '', failed TEXT NOT NULL DEFAULT '[]', suspicions TEXT NOT NULL DEFAULT '[]',
            edited_lines INTEGER NOT NULL DEFAULT 0, identical INTEGER NOT NULL DEFAULT 0,
            detail TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE TABLE failure (
            key TEXT NOT NULL, most_picodollars INTEGER NOT NULL, most_complete INTEGER NOT NULL,
            picodollars INTEGER NOT NULL, cost_complete INTEGER NOT NULL, error TEXT NOT NULL
        ) STRICT;
        """,
    ),
)
"""The tables, as migrations; a file of a run is told from other files by its mark."""

_QUESTION = "key, item, model, prompt, format, parameters, repeat, control, endpoint"
_ANSWER = "text, usage, picodollars, cost_complete, latency_ms, rounds, error, fingerprint"
_VERDICT = "repair, failed, suspicions, edited_lines, identical, detail"
_MARKS = ", ".join("?" * 9)
_ASK = (
    f"INSERT INTO question ({_QUESTION}, state, most_picodollars, most_complete) VALUES ({_MARKS}, 'asking', ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET most_picodollars = excluded.most_picodollars,"
    " most_complete = excluded.most_complete WHERE state = 'asking'"
)
_ANSWERED = ", ".join(f"{name} = excluded.{name}" for name in _ANSWER.split(", "))
_KEEP = (
    f"INSERT INTO question ({_QUESTION}, state, {_ANSWER}) VALUES ({_MARKS}, 'answered', {', '.join('?' * 8)})"
    f" ON CONFLICT (key) DO UPDATE SET state = 'answered', {_ANSWERED} WHERE state = 'asking'"
)
_JUDGE = (
    f"UPDATE question SET state = 'judged', {', '.join(f'{name} = ?' for name in _VERDICT.split(', '))}"
    " WHERE key = ? AND state != 'asking'"
)
_ROWS = (
    f"SELECT {_QUESTION}, state, {_ANSWER}, {_VERDICT} FROM question WHERE state != 'asking'"
    " ORDER BY item, model, prompt, format, repeat, control, key"
)


def _sum_of(amount: str) -> str:
    """The sum of an amount as two columns, for SQLite's own ends at 63 bits: the upper part, and the lower 24 bits."""
    return f"coalesce(sum({amount} >> 24), 0), coalesce(sum({amount} & 16777215), 0)"


_SUM = f"SELECT {_sum_of('picodollars')}, coalesce(min(cost_complete), 1) FROM"
_SUMS = (
    f"{_SUM} question WHERE state != 'asking'",
    f"{_SUM} failure",
    f"""
    SELECT {_sum_of("iif(cost_complete, picodollars, max(picodollars, most_picodollars))")},
        coalesce(min(max(cost_complete, most_complete)), 1)
    FROM (
        SELECT state != 'asking' AND cost_complete AS cost_complete, picodollars, most_picodollars, most_complete
        FROM question
        UNION ALL SELECT cost_complete, picodollars, most_picodollars, most_complete FROM failure
    )
    """,
)
_TALLIES = f"""
    SELECT model, count(*), sum(repair = 'healed'), {_sum_of("picodollars")}, min(cost_complete)
    FROM question WHERE state = 'judged' AND control = '' GROUP BY model ORDER BY model
"""
_UNDER_WAY = "FROM question WHERE key = ? AND state = 'asking'"


@asynccontextmanager
async def open_run_store(
    path: str | Path, lifetime: Lifetime = ALWAYS, *, alone: bool = False
) -> AsyncIterator[Result[SqliteRunStore, StorageError]]:
    """The journal in the file `path`, made if it is not there, closed with the scope.

    `alone` is for whoever runs it: while it is open so, nobody else can open it so, but everybody can read. A file that
    was made for a run which did not begin is gone afterwards.
    """
    if not alone:
        async with open_database(path, lifetime, RUNS) as opened:
            yield opened.map(SqliteRunStore)
        return
    claim = claim_run(path)
    if isinstance(claim, StorageError):
        yield Failure(claim)
        return
    try:
        async with open_database(claim.path, lifetime, RUNS) as opened:
            yield opened.map(SqliteRunStore)
    finally:
        claim.release()


@attrs.frozen
class SqliteRunStore:
    """A `RunStore` in `database`. Writes that wait at the same time share one transaction."""

    database: Database

    @effect
    async def begin(self, manifest: RunManifest, items: Sequence[RunItem]) -> Result[RunManifest, StorageError]:
        """As `RunStore.begin`."""
        written = encode(manifest, RunManifest)
        rows = [
            (number, *map(storable, (one.id, one.program, one.kind)), one.level, storable(one.body))
            for number, one in enumerate(items)
        ]

        def write(connection: sqlite3.Connection) -> bytes:
            added = connection.execute("INSERT OR IGNORE INTO run VALUES (1, ?)", (written,)).rowcount
            if added:
                connection.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)", rows)
            return cast(bytes, connection.execute("SELECT manifest FROM run").fetchone()[0])

        return (await self.database.run(write)).bind(self._read_manifest)

    @effect
    async def manifest(self) -> Result[RunManifest | None, StorageError]:
        """As `RunStore.manifest`."""
        read = await self.database.run(lambda connection: connection.execute("SELECT manifest FROM run").fetchone())
        if isinstance(read, Failure):
            return Failure(read.failure())
        row = read.unwrap()
        return Success(None) if row is None else self._read_manifest(row[0])

    def _read_manifest(self, written: bytes) -> Result[RunManifest, StorageError]:
        return decode(written, RunManifest).alt(lambda why: unusable_file(self.database.path, f"the manifest: {why}"))

    @effect
    async def items(self) -> Result[tuple[RunItem, ...], StorageError]:
        """As `RunStore.items`."""

        def select(connection: sqlite3.Connection) -> tuple[RunItem, ...]:
            rows = connection.execute("SELECT id, program, kind, level, body FROM item ORDER BY number")
            return tuple(RunItem(id=a, program=b, kind=c, level=d, body=e) for a, b, c, d, e in rows)

        return await self.database.run(select)

    @effect
    async def ask(self, question: HealingQuestion, most: Cost) -> Result[None, StorageError]:
        """As `RunStore.ask`."""
        return await self._write(_ASK, (*_question_row(question), most.picodollars, int(most.complete)))

    @effect
    async def keep_answer(self, answer: HealingAnswer) -> Result[None, StorageError]:
        """As `RunStore.keep_answer`."""
        return await self._write(_KEEP, (*_question_row(answer.question), *_answer_row(answer)))

    @effect
    async def keep_failure(self, question: HealingQuestion, cost: Cost, error: str) -> Result[None, StorageError]:
        """As `RunStore.keep_failure`."""

        def write(connection: sqlite3.Connection) -> None:
            most = connection.execute(
                f"SELECT most_picodollars, most_complete {_UNDER_WAY}", (question.key,)
            ).fetchone()
            row = (question.key, *(most or (0, 1)), cost.picodollars, int(cost.complete), storable(error))
            connection.execute(f"DELETE {_UNDER_WAY}", (question.key,))
            connection.execute("INSERT INTO failure VALUES (?, ?, ?, ?, ?, ?)", row)

        return await self.database.run(write)

    @effect
    async def keep_verdict(self, question: HealingQuestion, verdict: RepairVerdict) -> Result[None, StorageError]:
        """As `RunStore.keep_verdict`."""
        return await self._write(_JUDGE, (*_verdict_row(verdict), question.key))

    @effect
    async def recover(self) -> Result[int, StorageError]:
        """As `RunStore.recover`."""

        def write(connection: sqlite3.Connection) -> int:
            connection.execute(
                "INSERT INTO failure SELECT key, most_picodollars, most_complete, 0, 0,"
                " 'the process ended before the answer' FROM question WHERE state = 'asking'"
            )
            return connection.execute("DELETE FROM question WHERE state = 'asking'").rowcount

        return await self.database.run(write)

    @effect
    async def rows(self) -> Result[tuple[JournalRow, ...], StorageError]:
        """As `RunStore.rows`."""
        return await self.database.run(lambda connection: tuple(map(_row, connection.execute(_ROWS))))

    @effect
    async def expenses(self) -> Result[Expenses, StorageError]:
        """As `RunStore.expenses`."""

        def select(connection: sqlite3.Connection) -> Expenses:
            answers, lost, most = (_cost_of_sum(*connection.execute(query).fetchone()) for query in _SUMS)
            failures = connection.execute("SELECT count(*) FROM failure").fetchone()[0]
            return Expenses(answers=answers, lost=lost, most=most, failures=failures)

        return await self.database.run(select)

    @effect
    async def tallies(self) -> Result[tuple[ModelTally, ...], StorageError]:
        """As `RunStore.tallies`."""

        def select(connection: sqlite3.Connection) -> tuple[ModelTally, ...]:
            return tuple(
                ModelTally(model=model, judged=judged, healed=healed, cost=_cost_of_sum(*cost))
                for model, judged, healed, *cost in connection.execute(_TALLIES)
            )

        return await self.database.run(select)

    async def _write(self, statement: str, row: tuple[Any, ...]) -> Result[None, StorageError]:
        def write(connection: sqlite3.Connection) -> None:
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
