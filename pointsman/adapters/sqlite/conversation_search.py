"""Which conversations of a SQLite file hold the terms of a search, looking at a bounded number of messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pointsman.adapters.sql.conversation_hits import TermIndex, plain_conditions
from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.core.json import dumps_text
from pointsman.core.words import has_term, terms_of
from pointsman.services.ports.conversation_store import LONG, ConversationQuery, SearchBounds

_HITS = {
    "entry": "SELECT conversation FROM entry WHERE rowid IN"
    " (SELECT rowid FROM entry_text WHERE entry_text MATCH ? LIMIT ?)",
    "conversation": "SELECT id FROM conversation WHERE rowid IN"
    " (SELECT rowid FROM conversation_title WHERE conversation_title MATCH ? LIMIT ?)",
}
_LATEST = (
    "SELECT count(*) FROM (SELECT 1 FROM (SELECT words FROM {} ORDER BY rowid DESC LIMIT ?)"
    " WHERE instr(' ' || words, ?) > 0 LIMIT ?)"
)
_INDEX = TermIndex(_HITS, _LATEST, lambda term: (f'"{term}" *',))


def find_rows(
    connection: SqlConnection, columns: str, query: ConversationQuery, bounds: SearchBounds
) -> tuple[list[tuple[Any, ...]], tuple[float, str] | None]:
    """The `columns` of the conversations that fit `query`, newest first; and `ConversationPage.upto`."""
    terms = terms_of(query.search)
    if query.search.strip() and not terms:
        return [], None
    ids, common = _INDEX.look_up(connection, terms, bounds)
    rows = _newest_first(connection, columns, query, ids)
    limit = max(0, query.limit)
    if not common:
        return [row[3:] for row in islice(rows, limit)], None
    found, upto = _holding(connection, rows, common, bounds.messages, limit)
    return [row[3:] for row in found], upto


def _newest_first(
    connection: SqlConnection, columns: str, query: ConversationQuery, ids: set[str] | None
) -> Iterator[tuple[Any, ...]]:
    """The time, the id and the words of the title of each, and its `columns`."""
    conditions, values = plain_conditions(query)
    if ids is not None:
        conditions.append("id IN (SELECT value FROM json_each(?))")
        values.append(dumps_text(sorted(ids)))
    for tag in query.tags:
        conditions.append("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
        values.append(tag)
    if query.before is not None:
        conditions.append("(updated, id) < (?, ?)")
        values += query.before
    order = f"WHERE {' AND '.join(conditions) or 'true'} ORDER BY updated DESC, id DESC"
    yield from connection.execute(f"SELECT updated, id, words, {columns} FROM conversation {order}", values)


def _holding(
    connection: SqlConnection, rows: Iterator[tuple[Any, ...]], terms: Sequence[str], most: int, limit: int
) -> tuple[list[tuple[Any, ...]], tuple[float, str] | None]:
    """The first `limit` of `rows` that hold all `terms`; and the last one looked into, where that were too many."""
    looked, found = 0, list[tuple[Any, ...]]()
    upto: tuple[float, str] | None = None
    for row in rows:
        if len(found) >= limit:
            break
        if looked >= most:
            return found, upto
        missing = [term for term in terms if not has_term(row[2] or "", term)]
        entries = connection.execute("SELECT words FROM entry WHERE conversation = ? ORDER BY number DESC", (row[1],))
        while missing and looked < most and (entry := entries.fetchone()) is not None:
            words = entry[0] or ""
            looked += 1 + len(words) // LONG
            missing = [term for term in missing if not has_term(words, term)]
        if not missing:
            found.append(row)
        elif entries.fetchone() is not None:
            return found, upto or (row[0], row[1])
        upto = (row[0], row[1])
    return found, None
