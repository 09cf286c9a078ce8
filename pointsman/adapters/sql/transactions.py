"""What a store asks of its database. It knows neither SQLite nor PostgreSQL.

SQL is written in what both speak, with `?` or `:name` for values. Where they differ, `SqlDialect` says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import attrs
from returns.result import Result

from pointsman.core.error import StorageError
from pointsman.core.money.usage_report import GroupBy, UsageRow
from pointsman.services.ports.change_hints import ChangeHints
from pointsman.services.ports.conversation_store import ConversationQuery, SearchBounds

if TYPE_CHECKING:
    from pointsman.core.memory import MemoryScope

_Value = TypeVar("_Value")
Values: TypeAlias = Sequence[Any] | Mapping[str, Any]
BUSY_SECONDS = 10.0
"""How long a write waits for another process's."""
SOON = 0.25
"""How long it waits, in seconds, where it can be left undone, and where others were in the way for all of
`BUSY_SECONDS` the last time: nobody then waits that long again and again."""


class SqlCursor(Protocol):
    """The rows of a query."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        ...

    def fetchone(self) -> Any:
        """The next row; None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class SqlConnection(Protocol):
    """Runs statements inside of the transaction of whoever has been given it."""

    def execute(self, sql: str, parameters: Values = ..., /) -> SqlCursor:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Values], /) -> SqlCursor:
        """Run a statement once for each of `parameters`."""
        ...


class WorkRefused(Exception):
    """Work that takes itself back: `SqlDatabase.run` makes a failure of it, whose detail it says."""


@attrs.frozen
class Lock:
    """What a piece of work must have to itself, or shares with others who only rely on it, until it is done.

    A database with one writer needs none.
    """

    name: str
    is_shared: bool = False


MONEY, AUTHORITY, SETTINGS, CACHE = Lock("money"), Lock("authority"), Lock("settings"), Lock("cache")
COLLECTIONS = Lock("collections")
MEMORIES, EVIDENCE, CONVERSATIONS, SEALING = Lock("memories"), Lock("evidence"), Lock("conversations"), Lock("sealing")
ANY_SEALED = Lock("sealing", is_shared=True)
"""For who keeps what was sealed with the key that counts now."""


def conversation_locks(id: str) -> tuple[Lock, ...]:
    """For who changes the conversation `id` alone."""
    return (Lock("conversations", is_shared=True), Lock(f"conversation {id}"), ANY_SEALED)


FindRows: TypeAlias = Callable[
    [SqlConnection, str, ConversationQuery, SearchBounds], tuple[list[tuple[Any, ...]], tuple[float, str] | None]
]
"""The columns named, of the conversations that fit a query, newest first; and as far as the bounds led, where
older ones may fit, too."""
FindProcesses: TypeAlias = Callable[[SqlConnection, str, frozenset[str]], list[str]]
"""The processes that have died: given the own one, and those that live on this machine."""


@attrs.frozen(kw_only=True)
class AlikeMemories:
    """Those to be found that mean what `vector` means, of which the best `k` by their scores at `now` are wanted."""

    vector: Sequence[float]
    k: int
    scope: MemoryScope
    now: float


def has_vector(wanted: AlikeMemories) -> tuple[str, list[Any]]:
    """All that have one: nothing is compared where they are kept."""
    return "vector IS NOT NULL", []


def keep_nothing_more(connection: SqlConnection, id: str, vector: Sequence[float]) -> None:
    """The row of the memory has its vector, and nothing else needs it."""


@attrs.frozen
class SqlDialect:
    """Where two databases differ."""

    find_conversations: FindRows
    memory_condition: Callable[[Sequence[str]], tuple[str, list[Any]]]
    """Which memories share the beginning of a word with others: the condition, and its values."""
    forget_words: Callable[[SqlConnection, str], None]
    """Take the words of deleted rows of a table out of its index, where it would keep them."""
    find_dead: FindProcesses
    note_machine: Callable[[SqlConnection, Sequence[str]], None]
    """That these processes are of this machine, for whose rows there may be others: those are the others' concern."""
    summary: Callable[[SqlConnection, GroupBy, float, float, str | None], tuple[UsageRow, ...]]
    series: Callable[[SqlConnection, float, float, int, str | None], tuple[UsageRow, ...]]
    unfit: tuple[type[Exception], ...]
    """What is raised for a row that cannot be kept."""
    alike_condition: Callable[[AlikeMemories], tuple[str, list[Any]]] = has_vector
    """Which memories have a vector that may be alike to another; more of them do no harm, for the core ranks them."""
    keep_vector: Callable[[SqlConnection, str, Sequence[float]], None] = keep_nothing_more
    """Have the vector of a memory, which is in its row, where it can be searched by it, too."""


class SqlDatabase(Protocol):
    """Runs work in transactions."""

    @property
    def dialect(self) -> SqlDialect:
        """Where it differs from others."""
        ...

    @property
    def journals(self) -> Path:
        """The folder of the journals of all processes on this machine that use it."""
        ...

    @property
    def hints(self) -> ChangeHints:
        """Of what other processes change in it."""
        ...

    def problem(self) -> StorageError | None:
        """Why it cannot be used here and now; None where it can."""
        ...

    def unusable(self, why: str) -> StorageError:
        """It is of no use, and why."""
        ...

    async def read(
        self, work: Callable[[SqlConnection], _Value], *, brief: bool = False
    ) -> Result[_Value, StorageError]:
        """What `work` gives, which changes nothing: all of it as it stood at one moment. `brief` work reads a few rows
        by their keys.
        """
        ...

    async def run(
        self,
        work: Callable[[SqlConnection], _Value],
        *,
        brief: bool = False,
        patience: float = BUSY_SECONDS,
        locks: Sequence[Lock] = (),
    ) -> Result[_Value, StorageError]:
        """What `work` gives, done whole or not at all, while nobody else does what `locks` keep apart.

        `work` may be run more than once, of which only the last counts. `brief` work touches a few rows by their keys.
        With little `patience` (seconds) it is given up where others are in the way.
        """
        ...

    async def erase(self) -> None:
        """Take what was deleted out of wherever it would stay until it is overwritten."""
        ...

    def keep_for_good(self) -> None:
        """Bring what was committed to the disk."""
        ...


def storable(text: str) -> str:
    """`text` as databases can keep it: with question marks for lone surrogates, which UTF-8 cannot carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
