"""The file tool on a real folder: lines and listings, and that nothing outside the folder is ever read."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from pointsman.adapters.tools.file_lines import LineRange, read_lines
from pointsman.adapters.tools.read_file import read_file_tool
from tests.adapters.tools.town import SECRET, call


async def read(root: Path, path: str = ".", *, max_bytes: int = 200_000, **arguments: int) -> Result[str, str]:
    return await call(read_file_tool(root, max_bytes=max_bytes), path=path, **arguments)


# ---- lines


async def test_a_file_is_read_whole(top: Path) -> None:
    assert await read(top, "a.txt") == Success("File 'a.txt', lines 1 to 3, to its end.\n\none\ntwo\nthree\n")
    assert await read(top, "sub/b.txt") == Success("File 'sub/b.txt', lines 1 to 1, to its end.\n\nno end")
    assert (await read(top, str(top / "a.txt"))).unwrap().endswith("three\n")


@pytest.mark.parametrize(
    ("first", "lines", "told"),
    [
        (1, 1, "lines 1 to 1; cut here, go on with first_line=2.\n\none\n"),
        (2, 1, "lines 2 to 2; cut here, go on with first_line=3.\n\ntwo\n"),
        (2, 2, "lines 2 to 3, to its end.\n\ntwo\nthree\n"),
        (3, 9, "lines 3 to 3, to its end.\n\nthree\n"),
        (2, 0, "lines 2 to 3, to its end.\n\ntwo\nthree\n"),
    ],
)
async def test_lines_are_read_by_number(top: Path, first: int, lines: int, told: str) -> None:
    assert await read(top, "a.txt", first_line=first, lines=lines) == Success(f"File 'a.txt', {told}")


async def test_numbers_that_are_none_are_refused(top: Path) -> None:
    assert await read(top, "a.txt", first_line=4) == Failure("'a.txt' ends with line 3, so there is no line 4 to read.")
    assert "at least 1" in (await read(top, "a.txt", first_line=0)).failure()
    assert "at least 0" in (await read(top, "a.txt", lines=-1)).failure()
    assert "ends with line 1," in (await read(top, "sub/b.txt", first_line=10**12)).failure()


async def test_a_long_file_is_cut_between_lines_and_says_how_to_go_on(top: Path) -> None:
    told = await read(top, "a.txt", max_bytes=9)
    assert told == Success("File 'a.txt', lines 1 to 2; cut here, go on with first_line=3.\n\none\ntwo\n")
    told = await read(top, "a.txt", max_bytes=9, first_line=3)
    assert told == Success("File 'a.txt', lines 3 to 3, to its end.\n\nthree\n")


async def test_a_long_line_is_cut_between_characters(top: Path) -> None:
    (top / "wide.txt").write_text("äöü\nx\n", "utf-8")
    told = await read(top, "wide.txt", max_bytes=5)
    assert told == Success("File 'wide.txt', line 1, cut after 5 bytes; its rest is not read.\n\näö")


async def test_an_empty_file_and_a_byte_order_mark(top: Path) -> None:
    (top / "empty").touch()
    (top / "marked").write_bytes(b"\xef\xbb\xbfone\n")
    assert await read(top, "empty") == Success("File 'empty' is empty.\n\n")
    assert (await read(top, "marked")).unwrap().endswith("\n\none\n")


async def test_a_huge_file_is_searched_only_so_far(top: Path) -> None:
    """And the line that is only half within that is not shown for a whole one."""
    (top / "huge").write_bytes(b"0123456789abcd\n" * 4_500_000)
    whole = 2**26 // 15
    told = (await read(top, "huge", first_line=whole - 2, max_bytes=100)).unwrap()
    assert told.startswith(f"File 'huge', lines {whole - 2} to {whole}; cut here, go on with first_line={whole + 1}.\n")
    assert told.endswith("\n\n" + "0123456789abcd\n" * 3)
    assert "cut after 4 bytes" in (await read(top, "huge", first_line=whole + 1)).unwrap()
    assert "only up to 64 MB" in (await read(top, "huge", first_line=whole + 2)).failure()


def test_no_more_is_read_than_is_needed(top: Path) -> None:
    (top / "large").write_bytes(b"a line\n" * 200_000)
    with open(top / "large", "rb") as source:
        assert read_lines(source.fileno(), "large", LineRange(1, 0), 100).unwrap().count("a line") == 14
        assert os.lseek(source.fileno(), 0, os.SEEK_CUR) <= 100_000


@pytest.mark.parametrize("content", [b"a\0b", b"text\n" * 100_000 + b"\0", b"\xff\xfea\0", b"caf\xe9", b"\x89PNG\r\n"])
async def test_what_is_not_text_is_refused(top: Path, content: bytes) -> None:
    (top / "binary").write_bytes(content)
    assert "is not" in (await read(top, "binary", max_bytes=10**6)).failure()


@settings(deadline=None)
@given(
    st.lists(st.text("aä\r\u2028", max_size=4)).map("\n".join),
    st.integers(1, 9),
    st.integers(0, 9),
    st.integers(1, 30),
)
def test_the_lines_are_those_of_the_file(text: str, first: int, count: int, most: int) -> None:
    """And what is shown fits, and what is cut goes on where it ended."""
    reader, writer = os.pipe()
    with open(reader, "rb") as source:
        with open(writer, "wb") as sink:
            sink.write(text.encode())
        told = read_lines(source.fileno(), "x", LineRange(first, count), most)
    lines = [piece for piece in re.split(rb"(?<=\n)", text.encode()) if piece]
    if not lines[first - 1 :] and first > 1:
        assert isinstance(told, Failure)
        return
    head, _, shown = told.unwrap().partition("\n\n")
    asked = b"".join(lines[first - 1 :][: count or None])
    assert len(shown.encode()) <= most
    assert asked.startswith(shown.encode())
    if "to its end" in head:
        assert shown.encode() == b"".join(lines[first - 1 :])
    if "first_line=" in head:
        following = int(head.rpartition("=")[2].rstrip("."))
        assert shown.encode() == b"".join(lines[first - 1 : following - 1])


# ---- folders


async def test_a_folder_is_listed(top: Path) -> None:
    (top / "link").symlink_to("a.txt")
    (top / "new\nline").touch()
    os.mkfifo(top / "pipe")
    assert await read(top) == Success(
        "Folder '.', entries: 5\n\n"
        "a.txt (14 bytes)\nlink (a link)\n'new\\nline' (0 bytes)\npipe (neither a file nor a folder)\nsub/"
    )
    assert await read(top, "sub") == Success("Folder 'sub', entries: 1\n\nb.txt (6 bytes)")
    assert await call(read_file_tool(top)) == await read(top)


async def test_a_large_folder_is_cut(top: Path) -> None:
    for number in range(600):
        (top / "sub" / f"{number:03}").touch()
    told = (await read(top, "sub")).unwrap().splitlines()
    assert told[0] == "Folder 'sub', entries: 601, cut after 500"
    assert told[2:] == [f"{number:03} (0 bytes)" for number in range(500)]
    told = (await read(top, "sub", max_bytes=30)).unwrap().splitlines()
    assert told[2:] == ["000 (0 bytes)", "001 (0 bytes)"]


# ---- outside


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../outside/secret.txt", "'..'"),
        ("sub/../a.txt", "'..'"),
        ("sub/../../outside/secret.txt", "'..'"),
        ("/etc/passwd", "outside the folder"),
        ("/no/such/file", "outside the folder"),
        ("{outside}/secret.txt", "outside the folder"),
        ("{outside}/nothing.txt", "outside the folder"),
        ("{root}2/x", "outside the folder"),
        ("link.txt", "outside the folder"),
        ("dangling.txt", "outside the folder"),
        ("folder/secret.txt", "outside the folder"),
        ("folder/nothing.txt", "outside the folder"),
        ("folder", "outside the folder"),
        ("chain", "outside the folder"),
        ("loop", "a link that leads nowhere"),
        ("sub/nothing.txt", "There is no"),
        ("a.txt/x", "There is no"),
        ("x" * 300, "cannot be read"),
        ("x" * 5000, "not a path"),
        ("a.txt\0.png", "not a path"),
        ("~/.bashrc", "There is no"),
    ],
)
async def test_what_lies_outside_or_is_not_there_is_a_sentence(top: Path, path: str, problem: str) -> None:
    outside = top.parent / "outside"
    (top / "link.txt").symlink_to(outside / "secret.txt")
    (top / "dangling.txt").symlink_to(outside / "nothing.txt")
    (top / "folder").symlink_to(outside)
    (top / "chain").symlink_to("folder")
    (top / "loop").symlink_to("loop")
    told = (await call(read_file_tool(top), path=path.format(outside=outside, root=top))).failure()
    assert problem in told
    assert SECRET not in told


async def test_a_link_that_stays_within_is_followed(top: Path) -> None:
    (top / "inner").symlink_to("sub")
    (top / "also.txt").symlink_to(top / "a.txt")
    assert (await read(top, "inner/b.txt")).unwrap().endswith("no end")
    assert (await read(top, "also.txt")).unwrap().endswith("three\n")


async def test_the_folder_itself_may_be_reached_by_a_link(top: Path) -> None:
    (top.parent / "alias").symlink_to(top)
    assert (await read(top.parent / "alias", "a.txt")).unwrap().endswith("three\n")
    assert "There is no" in (await read(top / "nothing")).failure()
    assert "There is no" in (await read(top / "a.txt")).failure()


async def test_what_is_no_regular_file_is_refused_and_nobody_waits(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(top / "pipe")
    monkeypatch.chdir(top)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    for name in ("pipe", "socket"):
        assert "neither a file nor a folder" in (await read(top, name)).failure()
    assert "neither a file nor a folder" in (await read(Path("/dev"), "null")).failure()
    assert "neither a file nor a folder" in (await read(Path("/dev"), "zero")).failure()
