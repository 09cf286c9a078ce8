"""A client that is held to the timeout of each request lets go of what it opened."""

from __future__ import annotations

import attrs

from pointsman import ask
from pointsman.core.chat.event import TextDelta
from pointsman.services.middleware.time_limit import TimeLimited
from pointsman.services.ports.client import StreamRequest
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.testing import ScriptedClient, VirtualClock


@attrs.define
class Watched(ScriptedClient):
    """Writes down how its streams ended; None stands for a caller who left."""

    ends: list[End | None] = attrs.field(factory=list)

    async def open(self, request: StreamRequest) -> EventStream:
        stream = await ScriptedClient.open(self, request)

        async def note(end: End | None) -> End | None:
            self.ends.append(end)
            return end

        stream.on_end(note)
        return stream


async def test_who_leaves_early_closes_the_stream_below() -> None:
    inner = Watched(["Left, at the tower, and then straight on."])
    client = TimeLimited(inner, VirtualClock(), "own")
    async with client.stream(attrs.evolve(ask("m", "Which way?"), timeout=30.0)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert inner.ends == [None]
