"""Carries what SQLite files of ours hold into PostgreSQL, and proves that all of it has arrived.

The file is only read, in one transaction. Rows go in batches, each with its mark in its own transaction, so that
whoever is killed goes on from there. The proof is a count and a digest of every table, on both sides.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import psycopg
from psycopg.sql import SQL, Identifier
from returns.result import Failure, Result, Success

from pointsman.adapters.postgres.postgres_connection import PostgresConnection, connect, take_locks
from pointsman.adapters.postgres.schema import prepare
from pointsman.adapters.sql.journal import journals_of, left_journals, list_journals
from pointsman.adapters.sql.transactions import Lock
from pointsman.core.database_address import DatabaseAddress
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.services.ports.database_files import CarriedTable

_ROWS = 1_000
"""Rows in a transaction."""
_STAY = frozenset({"process", "lease", "cache_count", "authority"})
"""Tables of the moment: what processes hold, and what triggers count."""
_HELD = {"account": frozenset({"held_picodollars", "held_tokens"})}
"""Columns of the moment: nobody holds anything while nobody uses the file."""
_RUNNING = "{} is used by a process; stop it first"
_LEFT = "calls of a process that has died are beside {0}; run `pointsman usage --database {0}` once, which books them"
_CHANGED = "{} was changed meanwhile; stop who uses it, and do it again into an empty schema"
_FULL = "there is something in {} already that did not come from this file; name another schema (?schema=NAME)"
_FOREIGN = "{0} is no database of this version; run `pointsman usage --database {0}` once, so that it becomes one"
_DIFFERENT = "of the table {} not all has arrived as it is in the file; do it again into an empty schema"
_OTHER_RUN = "there is a run {} in {} already that did not come from {}; give the file another name"
_RUN_TABLES = ("run_item", "run_failure", "run_question", "run")
"""The last says that there is a run: nobody sees half of one."""
_SOURCE = Lock("carrying over")

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told the table, how many of its rows are there, and how many it has."""


@attrs.frozen
class CarriedFile:
    """A SQLite file, and what marks it as one of this version."""

    path: Path
    application_id: int
    version: int


class _Refused(Exception):
    """It cannot be done, and why."""


