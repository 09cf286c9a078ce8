"""Where a file cannot grow, what was there stays, nothing half-written stays beside it, and a sentence says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limit of a file's size is POSIX's")

PROGRAMS = {
    "kept files": (
        "from pointsman.layers.kept_files import KeptFiles\n"
        "kept = KeptFiles(folder, '.toml')\n"
        "fine, lost = kept.keep('a', 'short'), kept.keep('a', 'x' * 100_000)\n"
    ),
    "recordings": (
        "import anyio\n"
        "from pointsman.adapters.recordings.directory import RecordingDirectory\n"
        "from pointsman.core.effect import settle\n"
        "from pointsman.testing.laws.recording_store import QUESTION, RecordedExchange, answer\n"
        "store = RecordingDirectory(folder)\n"
        "async def keep(text): return await settle(store.keep(RecordedExchange(QUESTION, answer(text))))\n"
        "fine, lost = anyio.run(keep, 'short'), anyio.run(keep, 'x' * 100_000)\n"
    ),
}


@pytest.mark.parametrize("what", sorted(PROGRAMS))
def test_what_cannot_be_written_whole_leaves_nothing(what: str, tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        f"{PROGRAMS[what]}print(type(fine).__name__, lost.failure())\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("Success"), done.stderr
    assert "file too large" in done.stdout.lower()
    files = [Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names]
    assert len(files) == 1
    assert b"short" in files[0].read_bytes()


def test_a_database_that_cannot_grow_says_so_each_time_and_is_read_as_before(tmp_path: Path) -> None:
    program = (
        "import anyio, resource, sys\n"
        "from pointsman.adapters.sql.lease_exchange import try_writing\n"
        "from pointsman.adapters.sqlite.database import open_database\n"
        "def count(connection): return connection.execute('SELECT count(*) FROM process').fetchone()[0]\n"
        "async def main():\n"
        "    async with open_database(sys.argv[1]) as opened:\n"
        "        database = opened.unwrap()\n"
        "        for most in (resource.RLIM_INFINITY, 1, 1, resource.RLIM_INFINITY):\n"
        "            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))\n"
        "            written = await database.run(lambda connection: try_writing(connection, 'me'))\n"
        "            print(type(written).__name__, (await database.read(count)).unwrap())\n"
        "anyio.run(main)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, str(tmp_path / "p.db")], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["Success", "0", "Failure", "0", "Failure", "0", "Success", "0"], done.stderr
