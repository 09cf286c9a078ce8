"""What a search of conversations is made of in every database: the conditions that all know, and the index of terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from pointsman.adapters.sql.transactions import SqlConnection, storable
from pointsman.services.ports.conversation_store import ConversationQuery, SearchBounds

_SAMPLE, _OFTEN = 200, 10
"""Of so many of the latest so many hold a term that may be common: the index would first collect all that do."""


@attrs.frozen
class TermIndex:
    """How a database is asked for a term, in its own SQL.

    `hits` are the queries by table, which take what `arguments` makes of a term, and a limit; `latest` counts how many
    of the latest rows of a table hold it, and takes how many rows to look at, the term, and when to stop counting.
    """

    hits: Mapping[str, str]
    latest: str
    arguments: Callable[[str], tuple[str, ...]]

    def look_up(
        self, connection: SqlConnection, terms: Sequence[str], bounds: SearchBounds
    ) -> tuple[set[str] | None, list[str]]:
        """The conversations that hold all rare `terms` (None: all are common), and the common ones."""
        holders = {term: self._holders(connection, term, bounds) for term in terms}
        rare = [ids for ids in holders.values() if ids is not None]
        common = [term for term, ids in holders.items() if ids is None]
        return set.intersection(*rare) if rare else None, common

    def _holders(self, connection: SqlConnection, term: str, bounds: SearchBounds) -> set[str] | None:
        """The conversations that hold `term`; None where more than `bounds.hits` messages do."""
        ids: set[str] = set()
        for table, query in self.hits.items():
            if self._is_common(connection, table, term, bounds):
                return None
            rows = connection.execute(query, (*self.arguments(term), bounds.hits + 1)).fetchall()
            if len(rows) > bounds.hits:
                return None
            ids.update(id for (id,) in rows)
        return ids

    def _is_common(self, connection: SqlConnection, table: str, term: str, bounds: SearchBounds) -> bool:
        """Whether the latest rows alone hold `term` too often."""
        query = self.latest.format(table)
        (often,) = connection.execute(query, (_SAMPLE, f" {term}", _OFTEN)).fetchone()
        if often < _OFTEN:
            return False
        (found,) = connection.execute(query, (bounds.messages, f" {term}", bounds.hits + 1)).fetchone()
        return int(found) > bounds.hits


def plain_conditions(query: ConversationQuery) -> tuple[list[str], list[Any]]:
    """What `query` says of owner, marks and folder, as SQL, and the values in it."""
    conditions, values = list[str](), list[Any]()
    if query.owner is not None:
        conditions.append("owner = ?")
        values.append(storable(query.owner))
    for column, wanted in (("pinned", query.pinned), ("archived", query.archived)):
        if wanted is not None:
            conditions.append(f"{column} = ?")
            values.append(int(wanted))
    if query.folder is not None:
        conditions.append("folder = ?")
        values.append(storable(query.folder))
    return conditions, values
