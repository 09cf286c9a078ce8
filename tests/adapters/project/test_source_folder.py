"""Folders keep the laws, and the one on disk changes files whole, with their modes, and nothing outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from returns.result import Failure, Success

from pointsman.adapters.project.source_folder import DiskFolder
from pointsman.services.ports.source_folder import FileChange, SourceFile, Withheld
from pointsman.testing import MemoryFolder
from pointsman.testing.laws import source_folder


@pytest.mark.parametrize("law", source_folder.LAWS)
async def test_the_folder_on_disk_keeps_the_laws(law: source_folder.Law, tmp_path: Path) -> None:
    def open_folder(files: Mapping[str, bytes]) -> DiskFolder:
        for path, data in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)
        return DiskFolder(tmp_path)

    await law(open_folder)


@pytest.mark.parametrize("law", source_folder.LAWS)
async def test_the_folder_in_memory_keeps_the_laws(law: source_folder.Law) -> None:
    await law(lambda files: MemoryFolder(dict(files)))


async def test_a_changed_file_keeps_its_mode_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_bytes(b"a")
    script.chmod(0o751)
    assert await DiskFolder(tmp_path).write({"run.sh": FileChange(b"a", b"b")}) == Success(None)
    assert (script.read_bytes(), script.stat().st_mode & 0o777) == (b"b", 0o751)
    assert os.listdir(tmp_path) == ["run.sh"]


async def test_a_change_within_a_second_is_seen_by_pythons_compiled_files(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_bytes(b"x = 1\n")
    program = [sys.executable, "-c", "import one; print(one.x)"]

    def run() -> str:
        return subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    seen = [run()]
    for before, after in ((b"x = 1\n", b"x = 2\n"), (b"x = 2\n", b"x = 1\n")):
        await DiskFolder(tmp_path).write({"one.py": FileChange(before, after)})
        seen.append(run())
    assert seen == ["1", "2", "1"]


async def test_what_lies_outside_is_never_read_or_written(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.py"
    inside.mkdir()
    outside.write_bytes(b"secret")
    (inside / "link.py").symlink_to(outside)
    (inside / "near.py").write_bytes(b"1")
    (inside / "alias.py").symlink_to("near.py")
    (inside / "innocent.py").symlink_to(".env")
    (inside / ".env").write_bytes(b"A=1")
    folder = DiskFolder(inside)
    assert isinstance(await folder.read("link.py", 100), Withheld)
    assert isinstance(await folder.read("innocent.py", 100), Withheld)
    assert await folder.read(str(outside), 100) is None
    assert isinstance(await folder.write({"link.py": FileChange(b"secret", b"x")}), Failure)
    alias = await folder.read("alias.py", 100)
    assert isinstance(alias, SourceFile)
    assert alias.path == "near.py"
    assert outside.read_bytes() == b"secret"


async def test_a_read_only_file_refuses_the_whole_change(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "b.py").chmod(0o444)
    refused = await DiskFolder(tmp_path).write({name: FileChange(b"1", b"2") for name in ("a.py", "b.py")})
    assert refused.failure().summary == "b.py stays as it is: it is read-only"
    assert (tmp_path / "a.py").read_bytes() == b"1"
    assert sorted(os.listdir(tmp_path)) == ["a.py", "b.py"]


async def test_when_the_second_file_cannot_be_put_in_place_the_first_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"1")
    replace = os.replace

    def refuse_the_second(source: Path, target: Path) -> None:
        if target.name == "b.py":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse_the_second)
    refused = await DiskFolder(tmp_path).write({name: FileChange(b"1", b"2") for name in ("a.py", "b.py")})
    assert "No space left" in refused.failure().summary
    assert [(tmp_path / name).read_bytes() for name in ("a.py", "b.py")] == [b"1", b"1"]
    assert sorted(os.listdir(tmp_path)) == ["a.py", "b.py"]


async def test_a_cancelled_write_leaves_every_file_whole(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"1")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await DiskFolder(tmp_path).write({"a.py": FileChange(b"1", b"2")})
    assert (tmp_path / "a.py").read_bytes() in (b"1", b"2")
    assert os.listdir(tmp_path) == ["a.py"]


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
import anyio
from pointsman.adapters.project.source_folder import DiskFolder
from pointsman.services.ports.source_folder import FileChange

replace = os.replace

def interrupt_between(source, target):
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    replace(source, target)

os.replace = interrupt_between
try:
    anyio.run(DiskFolder(Path(".")).write, {name: FileChange(b"1", b"2") for name in ("a.py", "b.py")})
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_between_two_files_waits_until_both_are_in_place(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"1")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=tmp_path, env=environment, check=False)
    assert done.returncode in (130, -signal.SIGINT)
    assert [(tmp_path / name).read_bytes() for name in ("a.py", "b.py")] == [b"2", b"2"]
