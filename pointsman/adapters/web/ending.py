"""How a server ends: what is under way may go on for a while, then it is told that it ends. Knows no web server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import anyio
import attrs

from pointsman.core.error import ModelUnavailable

STOPPING = ModelUnavailable(
    detail="this server is being stopped, and the call had no time left to end", status=503, local=True
)
"""What a call is told that did not end within the time there was."""
TAKEN_OVER = ModelUnavailable(detail="this server is being stopped; connect again", status=503, local=True)
"""What is told to who waits for nothing but news."""
GOING_AWAY = 1001
"""The close code of a socket whose server is being stopped: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1."""


class HeldConnections(Protocol):
    """Sockets and streams, which end in words of their own."""

    @property
    def busy_sockets(self) -> int:
        """How many sockets there are on which something is under way."""
        ...

    def end_idle(self) -> None:
        """End all on which nothing is under way."""
        ...

    def end_all(self) -> tuple[frozenset[asyncio.Task[Any] | None], int]:
        """End all. Gives the tasks that hear of it so, and on how many something was under way."""
        ...


@attrs.define(eq=False)
class CallUnderWay:
    """A request of HTTP that is being answered by `task`."""

    task: asyncio.Task[Any] | None
    is_begun: Callable[[], bool]
    """Whether anything of its answer has been sent."""
    is_cut: bool = False
    """Whether it was cancelled because the server ends."""


@attrs.define(eq=False)
class Ending:
    """The end of a server, and what is under way until then.

    `begin` it, and no new connection is taken; what is under way has `drain` seconds, unless it is to `hasten`. What is
    left then is cut short, told so, and settled.
    """

    drain: float = 30.0
    begun: anyio.Event = attrs.field(factory=anyio.Event)
    hastened: anyio.Event = attrs.field(factory=anyio.Event)
    over: anyio.Event = attrs.field(factory=anyio.Event)
    """Set when every connection is closed."""
    is_begun: bool = False
    cut_count: int = 0
    """How many calls were cut short."""
    held: HeldConnections | None = attrs.field(default=None, repr=False)
    _calls: set[CallUnderWay] = attrs.field(factory=set, repr=False)

    @property
    def calls(self) -> int:
        """How much is under way: requests of HTTP, and sockets on which something is done."""
        return len(self._calls) + (0 if self.held is None else self.held.busy_sockets)

    def begin(self) -> None:
        """Take no new connection; let what is under way come to its end."""
        self.is_begun = True
        self.begun.set()

    def hasten(self) -> None:
        """Let nothing go on any longer."""
        self.begin()
        self.hastened.set()

    async def end(self) -> None:
        """End at once, whatever else is happening."""
        self.hasten()
        with anyio.CancelScope(shield=True):
            await self.over.wait()

    def enter(self, is_begun: Callable[[], bool]) -> CallUnderWay:
        """Note that the task at work answers a request."""
        call = CallUnderWay(asyncio.current_task(), is_begun)
        self._calls.add(call)
        return call

    def leave(self, call: CallUnderWay) -> None:
        """It is answered."""
        self._calls.discard(call)

    def end_idle(self) -> None:
        """End the sockets on which nothing is under way."""
        if self.held is not None:
            self.held.end_idle()

    def cut(self) -> None:
        """End all: cancel every call whose answer has not begun, but for those that end in words of their own."""
        tasks, count = (frozenset[asyncio.Task[Any] | None](), 0) if self.held is None else self.held.end_all()
        self.cut_count += count
        for call in tuple(self._calls):
            if call.task is not None and call.task not in tasks and not call.is_begun():
                call.is_cut = True
                self.cut_count += 1
                call.task.cancel()
