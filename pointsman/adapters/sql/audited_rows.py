"""Rows with an id and the fields of a record, whose every change is written into the audit trail: keys and users."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TypeVar

from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode
from pointsman.adapters.sql.settings_store import note
from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry

_Record = TypeVar("_Record")


def in_order(rows: Iterable[Result[_Record, StorageError]]) -> Result[tuple[_Record, ...], StorageError]:
    """The records, the oldest first; or why one of them cannot be read."""
    records = list[_Record]()
    for row in rows:
        if isinstance(row, Failure):
            return Failure(row.failure())
        records.append(row.unwrap())
    return Success(tuple(sorted(records, key=attrgetter("created", "id"))))


def is_still(
    connection: SqlConnection, table: str, id: str, old: _Record, seen: Callable[[_Record], _Record] = lambda one: one
) -> bool:
    """Whether the row `id` holds `old`, as far as `seen` leaves anything of both: nobody has changed it meanwhile."""
    row = connection.execute(f"SELECT fields FROM {table} WHERE id = ?", (id,)).fetchone()
    return row is not None and decode(bytes(row[0]), type(old)).map(seen) == Success(seen(old))


def remove_row(connection: SqlConnection, table: str, id: str, audit: AuditEntry) -> bool:
    """Delete the row `id`; whether there was one."""
    gone = connection.execute(f"DELETE FROM {table} WHERE id = ?", (id,)).rowcount > 0
    if gone:
        note(connection, audit)
    return gone
