"""Which conversations in PostgreSQL hold the terms of a search, looking at a bounded number of messages.

Words are the core's: the database is given them, and does not cut texts itself. A term of several words is looked for
by its words first, and then as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pointsman.adapters.sql.conversation_hits import TermIndex, plain_conditions
from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.core.json import as_list, dumps_text, loads
from pointsman.core.words import terms_of
from pointsman.services.ports.conversation_store import LONG, ConversationQuery, SearchBounds

_HITS = {
    "entry": "SELECT conversation FROM entry WHERE vector @@ ?::tsquery AND strpos(' ' || words, ?) > 0 LIMIT ?",
    "conversation": "SELECT id FROM conversation WHERE vector @@ ?::tsquery AND strpos(' ' || words, ?) > 0 LIMIT ?",
}
_LATEST = (
    "SELECT count(*) FROM (SELECT 1 FROM (SELECT words FROM {} ORDER BY rowid DESC LIMIT ?) latest"
    " WHERE strpos(' ' || words, ?) > 0 LIMIT ?) hits"
)
_AMONG = (
    "SELECT DISTINCT conversation FROM entry WHERE conversation = ANY(?) AND strpos(' ' || words, ?) > 0",
    "SELECT id FROM conversation WHERE id = ANY(?) AND strpos(' ' || words, ?) > 0",
)
_LENGTH = f"SELECT coalesce(sum(1 + length(words) / {LONG}), 0) FROM entry WHERE conversation = ANY(?)"
_PAGE = 100


def _quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def any_of(beginnings: Sequence[str]) -> str:
    """What finds texts with a word that begins with one of `beginnings`."""
    return " | ".join(f"{_quote(word)}:*" for word in beginnings)


def _all_of(term: str) -> str:
    *words, last = term.split(" ")
    return " & ".join([*map(_quote, words), f"{_quote(last)}:*"])


_INDEX = TermIndex(_HITS, _LATEST, lambda term: (_all_of(term), f" {term}"))


def find_rows(
    connection: SqlConnection, columns: str, query: ConversationQuery, bounds: SearchBounds
) -> tuple[list[tuple[Any, ...]], tuple[float, str] | None]:
    """The `columns` of the conversations that fit `query`, newest first; and `ConversationPage.upto`."""
    terms = terms_of(query.search)
    if (query.search.strip() and not terms) or query.limit < 1:
        return [], None
    ids, common = _INDEX.look_up(connection, terms, bounds)
    found: list[tuple[Any, ...]] = []
    looked = 0
    last: tuple[float, str] | None = None
    for page in _newest_first(connection, columns, query, ids):
        if looked >= bounds.messages and page:
            return [row[3:] for row in found], last
        chosen = page
        if common:
            of_page = [row[0] for row in page]
            looked += int(connection.execute(_LENGTH, (of_page,)).fetchone()[0])
            holding = _holding(connection, of_page, common)
            chosen = [row for row in page if row[0] in holding]
        found += chosen
        if len(found) >= query.limit:
            break
        last = (page[-1][1], page[-1][0]) if page else last
    return [row[3:] for row in found[: query.limit]], None


def _holding(connection: SqlConnection, ids: Sequence[str], terms: Sequence[str]) -> set[str]:
    """Those of the conversations `ids` that hold all `terms`."""
    left = set(ids)
    for term in terms:
        holders = {id for query in _AMONG for (id,) in connection.execute(query, (list(left), f" {term}")).fetchall()}
        left &= holders
    return left


def _newest_first(
    connection: SqlConnection, columns: str, query: ConversationQuery, ids: set[str] | None
) -> Iterator[list[tuple[Any, ...]]]:
    """Pages: the id, the time and the tags of each conversation, and its `columns`."""
    conditions, values = plain_conditions(query)
    if ids is not None:
        conditions.append("id = ANY(?)")
        values.append(sorted(ids))
    for tag in query.tags:
        conditions.append("strpos(tags, ?) > 0")  # the rest is told by `_has_tags`
        values.append(dumps_text(tag))
    before, size = query.before, min(_PAGE, max(1, query.limit))
    while True:
        older = "" if before is None else " AND (updated, id) < (?::float8, ?)"
        sql = (
            f"SELECT id, updated, tags, {columns} FROM conversation WHERE {' AND '.join(conditions) or 'true'}{older}"
            " ORDER BY updated DESC, id DESC LIMIT ?"
        )
        rows = connection.execute(sql, (*values, *(before or ()), size)).fetchall()
        yield [row for row in rows if _has_tags(row[2], query.tags)]
        if len(rows) < size:
            return
        before = (rows[-1][1], rows[-1][0])


def _has_tags(text: str, tags: Sequence[str]) -> bool:
    return not tags or set(tags) <= set(map(str, as_list(loads(text).value_or([]))))
