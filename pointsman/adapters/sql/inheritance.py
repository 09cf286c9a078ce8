"""What a process that has died has left: booked once, by whoever notices. It knows no files.

Calls that had ended are booked as the journal tells; those that were under way at what was reserved for them, each with
a `Lost` record, since they were sent and nobody knows what they cost. The rest of what was leased is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from pointsman.adapters.sql.journal_lines import EndedCalls, OpenedCall, read_line
from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.adapters.sql.usage_rows import add_rows, row_of
from pointsman.core.chat.usage import UNKNOWN
from pointsman.core.json import as_list, loads
from pointsman.core.money.cost import from_picodollars
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import LOST, UsageRecord

_TAKEN = 2**62
"""The number of a process whose journal was taken over: the database has all its lines."""
_LARGEST = 2**63 - 1


Unfit: TypeAlias = tuple[type[Exception], ...]
"""What is raised for a record that has no place."""


def take_over(connection: SqlConnection, process: str, lines: Sequence[OpenedCall | EndedCalls], unfit: Unfit) -> bool:
    """Book what the journal of `process` tells and the database does not know; False where a record has no place."""
    row = connection.execute("SELECT number, opened FROM process WHERE id = ?", (process,)).fetchone()
    number, opened = (0, "[]") if row is None else row
    if number >= _TAKEN:
        return True
    noted, under_way = _read_under_way(opened)
    open_calls = {call.id: call for call in under_way}
    open_calls |= {line.id: line for line in lines if isinstance(line, OpenedCall) and line.number > noted}
    is_whole = True
    for line in sorted((line for line in lines if isinstance(line, EndedCalls)), key=lambda line: line.number):
        for id in line.ids:
            open_calls.pop(id, None)
        if line.number > number:
            for accounts, amount in line.books:
                _book(connection, accounts, amount)
            is_whole = (line.row is None or add_rows(connection, (line.row,), unfit)) and is_whole
    for call in open_calls.values():
        _book(connection, call.accounts, call.amount)
        is_whole = add_rows(connection, (row_of(lost_record(call)),), unfit) and is_whole
    connection.execute(
        "UPDATE account SET held_picodollars = held_picodollars - lease.picodollars,"
        " held_tokens = held_tokens - lease.tokens FROM lease WHERE lease.account = account.key AND lease.process = ?",
        (process,),
    )
    connection.execute("DELETE FROM lease WHERE process = ?", (process,))
    connection.execute(
        "INSERT INTO process (id, number) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, opened = excluded.opened",
        (process, _TAKEN),
    )
    return is_whole


def tidy_processes(connection: SqlConnection, dead: Sequence[str], unfit: Unfit) -> None:
    """Forget the `dead`, which have no journal any more, and give back what they had leased."""
    for id in dead:
        take_over(connection, id, (), unfit)
        connection.execute("DELETE FROM process WHERE id = ?", (id,))


def _read_under_way(text: str) -> tuple[int, list[OpenedCall]]:
    """The number of the line after which these calls were under way, and no others; older versions wrote none."""
    opened = as_list(loads(text).value_or([]))
    noted = opened[0] if opened and isinstance(opened[0], int) else 0
    calls = [read_line(line, number=0) for line in opened if isinstance(line, list)]
    return noted, [call for call in calls if isinstance(call, OpenedCall)]


def _book(connection: SqlConnection, keys: Sequence[str], amount: Amount) -> None:
    connection.executemany(
        "INSERT INTO account (key, picodollars, tokens) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
        f" picodollars = {_sum('picodollars')}, tokens = {_sum('tokens')}",
        [(key, amount.picodollars, amount.tokens) for key in keys],
    )


def _sum(column: str) -> str:
    """With what is added; no more than can be kept."""
    one, more = f"account.{column}", f"excluded.{column}"
    return f"CASE WHEN {one} > {_LARGEST} - {more} THEN {_LARGEST} ELSE {one} + {more} END"


def lost_record(call: OpenedCall) -> UsageRecord:
    """Of a call that nobody tells more of than this."""
    facts = call.facts
    return UsageRecord(
        id=call.id,
        time=call.time,
        kind=facts.kind,
        provider=facts.provider,
        model=facts.model,
        task=facts.task,
        tenant=facts.tenant,
        conversation=facts.conversation,
        tags=facts.tags,
        usage=UNKNOWN,
        cost=from_picodollars(call.amount.picodollars, complete=False),
        attempts=1,
        outcome=LOST,
        basis="reserved",
        unseen_tokens=call.amount.tokens,
    )
