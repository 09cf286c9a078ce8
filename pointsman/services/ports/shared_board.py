"""Port: a board on which processes write short rows for each other. It knows nothing of what stands in them.

Writing a row again replaces it, so that who heard no answer may write once more, and nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError


@attrs.frozen
class BoardRow:
    """What another process has written: `age` is how many seconds ago, by the board's clock."""

    name: str
    text: str = attrs.field(repr=False)
    age: float


@attrs.frozen(kw_only=True)
class BoardNews:
    """What others have written since, and where the next reading begins."""

    rows: tuple[BoardRow, ...]
    position: str
    is_new: bool = False
    """The board has forgotten everything since the last reading: who still means what it wrote writes it again."""


class SharedBoard(Protocol):
    """Rows of text by name. The last who writes a row is the one who is read; rows that nobody renews are forgotten."""

    def exchange(self, process: str, rows: Mapping[str, str], position: str) -> FutureResult[BoardNews, StorageError]:
        """Write `rows` for `process`, and read what others have written after `position`; all of it after "".

        What `process` has written itself it does not read. A row that was written several times is read once.
        """
        ...


KEPT_SECONDS = 3600.0
"""So long a row stands that nobody writes again."""
