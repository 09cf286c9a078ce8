"""The words by which what is kept is found: triggers of the tables bring them into the index, this what is without."""

from __future__ import annotations

import sqlite3

import attrs

from pointsman.adapters.sql.indexed_words import index_words

_LARGE_CACHE, _USUAL_CACHE = -64_000, -2_000
"""Pages of the database that are held in memory, as kibibytes."""
ROWS = 2_000
"""How many rows get their words in one transaction."""


@attrs.frozen
class _Indexed:
    """A table, the column whose words are looked for, and what else changes where they are kept."""

    table: str
    column: str
    also: str = ""


_TABLES = (
    _Indexed("conversation", "title"),
    _Indexed("memory", "text"),
    _Indexed("entry", "text", ", text = ''"),  # stands in `message` too, and is read from there
)


def fill_index(connection: sqlite3.Connection) -> None:
    """Give their words to all rows without, some in a transaction: whoever is killed meanwhile goes on from there.

    Rows have none that an older version has kept, before the index was made or while both run.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = {_LARGE_CACHE}")
    for indexed in _TABLES:
        while _fill_some(connection, indexed):
            pass
    connection.execute(f"PRAGMA cache_size = {_USUAL_CACHE}")


def _fill_some(connection: sqlite3.Connection, indexed: _Indexed) -> bool:
    query = f"SELECT rowid, {indexed.column} FROM {indexed.table} WHERE words IS NULL LIMIT {ROWS}"
    if not connection.execute(query).fetchone():
        return False
    connection.execute("BEGIN IMMEDIATE")
    words = [(index_words(text), number) for number, text in connection.execute(query).fetchall()]
    connection.executemany(f"UPDATE {indexed.table} SET words = ?{indexed.also} WHERE rowid = ?", words)
    connection.execute("COMMIT")
    return bool(words)
