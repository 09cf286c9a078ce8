"""A file of exported conversations, whosever it is: told apart by what is in it, never by its name."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.chat_exports import chatgpt, claude, llm_logs, open_webui
from pointsman.adapters.chat_exports.thread import Thread, Walk, dialogues_of
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
MOST_MESSAGES = 3_000_000
_LARGEST = 2 * 2**30
"""Bytes that are unpacked."""


def read_export(path: Path) -> Result[Exported, str]:
    """The conversations in the file at `path`, or one sentence that says why there are none."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        return Failure((problem.strerror or "it cannot be read").lower())
    if data.startswith(llm_logs.MAGIC):
        return llm_logs.threads(path).bind(lambda found: _collect("llm", found, MOST_MESSAGES))
    if data.startswith(b"PK"):
        return _unpack(data).bind(read_json_export)
    return read_json_export(data)


def _unpack(data: bytes) -> Result[bytes, str]:
    """The conversations in an archive, as ChatGPT and Claude send them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [one for one in archive.infolist() if one.filename.rpartition("/")[2] == "conversations.json"]
            if not names:
                return Failure("there is no conversations.json in this archive")
            if names[0].file_size > _LARGEST:
                return Failure("its conversations.json is larger than 2 GB")
            return Success(archive.read(names[0]))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as problem:
        return Failure(f"it is a damaged archive ({problem})")


def read_json_export(data: bytes, most: int = MOST_MESSAGES) -> Result[Exported, str]:
    """The conversations in JSON: one of ours, or all that another program has exported.

    Of those the branches may have `most` messages, each counted in every branch that it stands in.
    """
    read = loads(data)
    if isinstance(read, Failure):
        return Failure(f"{_NOT_ONE}: it is neither JSON nor a database nor an archive")
    value = read.unwrap()
    if isinstance(value, dict) and "conversation" in value:
        return _ours(data)
    return _read_list(_items(value), most)


_NOT_ONE = "it is not an exported conversation"


def _ours(data: bytes) -> Result[Exported, str]:
    read = decode(data, Dialogue)
    return read.map(lambda one: Exported("pointsman", (one,))).alt(lambda problem: f"{_NOT_ONE}: {problem}")


def _items(value: Json) -> list[Json]:
    if isinstance(value, dict):
        held = value.get("conversations")
        return held if isinstance(held, list) else [value]
    return value if isinstance(value, list) else []


def _read_list(items: list[Json], most: int) -> Result[Exported, str]:
    for source, is_one, read in _READERS:
        theirs = [one for one in items if isinstance(one, dict) and is_one(one)]
        if theirs:
            return _collect(source, tuple(map(read, theirs)), most, len(items) - len(theirs))
    return Failure(f"{_NOT_ONE} of pointsman, ChatGPT, Claude, Open WebUI or llm")


def _collect(source: str, threads: tuple[Thread, ...], most: int, unread: int = 0) -> Result[Exported, str]:
    walk = Walk(most)
    found = tuple(one for thread in threads for one in dialogues_of(thread, walk) if one.entries)
    if walk.left < 0:
        return Failure(f"its branches have more than {most:,} messages together; import it in parts")
    return Success(Exported(source, found, unread))
