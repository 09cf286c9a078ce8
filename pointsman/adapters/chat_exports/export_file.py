"""A file of exported conversations, whosever it is: told apart by what is in it, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.chat_exports import chatgpt, claude, llm_logs, open_webui
from pointsman.adapters.chat_exports.export_archive import ExportProblem, unpack_conversations
from pointsman.adapters.chat_exports.thread import Thread, Walk, dialogues_of
from pointsman.adapters.codec import decode
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.json import Json, JsonObject, holds_more_values, loads


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
_NOT_ONE = "it is not an exported conversation"


@attrs.frozen
class ExportBounds:
    """How much is read of an export: bytes unpacked of an archive or a database, JSON values of each file, and
    messages of all branches together, each counted in every branch that it stands in."""

    unpacked: int = 2 * 2**30
    values: int | None = None
    messages: int = 3_000_000


LOCAL = ExportBounds()
"""Of a file on this machine, which its user has chosen."""


def read_export(path: Path, bounds: ExportBounds = LOCAL) -> Result[Exported, ExportProblem]:
    """The conversations in the file at `path`, or why there are none."""
    try:
        with path.open("rb") as file:
            if file.read(len(llm_logs.MAGIC)) == llm_logs.MAGIC:  # however large: it is read row by row
                return llm_logs.threads(path).bind(lambda found: _collect("llm", found, bounds.messages))
            file.seek(0)
            data = file.read()
    except OSError as problem:
        return Failure(ExportProblem((problem.strerror or "it cannot be read").lower()))
    return read_export_bytes(data, bounds)


def read_export_bytes(data: bytes, bounds: ExportBounds) -> Result[Exported, ExportProblem]:
    """The conversations in `data`: JSON, an archive of it, or the `logs.db` of llm, within `bounds`."""
    if data.startswith(llm_logs.MAGIC):
        read = llm_logs.threads_in(data, bounds.unpacked)
        return read.bind(lambda found: _collect("llm", found, bounds.messages))
    if data.startswith(b"PK"):
        return unpack_conversations(data, bounds.unpacked).bind(lambda files: _read_files(files, bounds))
    return _read_files((data,), bounds)


def _read_files(files: tuple[bytes, ...], bounds: ExportBounds) -> Result[Exported, ExportProblem]:
    """The conversations in JSON: one of ours, or all that another program has exported, in one file or in several."""
    items: list[Json] = []
    for data in files:
        if bounds.values is not None and holds_more_values(data, bounds.values):
            return Failure(ExportProblem(f"it holds more than {bounds.values:,} JSON values", too_large=True))
        value = loads(data)
        if isinstance(value, Failure):
            return Failure(ExportProblem(f"{_NOT_ONE}: it is neither JSON nor a database nor an archive"))
        told = value.unwrap()
        if isinstance(told, dict) and "conversation" in told:
            return _ours(data)
        items += _items(told)
    return _read_list(items, bounds.messages)


def _ours(data: bytes) -> Result[Exported, ExportProblem]:
    read = decode(data, Dialogue).alt(lambda problem: ExportProblem(f"{_NOT_ONE}: {problem}"))
    return read.map(lambda one: Exported("pointsman", (one,)))


def _items(value: Json) -> list[Json]:
    if isinstance(value, dict):
        held = value.get("conversations")
        return held if isinstance(held, list) else [value]
    return value if isinstance(value, list) else []


def _read_list(items: list[Json], messages: int) -> Result[Exported, ExportProblem]:
    for source, is_one, read in _READERS:
        theirs = [one for one in items if isinstance(one, dict) and is_one(one)]
        if theirs:
            return _collect(source, tuple(map(read, theirs)), messages, len(items) - len(theirs))
    return Failure(ExportProblem(f"{_NOT_ONE} of pointsman, ChatGPT, Claude, Open WebUI or llm"))


def _collect(
    source: str, threads: tuple[Thread, ...], messages: int, unread: int = 0
) -> Result[Exported, ExportProblem]:
    walk = Walk(messages)
    found = tuple(one for thread in threads for one in dialogues_of(thread, walk) if one.entries)
    if walk.left < 0:
        said = f"its branches have more than {messages:,} messages together; import it in parts"
        return Failure(ExportProblem(said, too_large=True))
    return Success(Exported(source, found, unread))
