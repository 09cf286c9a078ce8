"""The `logs.db` of the command line `llm`: an SQLite database, of which only what a version of it has is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from returns.result import Failure, Result, Success

from pointsman.adapters.chat_exports.export_archive import ExportProblem
from pointsman.adapters.chat_exports.thread import Node, Thread, seconds_of, texts_of
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import Part, Text, ToolCall, ToolResult
from pointsman.core.chat.usage import NOTHING, Usage
from pointsman.core.conversations.conversation import Entry

MAGIC = b"SQLite format 3\x00"
"""What such a file begins with."""
Row = dict[str, Any]


_MOST_STEPS = 200
"""Millions of SQLite's steps that a database of a stranger may take: its columns may be computed."""


def threads(path: Path) -> Result[tuple[Thread, ...], ExportProblem]:
    """All conversations in the database at `path`, or why they cannot be read. Nothing is written to it."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return _read(lambda: sqlite3.connect(address, uri=True), most=None)


def threads_in(data: bytes, most: int) -> Result[tuple[Thread, ...], ExportProblem]:
    """As `threads`, of a database that a stranger has sent: in memory, of at most `most` bytes of text."""

    def connect() -> sqlite3.Connection:
        database = sqlite3.connect(":memory:")
        # what was written ahead of it stands in another file; the marks for that file have to go
        database.deserialize(data[:18] + b"\x01\x01" + data[20:])
        database.execute("pragma trusted_schema = off")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(data) + 2**20)
        steps = iter(range(_MOST_STEPS))
        database.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
        return database

    return _read(connect, most)


def _read(connect: Callable[[], sqlite3.Connection], most: int | None) -> Result[tuple[Thread, ...], ExportProblem]:
    try:
        with closing(connect()) as database:
            database.row_factory = sqlite3.Row
            tables = {row["name"] for row in database.execute("select name from sqlite_master where type = 'table'")}
            if "responses" not in tables:
                said = "it is a database, but not one that `llm` has written: there is no table `responses`"
                return Failure(ExportProblem(said))
            return Success(tuple(_threads(_Logs(database, tables, most))))
    except _TooMuch:
        said = f"it is a database of more than {(most or 0) >> 20} MB of text, and that is the most that is read"
        return Failure(ExportProblem(said, too_large=True))
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        said = f"it is a damaged database (a column of it is missing, or of another type: {problem})"
        return Failure(ExportProblem(said))
    except sqlite3.Error as problem:
        return Failure(ExportProblem(f"it is a damaged database ({problem})"))


class _TooMuch(Exception):
    """The rows have more text than is read."""


class _Logs:
    """The tables that there are; of their rows, no more than `most` bytes of text and data."""

    def __init__(self, database: sqlite3.Connection, tables: set[str], most: int | None) -> None:
        self._database, self._tables, self._left = database, tables, most

    def rows(self, table: str, order: str = "rowid") -> list[Row]:
        """All rows of `table`; none where this version of the database has none."""
        if table not in self._tables:
            return []
        return [self._count(dict(row)) for row in self._database.execute(f"select * from {table} order by {order}")]

    def _count(self, row: Row) -> Row:
        if self._left is not None:
            self._left -= sum(len(value) for value in row.values() if isinstance(value, str | bytes))
            if self._left < 0:
                raise _TooMuch
        return row

    def by(self, table: str, key: str, order: str = "rowid") -> dict[str, list[Row]]:
        """The rows of `table` by what they have in `key`."""
        found: dict[str, list[Row]] = {}
        for row in self.rows(table, order):
            found.setdefault(str(row.get(key)), []).append(row)
        return found


def _threads(logs: _Logs) -> Iterator[Thread]:
    names = {str(row["id"]): str(row.get("name") or "") for row in logs.rows("conversations")}
    calls, results = logs.by("tool_calls", "response_id"), logs.by("tool_results", "response_id")
    fragments = {row["id"]: str(row.get("content") or "") for row in logs.rows("fragments")}
    prompts = logs.by("prompt_fragments", "response_id", '"order"')
    systems = logs.by("system_fragments", "response_id", '"order"')
    attached = logs.by("prompt_attachments", "response_id", '"order"')
    told: dict[str, list[Row]] = {}
    for row in logs.rows("responses", "datetime_utc, id"):
        id = str(row["id"])
        row["fragments"] = [fragments.get(one["fragment_id"], "") for one in prompts.get(id, ())]
        row["system"] = "\n".join(
            (*(fragments.get(one["fragment_id"], "") for one in systems.get(id, ())), str(row.get("system") or ""))
        )
        row["attached"] = [f"[attachment: {one['attachment_id']}]" for one in attached.get(id, ())]
        row["calls"], row["results"] = calls.get(id, []), results.get(id, [])
        told.setdefault(str(row.get("conversation_id") or id), []).append(row)
    for conversation, responses in told.items():
        yield _thread(conversation, names.get(conversation, ""), responses)


def _thread(id: str, name: str, responses: list[Row]) -> Thread:
    nodes: list[Node] = []
    for row in responses:
        for entry in _entries(row):
            nodes.append(Node(id=entry.id, parent=nodes[-1].id if nodes else None, entry=entry))
    standing = dict.fromkeys(str(row["system"]).strip() for row in responses)
    return Thread(id=f"llm-{id}", title=name, nodes=nodes, system="\n\n".join(filter(None, standing)))


def _entries(row: Row) -> Iterator[Entry]:
    """What one response is made of: what tools gave, what was asked, what was answered."""
    id, asked_at = str(row["id"]), seconds_of(row.get("datetime_utc"))
    results = tuple(_result(one) for one in row["results"])
    if results:
        yield _entry(f"{id}.tools", "tool", results, asked_at)
    prompt = texts_of(*row["fragments"], str(row.get("prompt") or ""), *row["attached"])
    if prompt:
        yield _entry(f"{id}.prompt", "user", prompt, asked_at)
    answer = (*texts_of(str(row.get("response") or "")), *(_call(one) for one in row["calls"]))
    if answer:
        told = Usage(_count(row.get("input_tokens")), _count(row.get("output_tokens")))
        usage = told if "input_tokens" in row else NOTHING
        model = str(row.get("resolved_model") or row.get("model") or "")
        ended = asked_at + float(row.get("duration_ms") or 0) / 1000
        yield Entry(id=id, message=Message("assistant", answer), time=ended, model=model, usage=usage)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _entry(id: str, role: Role, parts: tuple[Part, ...], time: float) -> Entry:
    return Entry(id=id, message=Message(role, parts), time=time)


def _call(row: Row) -> ToolCall:
    return ToolCall(str(row.get("tool_call_id") or row.get("id")), str(row["name"]), str(row.get("arguments") or "{}"))


def _result(row: Row) -> ToolResult:
    text = str(row.get("output") or row.get("exception") or "")
    id = str(row.get("tool_call_id") or row.get("id"))
    return ToolResult(id, str(row["name"]), (Text(text),), is_error=bool(row.get("exception")))
