"""What PostgreSQL does in its own way for the stores of `pointsman/adapters/sql/`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg

from pointsman.adapters.postgres.find_conversations import any_of, find_rows
from pointsman.adapters.sql.transactions import SqlConnection, SqlDialect
from pointsman.adapters.sql.usage_summary import Counting, series, summary

_COUNTING = Counting(
    lambda number: f"floor({number})::bigint",
    " LEFT JOIN (SELECT DISTINCT u.rowid AS record, one.value AS value"
    " FROM usage u, jsonb_array_elements_text("
    r"regexp_replace(u.tags, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ue0000', 'g')::jsonb) one) tag"  # see `shield_text`
    " ON tag.record = usage.rowid",
)
_LEFT = "10 minutes"
"""A process on another machine that is silent for so long is taken for dead: nobody else can read its journal."""


def _shares_beginning(words: Sequence[str]) -> tuple[str, list[Any]]:
    return "word_vector @@ ?::tsquery", [any_of(words)]


def _forget_words(connection: SqlConnection, table: str) -> None:
    """Nothing: what is deleted goes from the index by `VACUUM`."""


def _find_dead(machine: str, connection: SqlConnection, own: str, living: frozenset[str]) -> list[str]:
    """Those of this machine that have no journal, and those of others that are silent, by the server's clock."""
    _note_machine(machine, connection, [own, *living])
    connection.execute(
        "UPDATE process SET seen = clock_timestamp() WHERE id = ? AND seen < clock_timestamp() - interval '30 seconds'",
        (own,),
    )
    rows = connection.execute(
        "SELECT id FROM process WHERE id <> ALL(?)"
        f" AND (machine = ? OR seen < clock_timestamp() - interval '{_LEFT}') ORDER BY id",
        ([own, *living], machine),
    )
    return [id for (id,) in rows.fetchall()]


def _note_machine(machine: str, connection: SqlConnection, ids: Sequence[str]) -> None:
    """A process does so itself, and others do it for one that has died before it could."""
    connection.execute("UPDATE process SET machine = ? WHERE machine IS NULL AND id = ANY(?)", (machine, list(ids)))


def _machine_of(journals: Path) -> str:
    """A word for this machine, kept beside the journals. Raises OSError."""
    journals.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = journals / "machine"
    try:
        with path.open("x") as file:
            file.write(token_hex(16))
    except FileExistsError:
        pass
    return path.read_text() or str(path)


def dialect_on(journals: Path) -> SqlDialect:
    """That of a process whose journal is in the folder `journals`. Raises OSError."""
    machine = _machine_of(journals)
    return SqlDialect(
        find_conversations=find_rows,
        memory_condition=_shares_beginning,
        forget_words=_forget_words,
        find_dead=partial(_find_dead, machine),
        note_machine=partial(_note_machine, machine),
        summary=partial(summary, _COUNTING),
        series=partial(series, _COUNTING),
        unfit=(psycopg.DataError, psycopg.IntegrityError, OverflowError, UnicodeError),
    )
