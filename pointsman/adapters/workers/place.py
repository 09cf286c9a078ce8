"""A worker's side: what its supervisor has handed to it, and what the two tell each other. Knows no web server."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, MutableMapping
from contextlib import suppress

import anyio
import anyio.abc
import attrs

from pointsman.adapters.workers.channel import Channel, Handler
from pointsman.core.json import Json, JsonObject, as_list, as_object
from pointsman.services.tasks.together import tasks_together

VARIABLE = "POINTSMAN_WORKER"
"""Tells a process that it is a worker: its number, the descriptor of its channel and those of its listeners."""
_BEAT = 1.0
"""Seconds between two signs of life."""
_PATIENCE = 5.0
"""Seconds for which the supervisor is waited for."""


@attrs.define(eq=False)
class WorkerPlace:
    """The place of this process among several that serve one address.

    See `pointsman.adapters.web.other_workers.OtherWorkers`.
    """

    number: int
    listeners: tuple[socket.socket, ...]
    is_on_duty: bool = False
    """Whether this one does what is to be done once."""
    ended: anyio.Event = attrs.field(factory=anyio.Event)
    """Set when it is to drain and end: it was told to, or the supervisor is gone."""
    hastened: anyio.Event = attrs.field(factory=anyio.Event)
    count: Callable[[], Json] = lambda: None
    """What this one has counted."""
    take_event: Callable[[JsonObject], None] = lambda message: None
    """What is done with what another worker casts to all."""
    _socket: socket.socket | None = attrs.field(default=None, repr=False, alias="socket")
    _channel: Channel | None = attrs.field(default=None, repr=False)

    async def run(self, calls: Callable[[], int], *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Listen to the supervisor, and give signs of life, until cancelled."""
        assert self._socket is not None, "it is run once"
        stream = await anyio.abc.UNIXSocketStream.from_socket(self._socket)
        handlers: dict[str, Handler] = {
            "end": self._end,
            "hasten": self._hasten,
            "duty": self._take_duty,
            "counts": self._tell_counts,
        }
        handlers |= {"cast": self._hear}
        self._channel = channel = Channel(stream, handlers)
        async with tasks_together() as group:
            group.start_soon(channel.run)
            group.start_soon(self._beat, channel, calls)
            task_status.started()
            await channel.closed.wait()
            self.ended.set()
            group.cancel_scope.cancel()

    def tell(self, name: str, value: JsonObject) -> None:
        """Tell the supervisor."""
        if self._channel is not None:
            self._channel.tell(name, value)

    async def say_last(self, name: str, value: JsonObject) -> None:
        """Tell the supervisor, and wait until it has heard it."""
        if self._channel is not None:
            await self._channel.ask(name, value, _PATIENCE)

    async def take_link(self, token: str) -> bool:
        """As `OtherWorkers.take_link`."""
        return self._channel is not None and await self._channel.ask("link", token, _PATIENCE) is True

    async def counts(self) -> list[Json]:
        """As `OtherWorkers.counts`."""
        return [] if self._channel is None else as_list(await self._channel.ask("counts", None, _PATIENCE))

    async def _beat(self, channel: Channel, calls: Callable[[], int]) -> None:
        while True:
            channel.tell("beat", calls())
            await anyio.sleep(_BEAT)

    async def _end(self, _: Json) -> Json:
        self.is_on_duty = False
        self.ended.set()
        return None

    async def _hasten(self, _: Json) -> Json:
        self.hastened.set()
        return await self._end(None)

    async def _take_duty(self, _: Json) -> Json:
        self.is_on_duty = True
        return None

    async def _hear(self, message: Json) -> Json:
        self.take_event(as_object(message))
        return None

    async def _tell_counts(self, _: Json) -> Json:
        return self.count()


@attrs.frozen(eq=False)
class SiblingEvents:
    """`EventCarrier` between the workers of one supervisor, which hands on what each of them casts."""

    place: WorkerPlace
    is_private: bool = True

    def send(self, message: JsonObject) -> None:
        """As `EventCarrier.send`."""
        self.place.tell("cast", message)

    async def run(self, take: Callable[[JsonObject], None]) -> None:
        """As `EventCarrier.run`."""
        self.place.take_event = take
        await anyio.sleep_forever()


def take_place(environment: MutableMapping[str, str] = os.environ) -> WorkerPlace | None:
    """The place that this process was started for; None where it was started for none, or by a stranger.

    The variable is removed, so that no child takes it for its own.
    """
    number, _, descriptors = environment.pop(VARIABLE, "").partition(":")
    numbers = descriptors.split(",")
    if not number.isdecimal() or len(numbers) < 2 or not all(one.isdecimal() for one in numbers):
        return None
    taken: list[socket.socket] = []
    with suppress(OSError):
        for one in numbers:
            taken.append(socket.socket(fileno=int(one)))
            taken[-1].set_inheritable(False)
            taken[-1].setblocking(False)
    if len(taken) < len(numbers):
        for opened in taken:
            opened.close()
        return None
    return WorkerPlace(int(number), tuple(taken[1:]), socket=taken[0])
