"""Events of other processes, for those who listen to this one. It knows neither what carries them nor how they look.

Each process tells the others which events somebody listens for at it; only those are carried. What is to happen once
(webhooks, counts, records) goes by the bus of the process where it happened, which hears nothing of all this.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import anyio
import anyio.abc
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pointsman.core.json import JsonObject, as_list, as_object, as_text
from pointsman.core.notice import FunctionCalls, Notice, NoticesLost, ResponseChunk, tenant_of
from pointsman.services.event_bus import EventBus, Subscription
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.event_carrier import EventCarrier
from pointsman.services.tasks.background import keep_running
from pointsman.services.tasks.together import tasks_together

RENEWAL_SECONDS = 2.0
"""So often a process says again what is listened for; who has begun since hears it then."""
_LEASE_SECONDS = 3 * RENEWAL_SECONDS
_TEXTS = frozenset((ResponseChunk.name, FunctionCalls.name))
"""Events that hold texts of conversations: they do not leave the machine."""
_MOST_KNOWN = 2000
_MOST_WAITING = 500


@attrs.frozen(kw_only=True)
class RemoteEvent:
    """What happened in another process at `time` (Unix seconds); `tenant` as `pointsman.core.notice.tenant_of`."""

    name: str
    time: float
    tenant: str
    data: JsonObject


@attrs.frozen(eq=False)
class _RemoteListener:
    names: frozenset[str]
    sender: MemoryObjectSendStream[RemoteEvent]

    def tell(self, event: RemoteEvent) -> None:
        try:
            self.sender.send_nowait(event)
        except (anyio.WouldBlock, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # a slow listener loses events, never memory


@attrs.define(eq=False)
class EventExchange:
    """Passes on by `carriers` what others listen for, as `render` writes it; an event that comes twice is told once."""

    bus: EventBus
    clock: Clock
    process: str
    kinds: Mapping[str, type[Notice]]
    render: Callable[[Notice], JsonObject]
    carriers: Sequence[EventCarrier] = ()
    _listeners: list[_RemoteListener] = attrs.field(factory=list, repr=False)
    _wanted: dict[str, tuple[float, frozenset[str]]] = attrs.field(factory=dict, repr=False)
    """What others listen for, by process, and until when that is believed."""
    _known: deque[str] = attrs.field(factory=lambda: deque(maxlen=_MOST_KNOWN), repr=False)
    _sent: int = 0
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    @contextmanager
    def listen(self, names: frozenset[str]) -> Iterator[MemoryObjectReceiveStream[RemoteEvent]]:
        """The events `names` of other processes, until the scope ends."""
        sender, receiver = anyio.create_memory_object_stream[RemoteEvent](_MOST_WAITING)
        listener = _RemoteListener(names, sender)
        self._listeners.append(listener)
        self._announce()
        with sender, receiver:
            try:
                yield receiver
            finally:
                self._listeners.remove(listener)
                self._announce()

    async def run(self) -> None:
        """Until cancelled."""
        if not self.carriers:
            return
        async with tasks_together() as group:
            for carrier in self.carriers:
                group.start_soon(
                    keep_running, "the events of other processes", partial(carrier.run, self._take), self.clock.sleep
                )
            group.start_soon(self._renew)
            await self._pass_on(group)

    def _announce(self) -> None:
        names = Counter(name for one in self._listeners for name in one.names)
        self._send({"from": self.process, "wants": list(names)})

    def _send(self, message: JsonObject, *, is_text: bool = False) -> None:
        for carrier in self.carriers:
            if carrier.is_private or not is_text:
                carrier.send(message)

    async def _renew(self) -> None:
        while True:
            if self._listeners:
                self._announce()
            now = self.clock.monotonic()
            self._note_wanted({process: one for process, one in self._wanted.items() if one[0] > now})
            await self.clock.passive.sleep(RENEWAL_SECONDS)

    def _note_wanted(self, wanted: dict[str, tuple[float, frozenset[str]]]) -> None:
        before, self._wanted = self._names(), wanted
        if before != self._names():
            self._changed.set()

    def _names(self) -> frozenset[str]:
        return frozenset[str]().union(*(names for _, names in self._wanted.values()))

    async def _pass_on(self, group: anyio.abc.TaskGroup) -> None:
        """Follow the bus for what is wanted, and for nothing while nobody wants anything."""
        following: Subscription | None = None
        try:
            while True:
                self._changed, kinds = anyio.Event(), [self.kinds[one] for one in self._names() if one in self.kinds]
                before, following = following, None
                if kinds:
                    following = self.bus.subscribe(*kinds, most=_MOST_WAITING)
                    group.start_soon(self._follow, following)
                if before is not None:
                    before.end()
                await self._changed.wait()
        finally:
            if following is not None:
                following.end()

    async def _follow(self, subscription: Subscription) -> None:
        with subscription.notices as notices:
            async for notice in notices:
                if not isinstance(notice, NoticesLost):
                    self._tell_others(notice)

    def _tell_others(self, notice: Notice) -> None:
        self._sent += 1
        message: JsonObject = {
            "id": f"{self.process}-{self._sent}",
            "event": notice.name,
            "tenant": tenant_of(notice),
            "time": self.clock.now(),
            "data": self.render(notice),
        }
        self._send(message, is_text=notice.name in _TEXTS)

    def _take(self, message: JsonObject) -> None:
        if "wants" in message:
            process = as_text(message.get("from"))
            if process != self.process:
                names = frozenset(as_text(one) for one in as_list(message["wants"]))
                until = self.clock.monotonic() + _LEASE_SECONDS
                self._note_wanted({**self._wanted, process: (until, names)})
            return
        id, name, time = as_text(message.get("id")), as_text(message.get("event")), message.get("time")
        if not isinstance(time, (int, float)) or id.startswith(f"{self.process}-") or id in self._known:
            return
        self._known.append(id)
        event = RemoteEvent(
            name=name, time=float(time), tenant=as_text(message.get("tenant")), data=as_object(message.get("data"))
        )
        for listener in self._listeners:
            if name in listener.names:
                listener.tell(event)
