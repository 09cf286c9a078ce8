"""Checks of the last lines."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from tail_lines import Follower, tail

PATH = Path("log.txt")


def check_tail() -> object:
    PATH.write_bytes(b"1\n 2 \n\n4\t\n5")
    return [tail(PATH, count) for count in (0, 1, 2, 3, 5, 9)]


def check_default_count() -> object:
    PATH.write_bytes(b"\n".join(str(number).encode() for number in range(30)))
    return tail(PATH)


def check_letters() -> object:
    PATH.write_bytes("grüße\n5 €\n".encode() + b"\xfc\n")
    return tail(PATH)


def check_missing() -> object:
    found: list[object] = [tail(Path("nothing.txt"))]
    Path("folder").mkdir(exist_ok=True)
    try:
        tail(Path("folder"))
    except OSError:
        found.append("OSError")
    try:
        Follower(Path("nothing.txt")).look()
    except OSError as error:
        found.append(type(error).__name__)
    return found


def check_follow() -> object:
    PATH.write_bytes(b"")
    follower = Follower(PATH)
    found = [follower.look()]
    for added in (b"a", b"b\nc\n", b"", b"\n\nd", "é €\n".encode()):
        with PATH.open("ab") as file:
            file.write(added)
        found.append(follower.look())
    return [found, follower.read]


def check_a_letter_in_two_parts() -> object:
    whole = "für\n".encode()
    PATH.write_bytes(whole[:2])
    follower = Follower(PATH)
    first = follower.look()
    PATH.write_bytes(whole)
    return [first, follower.look()]


def check_a_new_file() -> object:
    PATH.write_bytes(b"one\ntwo\nthr")
    follower = Follower(PATH)
    found = [follower.look()]
    for text in (b"new\n", b"old\n", b"old\nend\n"):
        PATH.write_bytes(text)
        found.append(follower.look())
    return found


def check_two_followers() -> object:
    PATH.write_bytes(b"a\n")
    one, other = Follower(PATH), Follower(PATH)
    one.look()
    return [one.read, other.read, other.look(), Follower(PATH, ["old"]).read]


def leaks(run: Callable[[], object]) -> int:
    """How many files `run` left open."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            run()
        except Exception:
            seen.clear()
        gc.collect()
    return sum(issubclass(one.category, ResourceWarning) for one in seen)


def check_files_are_closed() -> object:
    PATH.write_bytes(b"a\n")
    return [leaks(lambda: tail(PATH, 1)), leaks(Follower(PATH).look)]
