"""Nothing outside a folder is opened, whatever changes between looking and opening."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.adapters.tools.inside import NotInside, is_within, opened_inside, resolved_inside


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
def _changing(place: Path, *makers: Callable[[Path], object]) -> Iterator[None]:
    """Somebody who replaces `place` by what each of `makers` makes, one after the other, as fast as it goes."""
    over, new = threading.Event(), place.parent / "new"

    def change() -> None:
        for make in itertools.cycle(makers):
            if over.is_set():
                return
            make(new)
            new.rename(place)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.long
def test_nothing_outside_is_read_while_a_link_to_a_folder_changes(top: Path) -> None:
    (top / "sub" / "secret.txt").write_text("fine")
    (top / "place").symlink_to("sub")
    ways = [lambda new: new.symlink_to("sub"), lambda new: new.symlink_to(top.parent / "outside")]
    with _changing(top / "place", *ways):
        assert _seen(top, lambda: resolved_inside(top, "place/secret.txt").value_or(None)) == {b"fine"}


def test_nothing_outside_is_read_while_a_file_turns_into_a_link_or_a_pipe(top: Path) -> None:
    (top / "place").write_text("fine")
    outside = top.parent / "outside" / "secret.txt"
    ways = [lambda new: new.write_text("fine"), lambda new: new.symlink_to(outside), os.mkfifo]
    with _changing(top / "place", *ways):
        assert _seen(top, lambda: PurePath("place")) == {b"fine"}


def _seen(top: Path, named: Callable[[], PurePath | None]) -> set[bytes]:
    """What is in the file that `named` names, tried some thousand times and until it was there."""
    seen = set[bytes]()
    for number in itertools.count():
        if seen and number > 8000:
            return seen
        try:
            if (path := named()) is not None:
                with opened_inside(top, path) as held:
                    seen.add(os.read(held, 100))
        except (NotInside, OSError):
            continue
    raise AssertionError("it never ends")


@settings(deadline=None)
@given(st.text(st.characters(), max_size=30))
@example("\ud800")
def test_no_path_makes_it_fail(path: str) -> None:
    root = Path(os.path.realpath(os.curdir))
    found = resolved_inside(root, path)
    if isinstance(found, Success):
        assert not found.unwrap().is_absolute()
        assert ".." not in found.unwrap().parts
