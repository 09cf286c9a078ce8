"""Memories in a database. Its index of words finds those that share one, and vectors are compared by it where it can.

The core ranks what it finds.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.sql.indexed_words import index_words
from pointsman.adapters.sql.proof import ensure_current
from pointsman.adapters.sql.transactions import (
    ANY_SEALED,
    MEMORIES,
    AlikeMemories,
    SqlConnection,
    SqlDatabase,
    storable,
)
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.json import as_list, as_text, dumps_text, loads
from pointsman.core.memory import Memory, MemoryScope, Recalled, recall, telling, within

_COLUMNS = 'id, text, created, importance, "user", conversation, tags, vector'


@attrs.frozen
class SqlMemories:
    """A `MemoryStore` in `database`. With a `mark` it remembers only while that counts, see `Cipher.key_id`."""

    database: SqlDatabase
    mark: bytes | None = attrs.field(default=None, repr=False)

    @effect
    async def remember(self, memory: Memory) -> Result[None, StorageError]:
        """As `MemoryStore.remember`."""

        def write(connection: SqlConnection) -> int:
            ensure_current(connection, self.mark)
            replaced = self._delete(connection, "id = ?", memory.id)
            row = (*_row(memory), index_words(memory.text))
            connection.execute(f"INSERT INTO memory ({_COLUMNS}, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if memory.vector:
                self.database.dialect.keep_vector(connection, memory.id, memory.vector)
            return replaced

        return (await self._erase(write)).map(lambda _: None)

    @effect
    async def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> Result[tuple[Recalled, ...], StorageError]:
        """As `MemoryStore.recall`."""
        words, dialect = telling(text), self.database.dialect

        def select(connection: SqlConnection) -> tuple[Recalled, ...]:
            if not words and not vector:
                return ()
            parts = []
            if words:  # the shorter form of a word begins the longer one: search by what both have
                parts.append(dialect.memory_condition([word[: max(3, len(word) - 3)] for word in words]))
            if vector:
                parts.append(dialect.alike_condition(AlikeMemories(vector=vector, k=k, scope=scope, now=now)))
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM memory WHERE \"user\" IN ('', ?) AND conversation IN ('', ?)"
                f" AND ({' OR '.join(condition for condition, _ in parts)})",
                (scope.user, scope.conversation, *(value for _, values in parts for value in values)),
            )
            return recall(map(_memory, rows), text, k, scope, now, vector)

        return await self.database.read(select)

    @effect
    async def all(self, scope: MemoryScope) -> Result[tuple[Memory, ...], StorageError]:
        """As `MemoryStore.all`."""

        def select(connection: SqlConnection) -> tuple[Memory, ...]:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM memory ORDER BY created DESC, id")
            return tuple(memory for memory in map(_memory, rows) if within(memory, scope))

        return await self.database.read(select)

    @effect
    async def forget(self, id: str) -> Result[bool, StorageError]:
        """As `MemoryStore.forget`."""
        gone = await self._erase(lambda connection: self._delete(connection, "id = ?", id))
        return gone.map(bool)

    @effect
    async def forget_user(self, user: str) -> Result[int, StorageError]:
        """As `MemoryStore.forget_user`."""
        return await self._erase(lambda connection: self._delete(connection, '"user" = ?', user))

    @effect
    async def forget_before(self, before: float) -> Result[int, StorageError]:
        """As `MemoryStore.forget_before`."""
        return await self._erase(lambda connection: self._delete(connection, "created < ?", before))

    def _delete(self, connection: SqlConnection, condition: str, value: str | float) -> int:
        gone = connection.execute(f"DELETE FROM memory WHERE {condition}", (value,)).rowcount
        if gone:
            self.database.dialect.forget_words(connection, "memory")
        return gone

    async def _erase(self, work: Callable[[SqlConnection], int]) -> Result[int, StorageError]:
        """Do `work`; if it deletes any, nothing of them stays in the file."""
        done = await self.database.run(work, locks=(MEMORIES, ANY_SEALED))
        if done.value_or(0):
            await self.database.erase()
        return done


def _row(memory: Memory) -> tuple[Any, ...]:
    return (
        memory.id,
        storable(memory.text),
        memory.created,
        memory.importance,
        memory.user,
        memory.conversation,
        dumps_text(memory.tags),
        array("d", memory.vector).tobytes() if memory.vector else None,
    )


def _memory(row: tuple[Any, ...]) -> Memory:
    return Memory(
        id=row[0],
        text=row[1],
        created=row[2],
        importance=row[3],
        user=row[4],
        conversation=row[5],
        tags=tuple(as_text(tag) for tag in as_list(loads(row[6]).value_or([]))),
        vector=tuple(array("d", row[7])) if row[7] else (),
    )
