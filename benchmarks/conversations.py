"""100,000 messages in one SQLite file: how long it takes to open a conversation, to append a turn, to search.

python benchmarks/conversations.py
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs

from pointsman import settle
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sqlite.database import open_database
from pointsman.core.chat.message import assistant, user
from pointsman.core.conversations.conversation import Conversation, Entry
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


async def main() -> None:
    """Fill the file, then measure."""
    source = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(Path(folder) / "talks.db") as opened:
            store = SqlConversations(opened.unwrap())
            for number in range(CONVERSATIONS):
                entries = [
                    Entry(id=f"{n}", message=(user if n % 2 == 0 else assistant)(text(source)), time=float(n))
                    for n in range(2 * TURNS)
                ]
                talk = Conversation(id=f"c{number}", title=text(source)[:40], created=0.0, updated=float(number))
                (await settle(store.create(talk, entries))).unwrap()

            async def open_one(number: int) -> None:
                (await settle(store.get(f"c{number * 7}"))).unwrap()

            async def append(number: int) -> None:
                kept = (await settle(store.find(ConversationQuery(limit=1)))).unwrap()[0]
                new = [Entry(id=f"n{number}-{n}", message=user(text(source)), time=0.0) for n in range(2)]
                (await settle(store.change(attrs.evolve(kept, updated=1e6 + number), new))).unwrap()

            async def search(number: int) -> None:
                words = " ".join(source.sample(WORDS, 2))
                (await settle(store.find(ConversationQuery(search=words)))).unwrap()

            print(f"{CONVERSATIONS * TURNS * 2:,} messages; medians of {ROUNDS}, wall ms; at most 20 each")
            for name, step in (
                ("open", open_one),
                ("find the latest and append", append),
                ("search two words", search),
            ):
                print(f"{name}: {await median(step):.1f}")


if __name__ == "__main__":
    asyncio.run(main())
