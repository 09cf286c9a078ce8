"""A process that keeps calls in PostgreSQL, for the tests that need several, or one to kill.

`write URL FOLDER NAME BACKEND`: makes calls of a token each, some at once, without end, with its journal in FOLDER;
prints which were begun and confirmed.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

import anyio
import attrs

from pointsman.adapters.postgres.postgres_database import open_postgres
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.core.chat.usage import Usage
from pointsman.core.database_address import read_address
from pointsman.core.effect import settle
from pointsman.core.money.cost import FREE
from pointsman.core.money.settlement import Amount, Charge, Settlement
from pointsman.services.ports.ledger import Refused
from pointsman.testing.laws.ledger import account
from pointsman.testing.laws.usage_log import at

WRITERS = 4
SHARED = account("shared", None, 10**9)


def say(text: str) -> None:
    """Out of this process at once: a line is one write, and survives its death."""
    os.write(1, f"{text}\n".encode())


async def write(url: str, folder: str, name: str) -> None:
    """Calls without end."""
    async with (
        open_postgres(read_address(url).unwrap(), Path(folder)) as opened,
        open_books(opened.unwrap()) as books,
        anyio.create_task_group() as tasks,
    ):
        for writer in range(WRITERS):
            tasks.start_soon(_write, SqlUsageLog(books), SqlLedger(books), f"{name}-{writer}")


async def _write(log: SqlUsageLog, ledger: SqlLedger, name: str) -> None:
    for number in count():
        id = f"{name}-{number}"
        reservation = (await settle(ledger.reserve(id, (SHARED,), Amount(tokens=2), 0.0))).unwrap()
        assert not isinstance(reservation, Refused)
        say(f"begun {id}")
        (await settle(ledger.settle(reservation, Amount(tokens=1), 0.0, recorded=True))).unwrap()
        charge = Charge(id, "", "", Settlement(Amount(tokens=1), "told"))
        record = attrs.evolve(at(float(number), id), usage=Usage(0, 1), charges=(charge,), cost=FREE)
        (await settle(log.add(record))).unwrap()
        say(f"added {id}")
        await anyio.sleep(0.002)


if __name__ == "__main__":
    url, folder, name, backend = sys.argv[2:]
    anyio.run(write, url, folder, name, backend=backend)
