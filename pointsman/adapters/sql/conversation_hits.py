"""What a search of conversations is made of in every database: the conditions that all know, and the index of terms."""

from __future__ import annotations

from collections import Counter
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
        """The conversations that hold `term`; None where more than `bounds.hits` rows of a table do.

        All tables are asked in one statement: on a server each costs a round trip.
        """
        if self._is_common(connection, term, bounds):
            return None
        parts = (f"SELECT {number}, hit.* FROM ({one}) hit" for number, one in enumerate(self.hits.values()))
        values = (*self.arguments(term), bounds.hits + 1) * len(self.hits)
        rows = connection.execute(" UNION ALL ".join(parts), values).fetchall()
        if any(count > bounds.hits for count in Counter(table for table, _ in rows).values()):
            return None
        return {id for _, id in rows}

    def _is_common(self, connection: SqlConnection, term: str, bounds: SearchBounds) -> bool:
        """Whether the latest rows alone of a table hold `term` too often."""
        often = self._count_latest(connection, list(self.hits), (_SAMPLE, f" {term}", _OFTEN))
        tables = [table for table, count in often.items() if count >= _OFTEN]
        if not tables:
            return False
        found = self._count_latest(connection, tables, (bounds.messages, f" {term}", bounds.hits + 1))
        return any(count > bounds.hits for count in found.values())

    def _count_latest(
        self, connection: SqlConnection, tables: Sequence[str], values: tuple[int | str, ...]
    ) -> dict[str, int]:
        counts = ", ".join(f"({self.latest.format(table)})" for table in tables)
        row = connection.execute(f"SELECT {counts}", values * len(tables)).fetchone()
        return dict(zip(tables, map(int, row), strict=True))


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
