"""Events with handlers that are awaited: in order of priority, some once only, one that stops the others.

Topics: async, events
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count

Handler = Callable[[dict[str, object]], Awaitable[object]]


class Stop(Exception):
    """Raised by a handler: no later one is called."""


@dataclass(order=True)
class Entry:
    """A handler and when it is called; the smallest priority first, then the oldest."""

    priority: int
    number: int
    handler: Handler = field(compare=False)
    once: bool = field(default=False, compare=False)


class Events:
    """Handlers by the name of the event."""

    def __init__(self) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.numbers = count()

    def on(self, name: str, handler: Handler, priority: int = 0, once: bool = False) -> None:
        """Call the handler with every event of that name."""
        entries = self.entries.setdefault(name, [])
        entries.append(Entry(priority, next(self.numbers), handler, once))
        entries.sort()

    async def emit(self, name: str, data: dict[str, object] | None = None) -> list[object]:
        """What the handlers gave, one after the other; each may change the data for the next."""
        data = {} if data is None else data
        data.setdefault("event", name)
        answers: list[object] = []
        for entry in list(self.entries.get(name, ())):
            if entry.once:
                self.entries[name].remove(entry)
            try:
                answers.append(await entry.handler(data))
            except Stop:
                break
        return answers

    async def emit_all(self, *names: str) -> dict[str, list[object]]:
        """Several events side by side."""
        answers = await asyncio.gather(*(self.emit(name) for name in names))
        return dict(zip(names, answers, strict=True))
