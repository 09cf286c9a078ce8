"""Nothing outside a folder is opened, whatever changes between looking and opening."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from returns.result import Success

from pointsman.adapters.tools.inside import NotInside, is_within, opened_inside, resolved_inside
from pointsman.adapters.tools.read_file import read_file_tool
from tests.adapters.tools.town import SECRET, call


@pytest.mark.parametrize("path", ["link.txt", "folder/secret.txt", "folder", "sub/deep/secret.txt"])
def test_no_link_is_followed_after_a_path_was_resolved(top: Path, path: str) -> None:
    """As if the link had been put there in between."""
    outside = top.parent / "outside"
    (top / "link.txt").symlink_to(outside / "secret.txt")
    (top / "folder").symlink_to(outside)
    (top / "sub" / "deep").symlink_to(outside)
    with pytest.raises(NotInside, match="a link"), opened_inside(top, PurePath(path)):
        raise AssertionError("it was opened")


@pytest.mark.parametrize("path", ["../outside/secret.txt", "sub/../../outside/secret.txt", "/etc/passwd"])
def test_what_is_opened_is_named_from_the_top(top: Path, path: str) -> None:
    with pytest.raises(NotInside, match="outside"), opened_inside(top, PurePath(path)):
        raise AssertionError("it was opened")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not tell a descriptor's path")
def test_a_folder_that_was_moved_out_is_known(top: Path) -> None:
    with opened_inside(top, PurePath("sub/b.txt")) as held:
        assert is_within(held, top)
        (top / "sub").rename(top.parent / "moved")
        assert not is_within(held, top)


def test_no_descriptor_is_left_open(top: Path) -> None:
    (top / "link").symlink_to("nothing")
    os.mkfifo(top / "pipe")
    with opened_inside(top, PurePath("sub/b.txt")) as before:
        pass
    for path in ("sub/b.txt", "sub", ".", "link", "pipe", "sub/nothing", "a.txt/x"):
        try:
            with opened_inside(top, PurePath(path)):
                pass
        except (NotInside, OSError):
            continue
    with opened_inside(top, PurePath("sub/b.txt")) as after:
        assert after == before


@contextmanager
def _swapping(place: Path, *targets: Path) -> Iterator[None]:
    """Somebody who replaces `place` by a link to one target after the other, as fast as it goes."""
    over = threading.Event()

    def swap() -> None:
        number = 0
        while not over.is_set():
            number += 1
            (place.parent / "next").symlink_to(targets[number % len(targets)])
            (place.parent / "next").rename(place)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def test_nothing_outside_is_read_while_a_link_changes(top: Path) -> None:
    (top / "sub" / "secret.txt").write_text("fine")
    place = top / "changing"
    place.symlink_to(top / "sub")
    told = list[str]()
    with _swapping(place, top / "sub", top.parent / "outside"):
        for _ in range(300):
            answer = await call(read_file_tool(top), path="changing/secret.txt")
            told.append(answer.value_or("") or answer.failure())
    assert not [answer for answer in told if SECRET in answer]
    assert [answer for answer in told if answer.endswith("fine")]


@given(st.text(st.characters(), max_size=30))
@example("\ud800")
def test_no_path_makes_it_fail(path: str) -> None:
    root = Path(os.path.realpath(os.curdir))
    found = resolved_inside(root, path)
    if isinstance(found, Success):
        assert not found.unwrap().is_absolute()
        assert ".." not in found.unwrap().parts
