"""What a process that has died has left: booked once, by whoever notices. It knows no files.

Calls that had ended are booked as the journal tells; those that were under way at what was reserved for them, each with
a `Lost` record, since they were sent and nobody knows what they cost. The rest of what was leased is given back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, cast

from pointsman.adapters.sqlite.usage_rows import ADD, row_of
from pointsman.core.chat.usage import UNKNOWN
from pointsman.core.json import Json, as_list, loads
from pointsman.core.money.cost import from_picodollars
from pointsman.core.money.usage_record import LOST, UsageRecord

OPENED, CLOSED = 0, 1
"""Kinds of lines in the journal: `[number, OPENED, id, accounts, picodollars, tokens, time, facts]` and
`[number, CLOSED, ids, [[accounts, picodollars, tokens]], row]`."""
_TAKEN = 2**62
"""The number of a process whose journal was taken over: the database has all its lines."""


def take_over(connection: sqlite3.Connection, process: str, lines: Sequence[list[Json]]) -> None:
    """Book what the journal of `process` tells and the database does not know."""
    row = connection.execute("SELECT number, opened FROM process WHERE id = ?", (process,)).fetchone()
    number, opened = (0, "[]") if row is None else row
    if number >= _TAKEN:
        return
    open_calls: dict[Json, list[Any]] = {}
    noted, under_way = _read_under_way(as_list(loads(opened).value_or([])))
    for line in under_way:
        _note(open_calls, [0, *as_list(line)])
    for line in lines:
        if line[1] == OPENED and cast(int, line[0]) > noted:
            _note(open_calls, line)
    for line in lines:
        if line[1] == CLOSED:
            _close(connection, open_calls, line, is_known=cast(int, line[0]) <= number)
    for id, (_, _, _, keys, picodollars, tokens, time, facts) in open_calls.items():
        _book(connection, keys, picodollars, tokens)
        connection.execute(ADD, row_of(_lost_record(cast(str, id), picodollars, tokens, time, facts)))
    connection.execute(
        "UPDATE account SET held_picodollars = held_picodollars - lease.picodollars,"
        " held_tokens = held_tokens - lease.tokens FROM lease WHERE lease.account = account.key AND lease.process = ?",
        (process,),
    )
    connection.execute("DELETE FROM lease WHERE process = ?", (process,))
    connection.execute("INSERT OR REPLACE INTO process (id, number) VALUES (?, ?)", (process, _TAKEN))


def tidy_processes(connection: sqlite3.Connection, living: frozenset[str]) -> None:
    """Forget those that have no journal any more, and give back what they had leased."""
    gone = [id for (id,) in connection.execute("SELECT id FROM process").fetchall() if id not in living]
    for id in gone:
        take_over(connection, id, ())
        connection.execute("DELETE FROM process WHERE id = ?", (id,))


def _read_under_way(opened: list[Json]) -> tuple[int, list[Json]]:
    """The number of the line after which these calls were under way, and no others; older versions wrote none."""
    if opened and isinstance(opened[0], int):
        return opened[0], opened[1:]
    return 0, opened


def _note(open_calls: dict[Json, list[Any]], line: list[Json]) -> None:
    open_calls[line[2]] = line


def _close(
    connection: sqlite3.Connection, open_calls: dict[Json, list[Any]], line: list[Any], *, is_known: bool
) -> None:
    _, _, ids, books, row = line
    for id in ids:
        open_calls.pop(id, None)
    if is_known:
        return
    for keys, picodollars, tokens in books:
        _book(connection, keys, picodollars, tokens)
    if row is not None:
        connection.execute(ADD, row)


def _book(connection: sqlite3.Connection, keys: Sequence[str], picodollars: int, tokens: int) -> None:
    connection.executemany(
        "INSERT INTO account (key, picodollars, tokens) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
        " picodollars = picodollars + excluded.picodollars, tokens = tokens + excluded.tokens",
        [(key, picodollars, tokens) for key in keys],
    )


def _lost_record(id: str, picodollars: int, tokens: int, time: float, facts: list[Any]) -> UsageRecord:
    kind, provider, model, task, tenant, conversation, tags = facts
    return UsageRecord(
        id=id,
        time=time,
        kind=kind,
        provider=provider,
        model=model,
        task=task,
        tenant=tenant,
        conversation=conversation,
        tags=tuple(tags),
        usage=UNKNOWN,
        cost=from_picodollars(picodollars, complete=False),
        attempts=1,
        outcome=LOST,
        basis="reserved",
        unseen_tokens=tokens,
    )
