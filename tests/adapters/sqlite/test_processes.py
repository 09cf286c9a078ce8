"""Several processes on one file, and processes that are killed: nothing is overspent, nothing confirmed is lost."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from pointsman.adapters.sql.journal import left_journals
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.core.money.budget import Balance
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import UsageRecord
from pointsman.testing.laws.ledger import balances
from pointsman.testing.laws.usage_log import read
from tests.adapters.sqlite.opened import a_database
from tests.adapters.sqlite.process import WRITERS, shared
from tests.patience import GUARD

ROOT = Path(__file__).parents[3]


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.adapters.sqlite.process", *words]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_never_overspend_together(tmp_path: Path) -> None:
    """Three begin at once, on a file that is not there yet, and use the budget up to the last token."""
    path, limit = tmp_path / "stores.db", 1500
    processes = [started("spend", str(path), str(seed), str(limit)) for seed in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    spent = [int(process.communicate(timeout=GUARD)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(spent) == limit, spent
    balance, records = anyio.run(left_in, path)
    assert (balance, records) == (Balance(Amount(tokens=limit)), {})


@pytest.mark.parametrize("lines", [1, 60, 500])
def test_what_was_confirmed_survives_a_kill(tmp_path: Path, lines: int) -> None:
    """Two processes after each other are killed in the middle of their work."""
    path, said = tmp_path / "stores.db", list[str]()
    for name in ("first", "second"):
        said += killed_after(lines, "write", str(path), name)
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    added = {line.removeprefix("added ") for line in said if line.startswith("added ")}
    begun = {line.removeprefix("begun ") for line in said if line.startswith("begun ")}
    assert len(said) >= 2 * lines
    balance, records = anyio.run(left_in, path)
    finished = {id for id, record in records.items() if record.outcome == "ok"}
    assert added <= finished
    assert begun <= records.keys(), "who was begun is known, and lost if it had not ended"
    assert len(records.keys() - begun) <= 2 * WRITERS, "at most what was under way is there without having been said"
    assert balance == Balance(Amount(tokens=sum(record.ledger_amount.tokens for record in records.values())))
    assert all(record.ledger_amount.tokens == (1 if record.outcome == "ok" else 2) for record in records.values())
    assert not list(path.parent.glob("*-calls/*"))


def test_a_process_that_was_killed_is_not_taken_for_living_because_of_its_child(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    with started("fork", str(folder)) as parent:
        assert parent.stdout is not None
        id = parent.stdout.readline().strip()
        assert list(left_journals(folder, "")) == [], "nor is one for dead because its child has let go of its files"
        parent.kill()
        assert parent.wait() == -signal.SIGKILL
        left = []
        for journal in left_journals(folder, ""):
            left.append((journal.id, journal.lines()))
            journal.close()
        assert left == [(id, [[1, "a line"]])]


def killed_after(lines: int, *words: str) -> list[str]:
    """What a process has said that was killed as soon as it had said so many lines; a last half line is dropped."""
    process = started(*words)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return [line.removesuffix("\n") for line in said if line.endswith("\n")]


async def left_in(path: Path) -> tuple[Balance, dict[str, UsageRecord]]:
    """The balance of the shared account, and the records by their ids, as one sees them who comes later."""
    async with a_database(path) as database, open_books(database) as books:
        (balance,) = await balances(SqlLedger(books), (shared(None),))
        return balance, {record.id: record for record in await read(SqlUsageLog(books))}
