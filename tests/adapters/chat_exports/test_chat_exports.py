"""Exports of four programs become conversations of ours, branches and tools included; damage is one sentence."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from pointsman.adapters.chat_exports import chatgpt
from pointsman.adapters.chat_exports.export_file import ExportBounds, Exported, read_export, read_export_bytes
from pointsman.core.chat.part import Reasoning, Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.json import Json, JsonObject, dumps
from tests.adapters.chat_exports.samples import CHATGPT, CLAUDE, OPEN_WEBUI, write_logs

MOST = 2**20
BOUNDS = ExportBounds(MOST)


def exported(value: Any) -> Exported:
    return read_export_bytes(dumps(value), BOUNDS).unwrap()


def by_id(found: Exported) -> dict[str, Dialogue]:
    return {one.conversation.id: one for one in found.dialogues}


def talk(dialogue: Dialogue) -> list[tuple[str, str]]:
    return [(entry.message.role, entry.message.text) for entry in dialogue.entries]


def test_chatgpt_with_its_branches_system_and_models() -> None:
    found = exported(CHATGPT)
    assert found.source == "ChatGPT"
    dialogues = by_id(found)
    assert dialogues.keys() == {"chatgpt-c1", "chatgpt-c1.a1", "chatgpt-c2"}
    main, other = dialogues["chatgpt-c1"], dialogues["chatgpt-c1.a1"]
    assert talk(main) == [("user", "Which way?"), ("assistant", "Right.")]
    assert talk(other) == [("user", "Which way?"), ("assistant", "Left.")]
    assert other.conversation.forked_from == ("chatgpt-c1", "u")
    assert (main.conversation.title, main.conversation.system) == ("Trains", "Be brief.")
    assert (main.conversation.created, main.conversation.updated) == (1700000000.0, 1700000100.0)
    assert main.entries[1].model == "gpt-4o"
    assert main.entries[1].parent == "u"


def test_chatgpt_with_tools_thoughts_and_a_picture_that_is_not_in_the_file() -> None:
    dialogue = by_id(exported(CHATGPT))["chatgpt-c2"]
    asked, called, gave, thought, answered = (entry.message for entry in dialogue.entries)
    assert asked.text == "[image_asset_pointer: file-1]Sum?"
    assert called.parts == (ToolCall("b", "python", '{"input":"1+1"}'),)
    assert gave.parts == (ToolResult("b", "python", (Text("2"),)),)
    assert thought.parts == (Reasoning("Two."),)
    assert answered.text == "It is 2."
    assert dialogue.conversation.title == "[image_asset_pointer: file-1]Sum?"


def test_claude_with_attachments_tools_and_branches() -> None:
    found = exported(CLAUDE)
    assert found.source == "Claude"
    dialogues = by_id(found)
    asked, called, gave, answered = dialogues["claude-k1"].entries
    assert asked.message.text == "Read this[a.txt]\ninside[file: b.png]"
    assert called.message.parts == (Reasoning("Hm."), ToolCall("t1", "search", '{"q":"x"}'))
    assert gave.message.parts == (ToolResult("t1", "search", (Text("found"),)),)
    assert (answered.message.text, answered.id) == ("Here it is.", "m2")
    assert dialogues["claude-k1"].conversation.created == 1735787045.0
    assert talk(dialogues["claude-k2"]) == [("user", "Hi"), ("assistant", "Two")]
    assert talk(dialogues["claude-k2.n2"]) == [("user", "Hi"), ("assistant", "One")]
    assert "claude-k3" not in dialogues  # nobody has said anything in it


def test_open_webui_with_its_tree_and_with_a_list_alone() -> None:
    found = exported(OPEN_WEBUI)
    assert found.source == "Open WebUI"
    dialogues = by_id(found)
    main = dialogues["open-webui-w1"]
    assert talk(main) == [("user", "Red?"), ("assistant", "Halt")]
    assert main.entries[1].status == "partial"
    assert (main.conversation.system, main.conversation.tags) == ("Be kind.", ("rail",))
    assert talk(dialogues["open-webui-w1.x"])[1] == ("assistant", "Stop.")
    assert talk(dialogues["open-webui-w2"]) == [("user", "A"), ("assistant", "B")]


def test_logs_of_llm_with_fragments_tools_and_usage(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    write_logs(path)
    found = read_export(path).unwrap()
    assert found.source == "llm"
    dialogues = by_id(found)
    assert dialogues.keys() == {"llm-c", "llm-r3"}
    levers = dialogues["llm-c"]
    assert (levers.conversation.title, levers.conversation.system) == ("Levers", "Be short.")
    assert [entry.message.role for entry in levers.entries] == ["user", "assistant", "tool", "assistant"]
    assert levers.entries[0].message.text == "A long textTime?"
    assert levers.entries[1].message.parts == (ToolCall("call_1", "clock", '{"zone": "UTC"}'),)
    assert levers.entries[2].message.parts == (ToolResult("call_1", "clock", (Text("10:00"),)),)
    assert (levers.entries[3].message.text, levers.entries[3].usage.input) == ("Ten.", 9)
    assert (levers.conversation.created, levers.entries[1].time) == (1740823200.0, 1740823201.5)


def test_an_archive_holds_the_conversations(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("chat.html", "<p>")
        archive.writestr("inner/conversations.json", json.dumps(CHATGPT))
    assert read_export(path).unwrap().source == "ChatGPT"


def test_items_that_are_none_are_counted() -> None:
    assert exported([*CHATGPT, {"x": 1}, None]).unread == 2


def torn_archive(path: Path) -> bytes:
    """An archive whose list of files is whole, and whose content is not."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(CHATGPT))
    data = bytearray(path.read_bytes())
    at = data.find(b"conversations.json") + len("conversations.json")
    data[at : at + 40] = b"\xff" * 40
    return bytes(data)


