"""Vectors of memories where the extension `pgvector` is there: the server compares them, and gives the nearest alone.

It compares all, by no index that could miss one, with four bytes a number; what is as good as the last of them within
that is given, too, and the core ranks by the whole numbers. A vector that has not been brought there yet, since the
extension came later or another program wrote it, is given each time.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import attrs
import psycopg
from psycopg import errors

from pointsman.adapters.postgres.postgres_connection import PostgresConnection, take_locks
from pointsman.adapters.sql.transactions import AlikeMemories, Lock, SqlConnection
from pointsman.core.memory import ALIKE, HALF_LIFE, IMPORTANCE, RECENCY, RELEVANCE

_MOST_NUMBERS = 16_000
"""That a vector of the extension has."""
_SLACK = 1e-3
"""By how much a likeness may be off that was computed with four bytes a number."""
_ROWS = 500
"""Vectors that are brought there in one transaction."""
_LEAST_POWER = 1000.0
"""Half-lives after which nothing is left: the server takes too small a number for an error."""
_LEAST_IMPORTANCE = 1e-300
"""What is less counts for nothing, for the same reason."""
_FILLING = Lock("vectors")
_PLACE = "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
_COLUMN = (
    "SELECT 1 FROM information_schema.columns WHERE table_schema = ? AND table_name = 'memory'"
    " AND column_name = 'embedding'"
)
_NOT_ALLOWED = (psycopg.ProgrammingError, psycopg.IntegrityError, errors.UndefinedFile, errors.LockNotAvailable)
"""What is raised to who may not make it, or makes it at the same time as another, or has it half installed."""
_LEFT = "vector IS NOT NULL AND embedding IS NULL"


@attrs.frozen
class VectorColumn:
    """The column `embedding` of the memories; the extension lives in the schema `place`."""

    place: str

    @property
    def type(self) -> str:
        """That of the column."""
        return f'"{self.place}".vector'

    def condition(self, wanted: AlikeMemories) -> tuple[str, list[Any]]:
        """As `SqlDialect.alike_condition`."""
        if not _fits(wanted.vector):
            return "vector IS NOT NULL", []
        best = (
            f"SELECT score FROM alike WHERE likeness >= {ALIKE + _SLACK} ORDER BY score DESC OFFSET ? LIMIT 1"
            if not wanted.scope.tags  # which the core knows to read
            else "SELECT NULL::float8"
        )
        recency = f"power(0.5, least({_LEAST_POWER}, greatest(0, ?::float8 - created) / {HALF_LIFE}))"
        condition = f"""({_LEFT}) OR rowid IN (
            WITH near AS (
                SELECT rowid, created,
                    CASE WHEN importance > {_LEAST_IMPORTANCE} THEN importance ELSE 0 END AS importance,
                    CASE WHEN "{self.place}".vector_dims(embedding) = ?
                        THEN -(embedding OPERATOR("{self.place}".<#>) ?::{self.type}) END AS likeness
                FROM memory WHERE "user" IN ('', ?) AND conversation IN ('', ?) AND embedding IS NOT NULL
            ), alike AS MATERIALIZED (
                SELECT rowid, likeness,
                    {RELEVANCE} * likeness + {IMPORTANCE} * importance + {RECENCY} * {recency} AS score
                FROM near WHERE likeness >= {ALIKE - _SLACK}
            ) SELECT rowid FROM alike WHERE score >= coalesce(({best}) - {2 * _SLACK}, '-infinity')
        )"""
        scope = wanted.scope
        values: list[Any] = [len(wanted.vector), _text(wanted.vector), scope.user, scope.conversation, wanted.now]
        return condition, values + ([] if scope.tags else [max(0, wanted.k - 1)])

    def keep(self, connection: SqlConnection, id: str, vector: Sequence[float]) -> None:
        """As `SqlDialect.keep_vector`. One that the extension cannot take is left where it is."""
        if _fits(vector):
            connection.execute(f"UPDATE memory SET embedding = ?::{self.type} WHERE id = ?", (_text(vector), id))


def has_vectors(connection: PostgresConnection, schema: str) -> VectorColumn | None:
    """The column, made where it was not there; None where the server has no such extension, or does not let us.

    Raises `psycopg.Error`.
    """
    place = _place(connection)
    if place is None:
        return None
    column = VectorColumn(place)
    if connection.execute(_COLUMN, (schema,)).fetchone() is None:
        add = f"ALTER TABLE memory ADD COLUMN IF NOT EXISTS embedding {column.type}"
        with suppress(*_NOT_ALLOWED):
            connection.driver.execute(add.encode(), prepare=False)
        if connection.execute(_COLUMN, (schema,)).fetchone() is None:
            return None
    while _fill(connection, schema, column):
        pass
    return column


def _place(connection: PostgresConnection) -> str | None:
    """The schema of the extension, which is made where it may be."""
    row = connection.execute(_PLACE).fetchone()
    if row is None:
        there = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
        if there is None:
            return None
        with suppress(*_NOT_ALLOWED):
            connection.driver.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        row = connection.execute(_PLACE).fetchone()
    return None if row is None else str(row[0])


def _fill(connection: PostgresConnection, schema: str, column: VectorColumn) -> bool:
    """Bring some vectors there that are not yet; False where none is left that fits."""
    connection.driver.execute("BEGIN")
    try:
        take_locks(connection, schema, (_FILLING,))
        rows = connection.execute(
            f"SELECT id, vector FROM memory WHERE {_LEFT} ORDER BY rowid LIMIT {_ROWS}"
        ).fetchall()
        fitting = [(id, vector) for id, vector in ((id, array("d", raw)) for id, raw in rows) if _fits(vector)]
        for id, vector in fitting:
            column.keep(connection, id, vector)
    except BaseException:
        with suppress(psycopg.Error):
            connection.driver.rollback()
        raise
    connection.driver.execute("COMMIT")
    return len(rows) == _ROWS and bool(fitting)


def _fits(vector: Sequence[float]) -> bool:
    return 0 < len(vector) <= _MOST_NUMBERS and all(math.isfinite(one) and abs(one) < 1e30 for one in vector)


def _text(vector: Sequence[float]) -> str:
    """As the extension reads it."""
    return f"[{','.join(map(repr, vector))}]"
