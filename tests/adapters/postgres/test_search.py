"""A search in PostgreSQL looks at a bounded number of messages: the newest, where a word is common."""

from __future__ import annotations

from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.core.conversations.conversation import Conversation
from pointsman.core.effect import settle
from pointsman.services.ports.conversation_store import SearchBounds
from pointsman.testing.laws.conversation_store import entry, ids, ids_in_parts, is_complete
from tests.adapters.postgres.opened import Stores

BOUNDS = SearchBounds(hits=15, messages=40)


async def test_what_few_hold_is_found_wherever_and_of_what_many_hold_the_newest(stores: Stores) -> None:
    async with stores.database() as database:
        store = SqlConversations(database, bounds=BOUNDS)
        for number in range(60):
            talk = Conversation(id=f"c{number:02}", title="", created=0.0, updated=float(number))
            text = f"signal train {'oldest' if number == 0 else ''} {'lamp' if number % 2 else ''}"
            (await settle(store.create(talk, (entry("1", text),)))).unwrap()
        assert await ids(store, search="oldest") == ["c00"]
        assert await ids(store, search="signal oldest") == ["c00"], "one word that few hold is enough"
        newest = [f"c{number:02}" for number in range(59, -1, -1)]
        assert await ids(store, search="sig train", limit=5) == newest[:5]
        found = await ids(store, search="signal", limit=50)
        assert found == newest[: len(found)]
        assert BOUNDS.messages <= len(found) < 60, "those that were looked at"
        assert await ids(store, search="lamp", limit=40) == newest[:40:2]
        assert not await is_complete(store, search="lamp", limit=40)
        assert await ids_in_parts(store, "lamp") == newest[::2]
        assert await is_complete(store, search="signal", limit=5)
        assert await is_complete(store, search="signal oldest")
