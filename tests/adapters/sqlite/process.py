"""A process that uses the stores of a SQLite file, for the tests that need several, or one to kill.

`spend PATH SEED LIMIT`: reserves and settles tokens until the budget is used up; prints what it has spent.
`write PATH NAME`: adds records and settles a token each, many at once, without end; prints what was confirmed.
"""

from __future__ import annotations

import os
import random
import sys
from itertools import count
from pathlib import Path

import anyio

from pointsman.adapters.sqlite.ledger import SqliteLedger
from pointsman.adapters.sqlite.usage_log import SqliteUsageLog
from pointsman.core.effect import settle
from pointsman.core.money.budget import Account, Amount
from pointsman.services.ports.ledger import Refused
from pointsman.testing.laws.ledger import account
from pointsman.testing.laws.usage_log import at
from tests.adapters.sqlite.opened import a_database

WRITERS = 8


def shared(limit: int | None) -> Account:
    """The account that all processes use."""
    return account("shared", None, limit)


def say(text: str) -> None:
    """Out of this process at once: a line is one write, and survives its death."""
    os.write(1, f"{text}\n".encode())


async def spend(path: str, seed: str, limit: str) -> None:
    chance, one, spent = random.Random(seed), shared(int(limit)), 0
    say("ready")
    sys.stdin.readline()
    async with a_database(Path(path)) as database:
        ledger = SqliteLedger(database)
        for number in count():
            wanted = chance.randint(1, 9)
            answer = (await settle(ledger.reserve(f"{seed}-{number}", (one,), Amount(tokens=wanted), 0.0))).unwrap()
            if isinstance(answer, Refused):
                if wanted == 1 and not answer.later:
                    break
                continue
            cost = Amount(tokens=chance.randint(1, wanted))
            (_, after), *_ = (await settle(ledger.settle(answer, cost, 0.0))).unwrap()
            assert (after.spent + after.reserved).tokens <= int(limit)
            spent += cost.tokens
    say(str(spent))


async def write(path: str, name: str) -> None:
    async with a_database(Path(path)) as database, anyio.create_task_group() as tasks:
        for writer in range(WRITERS):
            tasks.start_soon(_write, SqliteUsageLog(database), SqliteLedger(database), f"{name}-{writer}")


async def _write(log: SqliteUsageLog, ledger: SqliteLedger, name: str) -> None:
    for number in count():
        id = f"{name}-{number}"
        reservation = (await settle(ledger.reserve(id, (shared(None),), Amount(tokens=1), 0.0))).unwrap()
        assert not isinstance(reservation, Refused)
        (await settle(log.add(at(float(number), id)))).unwrap()
        say(f"added {id}")
        (await settle(ledger.settle(reservation, Amount(tokens=1), 0.0))).unwrap()
        say(f"settled {id}")


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "spend":
        anyio.run(spend, words[0], words[1], words[2])
    else:
        anyio.run(write, words[0], words[1])