def other_logs(folder: Path, change: str) -> bytes:
    """A `logs.db` that something has changed."""
    path = folder / "changed.db"
    path.unlink(missing_ok=True)
    write_logs(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change)
    return path.read_bytes()


def damaged(kind: str, folder: Path) -> Path:
    """A file that is no export, or half of one."""
    path = folder / "file"
    write_logs(folder / "whole.db")
    whole = (folder / "whole.db").read_bytes()
    with zipfile.ZipFile(folder / "whole.zip", "w") as archive:
        archive.writestr("conversations.json", json.dumps(CHATGPT))
    contents = {
        "text": b"[providers]",
        "half JSON": json.dumps(CHATGPT).encode()[:100],
        "other JSON": b'{"a": [1]}',
        "half a database": whole[: len(whole) // 2],
        "another database": b"SQLite format 3\x00" + b"\x00" * 100,
        "half an archive": (folder / "whole.zip").read_bytes()[:200],
        "a torn archive": torn_archive(folder / "whole.zip"),
        "a database without names": other_logs(folder, "alter table tool_calls drop column name"),
        "a database of other types": other_logs(folder, "update responses set duration_ms = 'long'"),
        "half of ours": b'{"conversation": {"id": 1}}',
        "nothing": b"",
    }
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "neither JSON nor a database nor an archive"),
        ("half JSON", "neither JSON nor a database nor an archive"),
        ("other JSON", "it is not an exported conversation of pointsman, ChatGPT, Claude, Open WebUI or llm"),
        ("half a database", "it is a damaged database"),
        ("another database", "it is a damaged database"),
        ("half an archive", "it is a damaged archive"),
        ("a torn archive", "it is a damaged archive"),
        ("a database without names", "it is a damaged database"),
        ("a database of other types", "it is a damaged database"),
        ("half of ours", "it is not an exported conversation"),
        ("nothing", "neither JSON nor a database nor an archive"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, kind: str, said: str) -> None:
    read = read_export(damaged(kind, tmp_path))
    assert isinstance(read, Failure)
    assert said in read.failure().detail
    assert "\n" not in read.failure().detail


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("mapping", "chat_messages", "chat", "messages", "history", "message", "content", "parent", "id", "a")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_ANY)
def test_whatever_json_it_is_nothing_raises(value: Any) -> None:
    assert isinstance(read_export_bytes(dumps(value), BOUNDS), Success | Failure)
    for key in ("mapping", "chat_messages", "chat"):
        held = {key: value if isinstance(value, (dict, list)) else {"x": value}}
        assert isinstance(read_export_bytes(dumps([held]), BOUNDS), Success | Failure)


def test_a_circle_ends() -> None:
    tree = {"a": {"id": "a", "parent": "b"}, "b": {"id": "b", "parent": "a"}}
    assert isinstance(read_export_bytes(dumps([{"mapping": tree, "current_node": "a"}]), BOUNDS), Success)


