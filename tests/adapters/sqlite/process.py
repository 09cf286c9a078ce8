"""A process that uses the stores of a SQLite file, for the tests that need several, or one to kill.

`spend PATH SEED LIMIT`: reserves and settles tokens until the budget is used up; prints what it has spent.
`write PATH NAME`: makes calls of a token each, many at once, without end; prints which were begun and confirmed.
`fork FOLDER`: keeps a journal in FOLDER, and has a child that lives until it has nothing to read any more.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from itertools import count
from pathlib import Path

import anyio
import anyio.lowlevel
import attrs

from pointsman.adapters.sql.journal import Journal
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.money.budget import Account
from pointsman.core.money.cost import FREE
from pointsman.core.money.settlement import Amount, Charge, Settlement
from pointsman.services.ports.ledger import Refused
from pointsman.testing.laws.ledger import account
from pointsman.testing.laws.usage_log import at
from tests.adapters.sqlite.opened import a_database

WRITERS = 8
LIMIT = 10**9


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
    async with a_database(Path(path)) as database, open_books(database) as books:
        ledger = SqlLedger(books)
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
    async with a_database(Path(path)) as database, open_books(database) as books, anyio.create_task_group() as tasks:
        for writer in range(WRITERS):
            tasks.start_soon(_write, SqlUsageLog(books), SqlLedger(books), f"{name}-{writer}")


async def _write(log: SqlUsageLog, ledger: SqlLedger, name: str) -> None:
    for number in count():
        id = f"{name}-{number}"
        reservation = (await settle(ledger.reserve(id, (shared(LIMIT),), Amount(tokens=2), 0.0))).unwrap()
        assert not isinstance(reservation, Refused)
        say(f"begun {id}")
        (await settle(ledger.settle(reservation, Amount(tokens=1), 0.0, recorded=True))).unwrap()
        charge = Charge(id, "", "", Settlement(Amount(tokens=1), "told"))
        record = attrs.evolve(at(float(number), id), usage=Usage(0, 1), charges=(charge,), cost=FREE)
        (await settle(log.add(record))).unwrap()
        say(f"added {id}")
        await anyio.lowlevel.checkpoint()


def fork(folder: str) -> None:
    journal = Journal(Path(folder))
    journal.append(["a line"])
    if os.fork():
        signal.pause()
    say(journal.id)
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "fork":
        fork(words[0])
    elif what == "spend":
        anyio.run(spend, words[0], words[1], words[2])
    else:
        anyio.run(write, words[0], words[1])
