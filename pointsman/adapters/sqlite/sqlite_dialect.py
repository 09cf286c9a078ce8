"""What SQLite does in its own way for the stores of `pointsman/adapters/sql/`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

from pointsman.adapters.sql.transactions import SqlConnection, SqlDialect
from pointsman.adapters.sql.usage_summary import Counting, series, summary
from pointsman.adapters.sqlite.conversation_search import find_rows


def _floor(number: str) -> str:
    whole = f"CAST({number} AS INTEGER)"  # rounds towards zero; there may be no `floor`
    return f"({whole} - ({whole} > {number}))"


# SQLite's JSON ends a text at a NUL, so it is read as `%00`, told from a backslash and `u0000` that stand there.
_TAGS = r"replace(replace(replace(u.tags, '%', '%25'), '\\', '\u005c'), '\u0000', '%00')"
_COUNTING = Counting(
    _floor,
    " LEFT JOIN (SELECT DISTINCT u.rowid AS record,"
    " replace(replace(one.value, '%00', char(0)), '%25', '%') AS value"
    f" FROM usage u, json_each({_TAGS}) one) tag ON tag.record = usage.rowid",
)


def _shares_beginning(words: Sequence[str]) -> tuple[str, list[Any]]:
    wanted = " OR ".join(f'"{word}"*' for word in words)
    return "rowid IN (SELECT rowid FROM memory_text WHERE memory_text MATCH ?)", [wanted]


def _forget_words(connection: SqlConnection, table: str) -> None:
    """Else the index keeps the words of what was deleted."""
    if table == "memory":
        connection.execute("INSERT INTO memory_text (memory_text) VALUES ('rebuild')")
        return
    for index in ("entry_text", "conversation_title"):
        connection.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")


def _find_dead(connection: SqlConnection, own: str, living: frozenset[str]) -> list[str]:
    """All have their journals in one folder."""
    ids = (id for (id,) in connection.execute("SELECT id FROM process").fetchall())
    return [id for id in ids if id not in living and id != own]


def _note_machine(connection: SqlConnection, ids: Sequence[str]) -> None:
    """Nothing: there is no other."""


DIALECT = SqlDialect(
    find_conversations=find_rows,
    memory_condition=_shares_beginning,
    forget_words=_forget_words,
    find_dead=_find_dead,
    note_machine=_note_machine,
    summary=partial(summary, _COUNTING),
    series=partial(series, _COUNTING),
    unfit=(sqlite3.IntegrityError, OverflowError, UnicodeError),
)