def _comb(teeth: int) -> JsonObject:
    """A chain of messages, and beside each of them the end of a branch."""
    mapping: dict[str, Json] = {}
    for at in range(teeth):
        for id in (f"a{at}", f"b{at}"):
            said: Json = {"author": {"role": "tool"}, "content": {"parts": ["x"]}}
            mapping[id] = {"parent": f"a{at - 1}" if id[0] == "a" else f"a{at}", "message": said}
    return {"id": "comb", "mapping": mapping}


def test_a_small_tree_with_very_many_long_branches_is_refused() -> None:
    """Its branches grow with the square of its size, and whoever sends it pays for its size alone."""
    export = dumps([_comb(100)])
    assert len(read_export_bytes(export, BOUNDS).unwrap().dialogues) == 100
    refused = read_export_bytes(export, ExportBounds(messages=1000))
    assert "more than 1,000 messages together" in refused.failure().detail
    small, double = (_calls_of(chatgpt.thread, _comb(teeth)) for teeth in (300, 600))
    assert double < 2.5 * small


def _calls_of(read: Callable[[JsonObject], object], value: JsonObject) -> int:
    """How many functions are called, those in C too."""
    count = 0

    def see(frame: FrameType, event: str, given: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(see)
    try:
        read(value)
    finally:
        sys.setprofile(None)
    return count


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of `files`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def test_a_history_in_several_numbered_files_is_one() -> None:
    files = {f"conversations-{n:03}.json": dumps([one]) for n, one in enumerate(CHATGPT)}

    found = read_export_bytes(zipped(files), BOUNDS).unwrap()

    assert {one.conversation.id for one in found.dialogues} == {"chatgpt-c1", "chatgpt-c1.a1", "chatgpt-c2"}


def lying(data: bytes, size: int) -> bytes:
    """`data`, an archive of one file that says of itself that it holds `size` bytes."""
    told = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(mark) + place
        told[at : at + 4] = struct.pack("<I", size)
    return bytes(told)


def test_a_bomb_is_not_unpacked_whatever_it_says_of_its_size() -> None:
    """A thousandth of it would be more than is read; one that says less has to be cut off."""
    bomb = zipped({"conversations.json": b" " * (64 * MOST)})

    tracemalloc.start()
    outcomes = [read_export_bytes(data, BOUNDS) for data in (bomb, lying(bomb, 10))]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert outcomes[0].failure().too_large
    assert outcomes[0].failure().detail == "its conversations are more than 1 MB, and that is the most that is unpacked"
    assert isinstance(outcomes[1], Failure)
    assert peak < 16 * MOST


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.txt": b""}, "there is no conversations.json in this archive"),
        ({str(n): b"" for n in range(20_001)}, "it is an archive of more than 20,000 files"),
        ({"conversations.json": b"[1"}, "neither JSON nor a database nor an archive"),
    ],
    ids=["none", "many", "cut"],
)
def test_an_archive_of_something_else_is_one_sentence(files: dict[str, bytes], said: str) -> None:
    assert said in read_export_bytes(zipped(files), BOUNDS).failure().detail


def test_an_encrypted_archive_is_told_as_one() -> None:
    data = bytearray(zipped({"conversations.json": b"[]"}))
    data[data.find(b"PK\x01\x02") + 8] |= 1

    assert "it is an encrypted archive" in read_export_bytes(bytes(data), BOUNDS).failure().detail


def test_a_database_that_was_sent_is_read_in_memory_as_from_its_file(tmp_path: Path) -> None:
    """Also one that is written ahead: its mark for the file beside it, which was not sent, does not spoil it."""
    path = tmp_path / "logs.db"
    write_logs(path)
    data = path.read_bytes()

    for sent in (data, data[:18] + b"\x02\x02" + data[20:]):
        assert read_export_bytes(sent, BOUNDS) == read_export(path)
    assert read_export_bytes(data, ExportBounds(100)).failure().too_large


@pytest.mark.parametrize(
    "change",
    [
        "alter table responses add column x text as (hex(zeroblob(400000))) virtual",
        "alter table responses rename to old; create view responses as with recursive t(id) as"
        " (select 1 union all select id + 1 from t) select * from t",
        "insert into responses (id, prompt) values ('big', hex(zeroblob(700000)))",
    ],
    ids=["computed", "a view without end", "large"],
)
def test_a_database_of_a_stranger_costs_no_more_than_is_allowed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "logs.db"
    write_logs(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(change)

    assert isinstance(read_export_bytes(path.read_bytes(), BOUNDS), Failure)
