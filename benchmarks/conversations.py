"""100,000 messages: how long it takes to open a conversation, to append a turn, to search.

python benchmarks/conversations.py                           # in a SQLite file
python benchmarks/conversations.py postgresql://me@db/house  # in a server, filled where it is empty

CPU is that of this process and, where the server is on this machine, of its processes that serve this one.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

import attrs

from pointsman import settle
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.transactions import SqlDatabase
from pointsman.adapters.sqlite.database import open_database
from pointsman.core.chat.message import assistant, user
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.database_address import read_address
from pointsman.services.ports.conversation_store import ConversationQuery

CONVERSATIONS, TURNS, ROUNDS = 1000, 50, 60
WORDS = [f"word{number}" for number in range(5000)]


def text(source: random.Random) -> str:
    """A message of forty words, of which some are rare."""
    return " ".join(source.choices(WORDS, k=40))


async def median(step: Callable[[int], Awaitable[object]]) -> float:
    """Wall milliseconds of `step`, the median."""
    found = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        await step(number)
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


async def server_seconds(database: SqlDatabase, is_server: bool) -> float:
    """CPU seconds of the server's processes that serve this one, as far as they can be seen from here."""
    if not is_server:
        return 0.0
    query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pointsman'"
    pids = (await database.read(lambda connection: connection.execute(query).fetchall())).unwrap()
    ticks = 0
    for (pid,) in pids:
        with suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def opened(url: str | None) -> AsyncIterator[SqlDatabase]:
    """The server at `url`, or a new file."""
    with tempfile.TemporaryDirectory() as folder:
        if url is None:
            async with open_database(Path(folder) / "talks.db") as file:
                yield file.unwrap()
            return
        from pointsman.adapters.postgres.postgres_database import open_postgres

        async with open_postgres(read_address(url).unwrap(), Path(folder) / "calls") as server:
            yield server.unwrap()


async def fill(store: SqlConversations, source: random.Random) -> None:
    """100,000 messages; one in a thousand has a word that is nowhere else."""
    for number in range(CONVERSATIONS):
        entries = [
            Entry(id=f"{n}", message=(user if n % 2 == 0 else assistant)(text(source)), time=float(n))
            for n in range(2 * TURNS - 1)
        ]
        entries.append(Entry(id="last", message=user(f"rare{number} {text(source)}"), time=0.0))
        talk = Conversation(id=f"c{number}", title=text(source)[:40], created=0.0, updated=float(number))
        (await settle(store.create(talk, entries))).unwrap()


async def main(url: str | None) -> None:
    """Fill the database, then measure."""
    source = random.Random(1)
    async with opened(url) as database:
        store = SqlConversations(database)
        if not (await settle(store.find(ConversationQuery(limit=1)))).unwrap().conversations:
            await fill(store, source)

        async def open_one(number: int) -> None:
            (await settle(store.get(f"c{number * 7}"))).unwrap()

        async def append(number: int) -> None:
            kept = (await settle(store.find(ConversationQuery(limit=1)))).unwrap().conversations[0]
            new = [Entry(id=f"{token_hex(6)}-{n}", message=user(text(source)), time=0.0) for n in range(2)]
            (await settle(store.change(attrs.evolve(kept, updated=1e6 + number), new))).unwrap()

        async def page(number: int) -> None:
            (await settle(store.find(ConversationQuery(before=(float(999 - number), ""))))).unwrap()

        async def search(words: str) -> None:
            (await settle(store.find(ConversationQuery(search=words)))).unwrap()

        print(f"{CONVERSATIONS * TURNS * 2:,} messages; {ROUNDS} of each; milliseconds")
        for name, step in (
            ("open", open_one),
            ("find the latest and append", append),
            ("a page of 50", page),
            ("a rare word", lambda number: search(f"rare{number * 7}")),
            ("two words", lambda _: search(" ".join(source.sample(WORDS, 2)))),
            ("the beginning of all words", lambda _: search("word")),
        ):
            before, of_server = time.process_time(), await server_seconds(database, url is not None)
            wall = await median(step)
            own = (time.process_time() - before) / ROUNDS * 1000
            there = (await server_seconds(database, url is not None) - of_server) / ROUNDS * 1000
            print(f"{name}: {wall:.1f} (median); CPU here {own:.1f}, in the server {there:.1f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