@attrs.frozen
class _CommonTable:
    name: str
    columns: tuple[str, ...]
    run: str = ""
    """What the only run of the file is called there, where it is in one table with others."""

    @property
    def column_list(self) -> str:
        return ", ".join(f'"{one}"' for one in self.columns)

    @property
    def mark(self) -> str:
        """By which it is known how far it was carried."""
        return f"{self.run}/{self.name}" if self.run else self.name

    @property
    def condition(self) -> str:
        """Which rows there are meant, with `values`."""
        return f" WHERE {'id' if self.name == 'run' else 'run'} = ?" if self.run else ""

    @property
    def values(self) -> tuple[str, ...]:
        return (self.run,) if self.run else ()

    def as_there(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """A row of the file as it is to be; the name of the run is its first column."""
        return (self.run, *row[1:]) if self.run else tuple(row)


def carry_over(
    source: CarriedFile, address: DatabaseAddress, password: Secret | None, tell: Progress
) -> Result[tuple[CarriedTable, ...], StorageError]:
    """Carry all of `source` to `address`, or the rest of it; says how many rows of each table are there."""
    name = str(source.path.resolve())

    def carry(file: sqlite3.Connection, target: PostgresConnection) -> tuple[CarriedTable, ...]:
        tables = [_common(file, target, address.schema, table) for table in _tables_of(file)]
        _begin(target, address, name, tables)
        carried = tuple(_carry(file, target, address.schema, name, table, tell) for table in tables)
        _count_on(target)
        return carried

    return _carry_file(source, address, password, carry)


def carry_run(
    source: CarriedFile, id: str, address: DatabaseAddress, password: Secret | None, tell: Progress
) -> Result[tuple[CarriedTable, ...], StorageError]:
    """As `carry_over`, for the run in the file `source`, which is to be called `id`. Whoever calls it has it alone."""
    name = str(source.path.resolve())

    def carry(file: sqlite3.Connection, target: PostgresConnection) -> tuple[CarriedTable, ...]:
        tables = [attrs.evolve(_common(file, target, address.schema, one), run=id) for one in _RUN_TABLES]
        _begin_run(target, address, name, id)
        return tuple(_carry(file, target, address.schema, name, table, tell) for table in tables)

    return _carry_file(source, address, password, carry)


def _carry_file(
    source: CarriedFile,
    address: DatabaseAddress,
    password: Secret | None,
    carry: Callable[[sqlite3.Connection, PostgresConnection], tuple[CarriedTable, ...]],
) -> Result[tuple[CarriedTable, ...], StorageError]:
    path = source.path
    try:
        _refuse_used(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as file:
            before = _number(file, "PRAGMA data_version")
            file.execute("BEGIN")
            _refuse_foreign(source, file)
            target = connect(address, password)
            with closing(target.driver):
                wrong = prepare(target, address.schema)
                if wrong is not None:
                    raise _Refused(wrong)
                carried = carry(file, target)
            file.execute("COMMIT")
            if _number(file, "PRAGMA data_version") != before:
                raise _Refused(_CHANGED.format(path))
        return Success(carried)
    except _Refused as why:
        return Failure(StorageError(detail=str(why), remedy=""))
    except (sqlite3.Error, OSError) as problem:
        return Failure(StorageError(detail=f"{path}: {problem}"))
    except (psycopg.Error, UnicodeError) as problem:
        first = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        return Failure(StorageError(detail=f"{address.name}: {first}", remedy="Put that right, and do it again."))


def _refuse_used(path: Path) -> None:
    folder = journals_of(path)
    if list_journals(folder):
        for left in left_journals(folder, ""):
            left.close()
            raise _Refused(_LEFT.format(path))
        raise _Refused(_RUNNING.format(path))


def _refuse_foreign(source: CarriedFile, file: sqlite3.Connection) -> None:
    marks = (_number(file, "PRAGMA application_id"), _number(file, "PRAGMA user_version"))
    if marks != (source.application_id, source.version):
        raise _Refused(_FOREIGN.format(source.path))


def _carry(
    file: sqlite3.Connection, target: PostgresConnection, schema: str, source: str, table: _CommonTable, tell: Progress
) -> CarriedTable:
    total = _number(file, f'SELECT count(*) FROM "{table.name}"')
    for done in _batches(file, target, schema, source, table):
        tell(table.mark, min(done, total), total)
    return CarriedTable(table.name, _prove(file, target, table))


def _tables_of(file: sqlite3.Connection) -> list[str]:
    """Our own, without those that SQLite keeps for its indexes."""
    rows = file.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return [name for (name,) in rows if name not in _STAY]


def _common(file: sqlite3.Connection, target: PostgresConnection, schema: str, table: str) -> _CommonTable:
    """What of `table` is kept on both sides."""
    rows = target.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?", (schema, table)
    )
    there = {str(name) for (name,) in rows.fetchall()} - _HELD.get(table, frozenset())
    here = [str(row[1]) for row in file.execute(f'PRAGMA table_info("{table}")')]
    if not there:
        raise _Refused(f"the table {table} has no place there; upgrade pointsman")
    return _CommonTable(table, tuple(name for name in here if name in there))


def _begin(target: PostgresConnection, address: DatabaseAddress, name: str, tables: Sequence[_CommonTable]) -> None:
    """Note from which file this is, unless something else is there."""
    target.driver.execute("BEGIN")
    try:
        take_locks(target, address.schema, (_SOURCE,))
        row = target.execute("SELECT source FROM carried LIMIT 1").fetchone()
        is_full = any(target.execute(f'SELECT 1 FROM "{one.name}" LIMIT 1').fetchone() for one in tables)
        if (row is not None and row[0] != name) or (row is None and is_full):
            raise _Refused(_FULL.format(address.name))
        target.execute("INSERT INTO carried (source, name, upto) VALUES (?, '', 0) ON CONFLICT DO NOTHING", (name,))
    except BaseException:
        target.driver.rollback()
        raise
    target.driver.execute("COMMIT")


def _begin_run(target: PostgresConnection, address: DatabaseAddress, name: str, id: str) -> None:
    """Note from which file the run is, unless there is another one that is called so."""
    target.driver.execute("BEGIN")
    try:
        take_locks(target, address.schema, (_SOURCE,))
        row = target.execute("SELECT source FROM carried WHERE name = ?", (f"{id}/",)).fetchone()
        is_there = target.execute("SELECT 1 FROM run WHERE id = ?", (id,)).fetchone()
        if (row is not None and row[0] != name) or (row is None and is_there):
            raise _Refused(_OTHER_RUN.format(id, address.name, name))
        noted = (name, f"{id}/")
        target.execute("INSERT INTO carried (source, name, upto) VALUES (?, ?, 0) ON CONFLICT DO NOTHING", noted)
    except BaseException:
        target.driver.rollback()
        raise
    target.driver.execute("COMMIT")


def _batches(
    file: sqlite3.Connection, target: PostgresConnection, schema: str, source: str, table: _CommonTable
) -> Iterator[int]:
    """Carry the rows that are not there yet; gives how many are, after each batch."""
    (done,) = target.execute(f'SELECT count(*) FROM "{table.name}"{table.condition}', table.values).fetchone()
    while True:
        target.driver.execute("BEGIN")
        try:
            take_locks(target, schema, (_SOURCE,))
            row = target.execute("SELECT upto FROM carried WHERE name = ?", (table.mark,)).fetchone()
            last = -(2**63) if row is None else row[0]
            rows = _rows_after(file, table, last)
            if rows:
                _copy(target, table, [table.as_there(one[1:]) for one in rows])
                target.execute(
                    "INSERT INTO carried (source, name, upto) VALUES (?, ?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET upto = excluded.upto",
                    (source, table.mark, rows[-1][0]),
                )
        except BaseException:
            with suppress(psycopg.Error):
                target.driver.rollback()
            raise
        target.driver.execute("COMMIT")
        done += len(rows)
        yield done
        if len(rows) < _ROWS:
            return


def _rows_after(file: sqlite3.Connection, table: _CommonTable, last: int) -> list[tuple[Any, ...]]:
    query = f'SELECT rowid, {table.column_list} FROM "{table.name}" WHERE rowid > ? ORDER BY rowid LIMIT {_ROWS}'
    return file.execute(query, (last,)).fetchall()


def _copy(target: PostgresConnection, table: _CommonTable, rows: Iterable[Sequence[Any]]) -> None:
    columns = SQL(", ").join(map(Identifier, table.columns))
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), columns)
    with target.driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _prove(file: sqlite3.Connection, target: PostgresConnection, table: _CommonTable) -> int:
    """How many rows are there, and in both. Raises `_Refused`."""
    query = f'SELECT {table.column_list} FROM "{table.name}"'
    here = _digest(map(table.as_there, file.execute(query)))
    with target.driver.transaction(), target.driver.cursor(name="proof") as cursor:
        cursor.itersize = _ROWS
        there = _digest(cursor.execute(f"{query}{table.condition}".replace("?", "%s").encode(), table.values))
    if here != there:
        raise _Refused(_DIFFERENT.format(table.name))
    return here[0]


def _digest(rows: Iterable[Sequence[Any]]) -> tuple[int, int]:
    """How many `rows` there are, and the sum of their digests, in which their order plays no part."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(blake2b(repr(tuple(row)).encode("utf-8", "replace"), digest_size=16).digest(), "big")
    return count, total % 2**128


def _count_on(target: PostgresConnection) -> None:
    """What is counted goes on above what was carried."""
    target.execute(
        "SELECT setval(pg_get_serial_sequence('audit', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM audit), false)"
    )
    target.execute("UPDATE cache_count SET value = (SELECT coalesce(max(used), 0) FROM cache) WHERE name = 'turn'")


def _number(file: sqlite3.Connection, query: str) -> int:
    return int(file.execute(query).fetchone()[0])
