"""A file of exported conversations, whosever it is: told apart by what is in it, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.chat_exports import chatgpt, claude, llm_logs, open_webui
from pointsman.adapters.chat_exports.export_archive import ExportProblem, unpack_conversations
from pointsman.adapters.chat_exports.thread import Thread, dialogues_of
from pointsman.adapters.codec import decode
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.json import Json, JsonObject, loads


@attrs.frozen
class Exported:
    """Conversations in a file; `source` is the program that wrote it, and `unread` how many of its items are none.

    Those of other programs in which nobody has said anything are left out.
    """

    source: str
    dialogues: tuple[Dialogue, ...]
    unread: int = 0


_Reader = tuple[str, Callable[[JsonObject], bool], Callable[[JsonObject], Thread]]
_READERS: tuple[_Reader, ...] = (
    ("ChatGPT", chatgpt.is_one, chatgpt.thread),
    ("Claude", claude.is_one, claude.thread),
    ("Open WebUI", open_webui.is_one, open_webui.thread),
)
_MOST_UNPACKED = 2 * 2**30
"""Bytes of conversations that are unpacked of an archive on this machine."""
_NOT_ONE = "it is not an exported conversation"


def read_export(path: Path) -> Result[Exported, ExportProblem]:
    """The conversations in the file at `path`, or why there are none."""
    try:
        with path.open("rb") as file:
            if file.read(len(llm_logs.MAGIC)) == llm_logs.MAGIC:  # however large: it is read row by row
                return _of_logs(llm_logs.threads(path))
            file.seek(0)
            data = file.read()
    except OSError as problem:
        return Failure(ExportProblem((problem.strerror or "it cannot be read").lower()))
    return read_export_bytes(data, _MOST_UNPACKED)


def read_export_bytes(data: bytes, most: int) -> Result[Exported, ExportProblem]:
    """The conversations in `data`: JSON, an archive that unpacks to at most `most` bytes, or the `logs.db` of llm."""
    if data.startswith(llm_logs.MAGIC):
        return _of_logs(llm_logs.threads_in(data, most))
    if data.startswith(b"PK"):
        return unpack_conversations(data, most).bind(_read_files)
    return _read_files((data,))


def _of_logs(read: Result[tuple[Thread, ...], ExportProblem]) -> Result[Exported, ExportProblem]:
    return read.map(lambda threads: _collect("llm", threads))


def _read_files(files: tuple[bytes, ...]) -> Result[Exported, ExportProblem]:
    """The conversations in JSON: one of ours, or all that another program has exported, in one file or in several."""
    items: list[Json] = []
    for data in files:
        value = loads(data)
        if isinstance(value, Failure):
            return Failure(ExportProblem(f"{_NOT_ONE}: it is neither JSON nor a database nor an archive"))
        told = value.unwrap()
        if isinstance(told, dict) and "conversation" in told:
            return _ours(data)
        items += _items(told)
    return _read_list(items)


def _ours(data: bytes) -> Result[Exported, ExportProblem]:
    read = decode(data, Dialogue).alt(lambda problem: ExportProblem(f"{_NOT_ONE}: {problem}"))
    return read.map(lambda one: Exported("pointsman", (one,)))


def _items(value: Json) -> list[Json]:
    if isinstance(value, dict):
        held = value.get("conversations")
        return held if isinstance(held, list) else [value]
    return value if isinstance(value, list) else []


def _read_list(items: list[Json]) -> Result[Exported, ExportProblem]:
    for source, is_one, read in _READERS:
        theirs = [one for one in items if isinstance(one, dict) and is_one(one)]
        if theirs:
            return Success(_collect(source, tuple(map(read, theirs)), len(items) - len(theirs)))
    return Failure(ExportProblem(f"{_NOT_ONE} of pointsman, ChatGPT, Claude, Open WebUI or llm"))


def _collect(source: str, threads: tuple[Thread, ...], unread: int = 0) -> Exported:
    return Exported(source, tuple(one for thread in threads for one in dialogues_of(thread) if one.entries), unread)
