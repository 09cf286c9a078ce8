"""Conversations in a SQLite file, with full-text search over titles and messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, decode_message, encode, encode_message
from pointsman.adapters.sql.indexed_words import index_words
from pointsman.adapters.sql.proof import ensure_current
from pointsman.adapters.sql.transactions import (
    CONVERSATIONS,
    SqlConnection,
    SqlDatabase,
    conversation_locks,
    storable,
)
from pointsman.core.chat.usage import Usage
from pointsman.core.conversations.conversation import ChatParameters, Conversation, Dialogue, Entry, Summary
from pointsman.core.effect import effect
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.core.json import as_list, as_text, dumps_text, loads
from pointsman.core.money.cost import from_picodollars
from pointsman.services.ports.conversation_store import (
    BRIEF,
    ConversationPage,
    ConversationQuery,
    SearchBounds,
    not_found,
    there_already,
)

_CONVERSATION = (
    "id, title, created, updated, version, tags, system, summary, summary_upto, forked_conversation, forked_entry,"
    " owner, words, leaf, parameters, pinned, folder, archived"
)
_ENTRY = (
    "id, message, words, time, parent, provider, model, input, output, cached_input, cache_write, reasoning, estimated,"
    " picodollars, cost_complete, status, error, cache_write_1h, problem"
)

_DEFAULTS = ChatParameters()
_AT_ONCE = 200
"""Conversations that are deleted in one transaction."""

_NAMED_AT_ONCE = 500
"""Ids in one query: SQLite may be built with a limit of 999."""


@attrs.frozen
class SqlConversations:
    """A `ConversationStore` in `database`. With a `mark` it writes only while that counts, see `Cipher.key_id`."""

    database: SqlDatabase
    mark: bytes | None = attrs.field(default=None, repr=False)
    bounds: SearchBounds = BRIEF

    @effect
    async def create(self, conversation: Conversation, entries: Sequence[Entry] = ()) -> Result[None, StorageError]:
        """As `ConversationStore.create`."""
        rows = self._rows(entries)
        if isinstance(rows, StorageError):
            return Failure(rows)

        def write(connection: SqlConnection) -> StorageError | None:
            ensure_current(connection, self.mark)
            if _version(connection, conversation.id) is not None:
                return there_already("conversation", conversation.id)
            twice = _twice(connection, conversation.id, rows)
            if twice is not None:
                return there_already("message", twice)
            marks = ", ".join("?" * 18)
            connection.execute(
                f"INSERT INTO conversation ({_CONVERSATION}) VALUES ({marks})", _conversation_row(conversation)
            )
            _append(connection, conversation.id, rows)
            return None

        done = await self.database.run(write, locks=conversation_locks(conversation.id))
        wrong = done.failure() if isinstance(done, Failure) else done.unwrap()
        return Success(None) if wrong is None else Failure(wrong)

    @effect
    async def get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        """As `ConversationStore.get`."""

        def select(connection: SqlConnection) -> tuple[Any, list[Any]]:
            row = connection.execute(f"SELECT {_CONVERSATION} FROM conversation WHERE id = ?", (id,)).fetchone()
            rows = connection.execute(f"SELECT {_ENTRY} FROM entry WHERE conversation = ? ORDER BY number", (id,))
            return row, rows.fetchall()

        read = await self.database.read(select)
        if isinstance(read, Failure):
            return Failure(read.failure())
        row, rows = read.unwrap()
        if row is None:
            return Failure(not_found(id))
        entries = []
        for one in rows:
            entry = _entry(one)
            if isinstance(entry, str):
                return Failure(self.database.unusable(f"a message of the conversation {id!r} is garbled: {entry}"))
            entries.append(entry)
        return Success(Dialogue(conversation=_conversation(row), entries=tuple(entries)))

    @effect
    async def find(self, query: ConversationQuery) -> Result[ConversationPage, StorageError]:
        """As `ConversationStore.find`."""
        find_rows = self.database.dialect.find_conversations
        found = await self.database.read(lambda connection: find_rows(connection, _CONVERSATION, query, self.bounds))
        return found.map(lambda some: ConversationPage(tuple(_conversation(row) for row in some[0]), some[1]))

    @effect
    async def folders(self, owner: str | None = None) -> Result[tuple[str, ...], StorageError]:
        """As `ConversationStore.folders`."""
        theirs, values = ("", ()) if owner is None else (" AND owner = ?", (owner,))
        asked = f"SELECT DISTINCT folder FROM conversation WHERE folder <> '' AND archived = 0{theirs}"
        found = await self.database.read(lambda connection: connection.execute(asked, values).fetchall())
        return found.map(lambda rows: tuple(sorted(folder for (folder,) in rows)))

    @effect
    async def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> Result[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        """As `ConversationStore.change`."""
        rows = self._rows(entries)
        if isinstance(rows, StorageError):
            return Failure(rows)

        def write(connection: SqlConnection) -> int | StorageError | None:
            ensure_current(connection, self.mark)
            found = _version(connection, conversation.id)
            if found is not None and found == conversation.version:
                twice = _twice(connection, conversation.id, rows)
                if twice is not None:
                    return there_already("message", twice)
                _update(connection, attrs.evolve(conversation, version=found + 1))
                _append(connection, conversation.id, rows)
            return found

        done = await self.database.run(write, locks=conversation_locks(conversation.id))
        if isinstance(done, Failure):
            return Failure(done.failure())
        found = done.unwrap()
        if isinstance(found, StorageError):
            return Failure(found)
        if found is None:
            return Failure(not_found(conversation.id))
        if found != conversation.version:
            return Failure(ConversationConflict(expected=conversation.version, found=found))
        return Success(attrs.evolve(conversation, version=found + 1))

    @effect
    async def revise(self, id: str, entry: Entry) -> Result[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.revise`."""
        rows = self._rows((entry,))
        if isinstance(rows, StorageError):
            return Failure(rows)
        columns = ", ".join(f"{name.strip()} = ?" for name in _ENTRY.split(","))

        def write(connection: SqlConnection) -> int:
            ensure_current(connection, self.mark)
            values = (*_index_row(rows[0]), id, entry.id)
            return connection.execute(f"UPDATE entry SET {columns} WHERE conversation = ? AND id = ?", values).rowcount

        done = await self.database.run(write, locks=conversation_locks(id))
        if isinstance(done, Failure):
            return Failure(done.failure())
        return Success(None) if done.unwrap() else Failure(not_found(id))

    @effect
    async def delete(self, id: str) -> Result[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.delete`."""

        def write(connection: SqlConnection) -> int:
            return self._delete(connection, (id,))

        done = await self.database.run(write, locks=conversation_locks(id))
        if isinstance(done, Failure):
            return Failure(done.failure())
        await self.database.erase()
        return Success(None) if done.unwrap() else Failure(not_found(id))

    @effect
    async def forget(self, before: float, owner: str | None = None) -> Result[int, StorageError]:
        """As `ConversationStore.forget`; some in a transaction, so that nobody waits for long."""

        def delete_some(connection: SqlConnection) -> int:
            whose = "" if owner is None else " AND owner = ?"
            old = f"SELECT id FROM conversation WHERE updated < ?{whose} LIMIT {_AT_ONCE}"
            values = (before,) if owner is None else (before, storable(owner))
            return self._delete(connection, [id for (id,) in connection.execute(old, values).fetchall()])

        total, gone = 0, _AT_ONCE
        while gone == _AT_ONCE:
            done = await self.database.run(delete_some, locks=(CONVERSATIONS,))
            if isinstance(done, Failure):
                return Failure(done.failure())
            gone = done.unwrap()
            total += gone
        if total:
            await self.database.erase()
        return Success(total)

    def _delete(self, connection: SqlConnection, ids: Sequence[str]) -> int:
        if not ids:
            return 0
        connection.executemany("DELETE FROM entry WHERE conversation = ?", [(id,) for id in ids])
        gone = connection.executemany("DELETE FROM conversation WHERE id = ?", [(id,) for id in ids]).rowcount
        if gone:
            self.database.dialect.forget_words(connection, "conversation")
        return gone

    def _rows(self, entries: Sequence[Entry]) -> list[tuple[Any, ...]] | StorageError:
        try:
            return [_entry_row(entry) for entry in entries]
        except (TypeError, ValueError, ArithmeticError) as problem:
            # orjson: a number above 64 bits, a lone surrogate; a cost that is no number
            return self.database.unusable(f"a message cannot be written: {problem}")


def _version(connection: SqlConnection, id: str) -> int | None:
    row = connection.execute("SELECT version FROM conversation WHERE id = ?", (id,)).fetchone()
    return None if row is None else int(row[0])


def _update(connection: SqlConnection, conversation: Conversation) -> None:
    columns = ", ".join(f"{name.strip()} = ?" for name in _CONVERSATION.split(","))
    values = (*_conversation_row(conversation), conversation.id)
    connection.execute(f"UPDATE conversation SET {columns} WHERE id = ?", values)


def _twice(connection: SqlConnection, id: str, rows: Sequence[tuple[Any, ...]]) -> str | None:
    """The id that one of `rows` has in common with another, or with an entry that is there."""
    ids = [str(row[0]) for row in rows]
    there: set[str] = set()
    for start in range(0, len(ids), _NAMED_AT_ONCE):
        some = ids[start : start + _NAMED_AT_ONCE]
        query = f"SELECT id FROM entry WHERE conversation = ? AND id IN ({', '.join('?' * len(some))})"
        there.update(found for (found,) in connection.execute(query, (id, *some)))
    for one in ids:
        if one in there:
            return one
        there.add(one)
    return None


def _append(connection: SqlConnection, id: str, rows: Sequence[tuple[Any, ...]]) -> None:
    (last,) = connection.execute("SELECT coalesce(max(number), -1) FROM entry WHERE conversation = ?", (id,)).fetchone()
    marks = ", ".join("?" * 22)
    connection.executemany(
        f"INSERT INTO entry (conversation, number, text, {_ENTRY}) VALUES ({marks})",
        [(id, last + 1 + number, "", *_index_row(row)) for number, row in enumerate(rows)],
    )


def _index_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """`row` with the words of its text in the place of it; long texts take a while, so this is the thread's work."""
    return (*row[:2], index_words(row[2]), *row[3:])


def _conversation_row(one: Conversation) -> tuple[Any, ...]:
    summary, forked = one.summary, one.forked_from or (None, None)
    return (
        one.id,
        storable(one.title),
        one.created,
        one.updated,
        one.version,
        dumps_text(one.tags),
        storable(one.system),
        None if summary is None else storable(summary.text),
        None if summary is None else summary.upto,
        *forked,
        storable(one.owner),
        index_words(one.title),
        one.leaf,
        "" if one.parameters == _DEFAULTS else encode(one.parameters, ChatParameters).decode(),
        int(one.pinned),
        storable(one.folder),
        int(one.archived),
    )


def _conversation(row: tuple[Any, ...]) -> Conversation:
    return Conversation(
        id=row[0],
        title=row[1],
        created=row[2],
        updated=row[3],
        version=row[4],
        tags=tuple(as_text(tag) for tag in as_list(loads(row[5]).value_or([]))),
        system=row[6],
        summary=None if row[7] is None else Summary(text=row[7], upto=row[8]),
        forked_from=None if row[9] is None else (row[9], row[10]),
        owner=row[11],
        leaf=row[13],
        parameters=decode(row[14].encode(), ChatParameters).value_or(_DEFAULTS) if row[14] else _DEFAULTS,
        pinned=bool(row[15]),
        folder=row[16],
        archived=bool(row[17]),
    )


def _entry_row(entry: Entry) -> tuple[Any, ...]:
    usage = entry.usage
    return (
        entry.id,
        encode_message(entry.message),
        storable(entry.message.text),
        entry.time,
        entry.parent,
        storable(entry.provider),
        storable(entry.model),
        usage.input,
        usage.output,
        usage.cached_input,
        usage.cache_write,
        usage.reasoning,
        int(usage.estimated),
        entry.cost.picodollars,
        int(entry.cost.complete),
        entry.status,
        entry.error,
        usage.cache_write_1h,
        storable(entry.problem),
    )


def _entry(row: tuple[Any, ...]) -> Entry | str:
    message = decode_message(bytes(row[1]))
    if isinstance(message, Failure):
        return str(message.failure())
    return Entry(
        id=row[0],
        message=message.unwrap(),
        time=row[3],
        parent=row[4],
        provider=row[5],
        model=row[6],
        usage=Usage(row[7], row[8], row[9], row[10], row[11], bool(row[12]), row[17]),
        cost=from_picodollars(row[13], bool(row[14])),
        status=row[15],
        error=row[16],
        problem=row[18],
    )
