"""Erases somebody from a database, everywhere, and counts what is left. It decides nobody's rights."""

from __future__ import annotations

import anyio
import attrs
from returns.result import Failure, Result

from pointsman.adapters.sql.journal import list_journals
from pointsman.adapters.sql.settings_store import note
from pointsman.adapters.sql.transactions import (
    AUTHORITY,
    CACHE,
    CONVERSATIONS,
    MEMORIES,
    MONEY,
    SETTINGS,
    SqlConnection,
    SqlDatabase,
)
from pointsman.core.error import StorageError
from pointsman.core.json import JsonObject, as_object, dumps_text, loads
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.services.ports.database_files import ErasedTable, Person

ERASED = "erased"
"""Stands in the trail for whoever was erased."""
_LOCKS = (AUTHORITY, CACHE, CONVERSATIONS, MEMORIES, MONEY, SETTINGS)
_ROUNDS = 5
_SETTLED = 1.2
"""Seconds after which what other processes had promised stands in the database, see `open_books`."""
_THEIRS = "SELECT id FROM conversation WHERE owner = :tenant"


def _on_account(column: str) -> str:
    """Accounts are called `budget|scope|whose|since`."""
    around = f"'|' || {column} || '|'"
    theirs = f"replace({around}, '|' || id || '|', '') <> {around}"
    return (
        f"replace({around}, '|' || :tenant || '|', '') <> {around}"
        f" OR replace({around}, '|' || :name || '|', '') <> {around}"
        f" OR (:key <> '' AND {column} LIKE 'key-' || :key || '|%')"
        f" OR EXISTS (SELECT 1 FROM conversation WHERE owner = :tenant AND {theirs})"
    )


@attrs.frozen
class _Place:
    """Rows about somebody, and what becomes of them: `change` is how their columns are set; without it they go."""

    table: str
    condition: str
    change: str = ""


_PLACES = (
    _Place("memory", f'"user" = :tenant OR conversation IN ({_THEIRS})'),
    _Place(
        "usage",
        f"tenant = :tenant OR conversation IN ({_THEIRS})",
        "tenant = '', conversation = '', tags = '[]', prompt = '', answer = ''",
    ),
    _Place("recording", f"tenant = :tenant OR conversation IN ({_THEIRS})"),
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
    _Place("session", ":key = '' AND \"user\" IN (:tenant, :user, :name) AND \"user\" <> ''"),
    _Place("guess", ":key = '' AND who IN (:tenant, :user, :name) AND who <> ''"),
)


async def erase_person(
    database: SqlDatabase, person: Person, now: float
) -> Result[tuple[ErasedTable, ...], StorageError]:
    """Erase `person`, and tell of each table how many rows were about them before and are now.

    The sums of what was used stay, as nobody's. While others use the database it is done again until nothing comes
    after, a few times.
    """
    begun = await database.run(lambda connection: _erase(database, connection, person, now), locks=_LOCKS)
    if isinstance(begun, Failure):
        return Failure(begun.failure())
    before, left = begun.unwrap(), begun
    for _ in range(_ROUNDS):
        await database.erase()
        if list_journals(database.journals):
            await anyio.sleep(_SETTLED)
        left = await database.run(lambda connection: _count_all(connection, person))
        if isinstance(left, Failure) or not any(left.unwrap().values()):
            break
        again = await database.run(lambda connection: _erase(database, connection, person, None), locks=_LOCKS)
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


def _overrides(connection: SqlConnection) -> JsonObject:
    """The saved overrides of all, by whose they are."""
    row = connection.execute("SELECT value FROM setting WHERE name = 'overrides'").fetchone()
    return {} if row is None else as_object(loads(row[0]).value_or({}))


def _count_overrides(connection: SqlConnection, person: Person) -> int:
    return int(not _overrides(connection).keys().isdisjoint((person.name, person.tenant)))


def _drop_overrides(connection: SqlConnection, person: Person) -> None:
    """And have servers look at the settings again."""
    left = {who: own for who, own in _overrides(connection).items() if who not in (person.name, person.tenant)}
    connection.execute("UPDATE setting SET value = ? WHERE name = 'overrides'", (dumps_text(left),))
    (version,) = connection.execute("SELECT value FROM setting WHERE name = 'version'").fetchone() or ("0",)
    connection.execute("UPDATE setting SET value = ? WHERE name = 'version'", (str(int(version) + 1),))


def _count_all(connection: SqlConnection, person: Person) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in _PLACES:
        query = f'SELECT count(*) FROM "{place.table}" WHERE {place.condition}'
        (number,) = connection.execute(query, _words(person)).fetchone()
        counts[place.table] = counts.get(place.table, 0) + number
    return counts | {"setting": _count_overrides(connection, person)}


def _erase(database: SqlDatabase, connection: SqlConnection, person: Person, now: float | None) -> dict[str, int]:
    """Erase, leave a trace that names nobody (at `now`, Unix seconds), and tell how many rows there were."""
    before, words = _count_all(connection, person), _words(person)
    if not any(before.values()):
        return before
    for place in _PLACES:
        what = f'UPDATE "{place.table}" SET {place.change}' if place.change else f'DELETE FROM "{place.table}"'
        connection.execute(f"{what} WHERE {place.condition}", words)
    connection.execute("DELETE FROM cache")  # an answer does not say whose it is
    for table in ("conversation", "memory"):
        database.dialect.forget_words(connection, table)
    if before["setting"]:
        _drop_overrides(connection, person)
    if now is not None:
        changes = tuple(FieldChange(table, str(count), None) for table, count in before.items() if count)
        note(connection, AuditEntry(time=now, who="cli", what="erase", target=ERASED, changes=changes))
    return before
