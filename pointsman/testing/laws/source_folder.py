"""The laws of `SourceFolder`. A law takes an opening of a folder that holds the bytes it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from returns.result import Failure, Success

from pointsman.services.ports.source_folder import FileChange, SourceFile, SourceFolder, Withheld

OpenFolder: TypeAlias = Callable[[Mapping[str, bytes]], SourceFolder]
Law: TypeAlias = Callable[[OpenFolder], Awaitable[None]]
_MOST = 100_000


async def _bytes(folder: SourceFolder, path: str) -> bytes:
    found = await folder.read(path, _MOST)
    assert isinstance(found, SourceFile)
    return found.source.raw


async def a_file_is_read_as_text_by_any_spelling_of_its_path(open_folder: OpenFolder) -> None:
    """Whatever dots and slashes are in the path."""
    folder = open_folder({"app/main.py": b"x = 1\r\n"})
    for path in ("app/main.py", "./app/main.py", "app//main.py", "app/../app/main.py"):
        found = await folder.read(path, _MOST)
        assert isinstance(found, SourceFile)
        assert (found.path, found.source.text) == ("app/main.py", "x = 1\n")


async def what_is_not_there_is_nothing(open_folder: OpenFolder) -> None:
    """A folder is no file, and nothing above the folder is there."""
    folder = open_folder({"app/main.py": b""})
    for path in ("other.py", "app", "", "../main.py", "app/main.py/x"):
        assert await folder.read(path, _MOST) is None, path


async def what_is_private_binary_or_too_large_is_withheld(open_folder: OpenFolder) -> None:
    """With the reason."""
    folder = open_folder({".env": b"A=1", "server.pem": b"key", "a.bin": b"\0\1\2", "long.txt": b"x" * 11})
    for path in (".env", "server.pem", "a.bin", "long.txt"):
        found = await folder.read(path, 10)
        assert isinstance(found, Withheld), path
        assert found.reason
    assert await folder.read_all(10) == {}


async def all_texts_are_read_the_shallowest_first_as_far_as_there_is_room(open_folder: OpenFolder) -> None:
    """What does not fit is left out, what fits after it is not."""
    folder = open_folder({"a/deep.txt": b"12345", "z.txt": b"123", "y.txt": b"123456789"})
    assert list(await folder.read_all(_MOST)) == ["y.txt", "z.txt", "a/deep.txt"]
    assert list(await folder.read_all(8)) == ["z.txt", "a/deep.txt"]


async def all_files_of_a_change_are_written(open_folder: OpenFolder) -> None:
    """And the reverse takes it back."""
    folder = open_folder({"a.py": b"a", "b/c.py": b"c"})
    changes = {"a.py": FileChange(b"a", b"A"), "b/c.py": FileChange(b"c", b"C\r\n")}
    assert await folder.write(changes) == Success(None)
    assert [await _bytes(folder, "a.py"), await _bytes(folder, "b/c.py")] == [b"A", b"C\r\n"]
    assert await folder.write({path: change.reverse for path, change in changes.items()}) == Success(None)
    assert [await _bytes(folder, "a.py"), await _bytes(folder, "b/c.py")] == [b"a", b"c"]


async def a_change_of_what_somebody_else_has_changed_is_refused_as_a_whole(open_folder: OpenFolder) -> None:
    """Not one of its files is written."""
    folder = open_folder({"a.py": b"a", "b.py": b"b"})
    for wrong in ({"b.py": FileChange(b"old", b"B")}, {"gone.py": FileChange(b"", b"B")}):
        refused = await folder.write({"a.py": FileChange(b"a", b"A"), **wrong})
        assert isinstance(refused, Failure)
        assert next(iter(wrong)) in refused.failure().summary
    assert await _bytes(folder, "a.py") == b"a"


LAWS: tuple[Law, ...] = (
    a_file_is_read_as_text_by_any_spelling_of_its_path,
    what_is_not_there_is_nothing,
    what_is_private_binary_or_too_large_is_withheld,
    all_texts_are_read_the_shallowest_first_as_far_as_there_is_room,
    all_files_of_a_change_are_written,
    a_change_of_what_somebody_else_has_changed_is_refused_as_a_whole,
)
