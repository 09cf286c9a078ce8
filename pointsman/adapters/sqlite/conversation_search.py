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
) -> list[tuple[Any, ...]]:
    """The `columns` of the conversations that fit `query`, newest first."""
    terms = terms_of(query.search)
    if query.search.strip() and not terms:
        return []
    ids, common = _INDEX.look_up(connection, terms, bounds)
    rows = _newest_first(connection, columns, query, ids)
    if common:
        rows = _holding(connection, rows, common, bounds.messages)
    return [row[2:] for row in islice(rows, max(0, query.limit))]


def _newest_first(
    connection: SqlConnection, columns: str, query: ConversationQuery, ids: set[str] | None
) -> Iterator[tuple[Any, ...]]:
    """The id and the words of the title of each, and its `columns`."""
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
    yield from connection.execute(f"SELECT id, words, {columns} FROM conversation {order}", values)


def _holding(
    connection: SqlConnection, rows: Iterator[tuple[Any, ...]], terms: Sequence[str], most: int
) -> Iterator[tuple[Any, ...]]:
    """Those of `rows` that hold all `terms`, until `most` messages were looked into."""
    looked = 0
    for row in rows:
        if looked >= most:
            return
        missing = [term for term in terms if not has_term(row[1] or "", term)]
        entries = connection.execute("SELECT words FROM entry WHERE conversation = ? ORDER BY number DESC", (row[0],))
        while missing and looked < most and (entry := entries.fetchone()) is not None:
            words = entry[0] or ""
            looked += 1 + len(words) // LONG
            missing = [term for term in missing if not has_term(words, term)]
        if not missing:
            yield row
