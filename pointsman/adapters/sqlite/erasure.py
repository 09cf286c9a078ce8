"""Erases somebody from a SQLite file, everywhere, and counts what is left. It decides nobody's rights."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import anyio
import attrs
from returns.result import Failure, Result

from pointsman.adapters.sql.journal import journals_of, list_journals
from pointsman.adapters.sql.settings_store import note
from pointsman.adapters.sqlite.database import Database
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.services.ports.database_files import ErasedTable, Person

ERASED = "erased"
"""Stands in the trail for whoever was erased."""
_ROUNDS = 5
_SETTLED = 1.2
"""Seconds after which what other processes had promised stands in the database, see `open_books`."""
_THEIRS = "SELECT id FROM conversation WHERE owner = :tenant"


def _on_account(column: str) -> str:
    """Accounts are called `budget|scope|whose|since`."""
    around = f"'|' || {column} || '|'"
    return (
        f"instr({around}, '|' || :tenant || '|') OR instr({around}, '|' || :name || '|')"
        f" OR (:key <> '' AND {column} LIKE 'key-' || :key || '|%')"
        f" OR EXISTS (SELECT 1 FROM conversation WHERE owner = :tenant AND instr({around}, '|' || id || '|'))"
    )


@attrs.frozen
class _Place:
    """Rows about somebody, and what becomes of them: `change` is how their columns are set; without it they go."""

    table: str
    condition: str
    change: str = ""


_PLACES = (
    _Place("memory", f"user = :tenant OR conversation IN ({_THEIRS})"),
    _Place(
        "usage",
        f"tenant = :tenant OR conversation IN ({_THEIRS})",
        "tenant = '', conversation = '', tags = '[]', prompt = '', answer = ''",
    ),
    _Place("lease", _on_account("account")),
    _Place("account", _on_account("key")),
    _Place("entry", f"conversation IN ({_THEIRS})"),
    _Place(
        "conversation",
        f"owner <> :tenant AND forked_conversation IN ({_THEIRS})",
        "forked_conversation = NULL, forked_entry = NULL",
    ),
    _Place("conversation", "owner = :tenant"),
    _Place("virtual_key", "id = :key OR (:user <> '' AND owner = :user)"),
    _Place("user", "id = :user"),
    _Place(
        "audit",
        "who = :name OR (:key <> '' AND target IN (:key, :key_name)) OR (:user <> '' AND target IN (:user, :name))",
        f"who = CASE who WHEN :name THEN '{ERASED}' ELSE who END, target = '{ERASED}', changes = '[]'",
    ),
    _Place("session", ":key = '' AND user IN (:tenant, :user, :name) AND user <> ''"),
    _Place("guess", ":key = '' AND who IN (:tenant, :user, :name) AND who <> ''"),
    _Place(
        "setting",
        "name = 'overrides' AND EXISTS (SELECT 1 FROM json_each(setting.value) WHERE key IN (:name, :tenant))",
        "value = (SELECT json_group_object(key, json(value)) FROM json_each(setting.value)"
        " WHERE key NOT IN (:name, :tenant))",
    ),
)


async def erase_person(database: Database, person: Person, now: float) -> Result[tuple[ErasedTable, ...], StorageError]:
    """Erase `person`, and tell of each table how many rows were about them before and are now.

    The sums of what was used stay, as nobody's. While others use the database it is done again until nothing comes
    after, a few times.
    """
    begun = await database.run(lambda connection: _erase(connection, person, now))
    if isinstance(begun, Failure):
        return Failure(begun.failure())
    before, left = begun.unwrap(), begun
    for _ in range(_ROUNDS):
        await database.erase()
        if list_journals(journals_of(database.path)):
            await anyio.sleep(_SETTLED)
        left = await database.run(lambda connection: _count_all(connection, person))
        if isinstance(left, Failure) or not any(left.unwrap().values()):
            break
        again = await database.run(lambda connection: _erase(connection, person, None))
        if isinstance(again, Failure):
            return Failure(again.failure())
    return left.map(lambda after: tuple(ErasedTable(table, before[table], after[table]) for table in before))


def _words(person: Person) -> dict[str, str]:
    return {
        "tenant": person.tenant,
        "name": person.name,
        "key": person.key_id,
        "key_name": person.key_name,
        "user": person.user_id,
    }


def _places(connection: sqlite3.Connection) -> Sequence[_Place]:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [place for place in _PLACES if place.table in there]


def _count_all(connection: sqlite3.Connection, person: Person) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in _places(connection):
        query = f"SELECT count(*) FROM {place.table} WHERE {place.condition}"
        (number,) = connection.execute(query, _words(person)).fetchone()
        counts[place.table] = counts.get(place.table, 0) + number
    return counts


def _erase(connection: sqlite3.Connection, person: Person, now: float | None) -> dict[str, int]:
    """Erase, leave a trace that names nobody (at `now`, Unix seconds), and tell how many rows there were."""
    before, words = _count_all(connection, person), _words(person)
    if not any(before.values()):
        return before
    for place in _places(connection):
        what = f"UPDATE {place.table} SET {place.change}" if place.change else f"DELETE FROM {place.table}"
        connection.execute(f"{what} WHERE {place.condition}", words)
    connection.execute("DELETE FROM cache")  # an answer does not say whose it is
    for index in ("entry_text", "conversation_title"):
        connection.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")  # else it keeps the words
    connection.execute("INSERT INTO memory_text (memory_text) VALUES ('rebuild')")
    if before.get("setting"):
        connection.execute("UPDATE setting SET value = value + 1 WHERE name = 'version'")  # servers look at it
    if now is not None:
        changes = tuple(FieldChange(table, str(count), None) for table, count in before.items() if count)
        note(connection, AuditEntry(time=now, who="cli", what="erase", target=ERASED, changes=changes))
    return before
