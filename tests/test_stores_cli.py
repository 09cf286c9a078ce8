"""`conversations` and `memory` as a person starts them, on files that are broken and titles that are not kind."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from pointsman.adapters.codec import encode
from pointsman.core.conversations.conversation import Dialogue
from tests.adapters.cli.test_conversations import NASTY, TALK
from tests.patience import GUARD
from tests.test_cli import POINTSMAN, environment, run

EXPORTED = encode(TALK, Dialogue).decode()
TWICE = EXPORTED.replace('"id":"e2"', '"id":"e1"')


def kept(home: Path) -> str:
    """A database with a conversation and a memory in `home`; its name."""
    (home / "talk.json").write_text(EXPORTED)
    assert run(home, "conversations", "import", "talk.json", "--database", "talks.db")[0] == 0
    assert run(home, "memory", "add", "The", "lever", "is", "red", "--database", "talks.db")[0] == 0
    return "talks.db"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", 2, "is not an exported conversation"),
        (b"\xff\xfe\x00", 2, "is not an exported conversation"),
        (b"[" * 100_000, 2, "is not an exported conversation"),
        (b'{"conversation": 1, "entries": {}}', 2, "is not an exported conversation"),
        (b'{"conversation": ' + b" " * 30_000_000, 2, "is not an exported conversation"),
        (TWICE.encode(), 16, "the message 'e1' is there already"),
    ],
    ids=["empty", "not text", "deep", "wrong shape", "huge", "doubled"],
)
def test_a_corrupt_import_is_one_sentence(tmp_path: Path, content: bytes, code: int, said: str) -> None:
    (tmp_path / "talk.json").write_bytes(content)
    found, out, err = run(tmp_path, "conversations", "import", "talk.json", "--database", "talks.db")
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1
    assert run(tmp_path, "conversations", "list", "--json", "--database", "talks.db")[1] == "[]\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with a conversation and a memory."""
    home = tmp_path_factory.mktemp("whole")
    data = (home / kept(home)).read_bytes()
    assert len(data) > 8192
    return data


LOOKS: tuple[tuple[str, ...], ...] = (
    ("conversations", "list"),
    ("conversations", "search", "points"),
    ("conversations", "show"),
    ("conversations", "export"),
    ("conversations", "delete", "talk"),
    ("memory", "list"),
    ("memory", "search", "lever"),
    ("memory", "add", "x"),
    ("memory", "forget", "x"),
)


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
def test_a_broken_database_is_a_sentence(tmp_path: Path, look: tuple[str, ...], whole: bytes) -> None:
    (tmp_path / "garbage.db").write_bytes(b"garbage" * 1000)
    found, out, err = run(tmp_path, *look, "--database", "garbage.db")
    assert (found, out) == (16, "")
    assert "garbage.db: file is not a database" in err
    (tmp_path / "torn.db").write_bytes(whole[: len(whole) // 8192 * 4096 + 100])
    (tmp_path / "scratched.db").write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    for name in ("torn.db", "scratched.db"):
        found, _, err = run(tmp_path, *look, "--database", name)
        assert found == 16, err
        assert name in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("look", LOOKS[:1] + LOOKS[-2:], ids=" ".join)
def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path: Path, look: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    names = ["file/talks.db", "folder", *(["folder/talks.db"] if os.geteuid() else [])]
    for name in names:
        found, out, err = run(tmp_path, *look, "--database", name)
        assert (found, out) == (16, "")
        assert name in err
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (("conversations", "list"), 0),
        (("conversations", "search", "points"), 0),
        (("conversations", "show"), 20),
        (("conversations", "export"), 20),
        (("conversations", "rename", "latest", "x"), 20),
        (("conversations", "delete", "latest"), 20),
        (("memory", "list"), 0),
        (("memory", "search", "lever"), 0),
        (("memory", "forget", "x"), 20),
        (("memory", "add", " "), 2),
    ],
)
def test_in_empty_stores_there_is_nothing_and_it_says_so(tmp_path: Path, look: tuple[str, ...], code: int) -> None:
    found, out, err = run(tmp_path, *look, "--database", "talks.db")
    assert found == code
    assert (out + err).count("\n") == 1


@pytest.mark.long
def test_bytes_that_are_no_text_are_no_crash(tmp_path: Path) -> None:
    name = kept(tmp_path)
    odd = os.fsdecode(b"\xff\xfe")
    wrong = (
        ("conversations", "rename", "talk", odd),
        ("conversations", "show", odd),
        ("conversations", "import", odd),
        ("conversations", "search", odd),
        ("memory", "add", odd),
        ("memory", "forget", odd),
    )
    for look in wrong:
        found, _, err = run(tmp_path, *look, "--database", name)
        assert found in (2, 16, 20)
        assert err.count("\n") <= 1
    assert run(tmp_path, "memory", "list", "--json", "--database", name)[0] == 0


def on_a_terminal(home: Path, *arguments: str) -> bytes:
    """What a person's terminal is sent."""
    ours, theirs = pty.openpty()
    done = {**environment(home), "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(
        [*POINTSMAN, *arguments], stdout=theirs, stderr=theirs, stdin=theirs, env=done, cwd=home
    ) as one:
        os.close(theirs)
        sent = b""
        try:
            while piece := os.read(ours, 65536):
                sent += piece
        except OSError:  # the other end is closed
            pass
        assert one.wait(timeout=GUARD) == 0, sent
    os.close(ours)
    return sent


@pytest.mark.parametrize("title", [NASTY, r"\[/red]", "[red]x", "a\\"])
def test_a_title_does_not_reach_the_terminal_as_a_command(tmp_path: Path, title: str) -> None:
    talk = json.loads(EXPORTED)
    talk["conversation"]["title"] = talk["conversation"]["id"] = title
    (tmp_path / "talk.json").write_text(json.dumps(talk))
    at = ("--database", "talks.db")
    assert run(tmp_path, "conversations", "import", "talk.json", *at)[0] == 0
    assert run(tmp_path, "memory", "add", title.replace("\x00", ""), *at)[0] == 0
    for look in (("conversations", "list"), ("conversations", "show"), ("memory", "list")):
        sent = on_a_terminal(tmp_path, *look, *at)
        for code in (b"\x1b]0;", b"\x1b[2J", b"\x07", "\x9b".encode(), b"Traceback"):
            assert code not in sent
        visible = title.partition("[")[2][:4].encode() if title != NASTY else b"owned"
        assert visible in sent
