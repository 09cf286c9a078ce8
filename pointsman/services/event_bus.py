"""The event bus: what happens inside, told to whoever listens. A slow listener loses notices, never memory or speed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from returns.result import Result

from pointsman.core.chat.response import Warning
from pointsman.core.effect import is_failure
from pointsman.core.error import LLMError
from pointsman.core.notice import Degraded, Notice, NoticesLost

Publish: TypeAlias = Callable[[Notice], None]
_Notice = TypeVar("_Notice", bound=Notice)


def publish_nowhere(notice: Notice) -> None:
    """For those who have nobody to tell."""


def give_up(result: Result[object, LLMError], part: str, publish: Publish) -> tuple[Warning, ...]:
    """Go on without what `result` was to give: its failure is a `Degraded` notice, and a warning for the answer."""
    if not is_failure(result):
        return ()
    error = result.failure()
    publish(Degraded(part=part, error=error))
    return (Warning(part, f"{part} could not be used: {error.summary}"),)


@runtime_checkable
class Announcer(Protocol):
    """A part that is made before the bus, and has something to tell by it."""

    def announce_to(self, bus: EventBus) -> None:
        """Tell it from now on by `bus`."""
        ...


@attrs.define(eq=False)
class _Listener:
    kinds: frozenset[type[Notice]]
    sender: MemoryObjectSendStream[Notice]
    lost: int = 0

    def tell(self, notice: Notice) -> None:
        try:
            if self.lost:
                self.sender.send_nowait(NoticesLost(count=self.lost))
                self.lost = 0
            self.sender.send_nowait(notice)
        except (anyio.WouldBlock, anyio.BrokenResourceError, anyio.ClosedResourceError):
            self.lost += 1


@attrs.frozen(eq=False)
class _Observer:
    kinds: frozenset[type[object]]
    tell: Callable[[Any], None]
    """Takes what is of one of `kinds`, and is given nothing else."""


@attrs.define(eq=False)
class Subscription:
    """What a listener is told: `notices`, those that wait when it ends too."""

    notices: MemoryObjectReceiveStream[Notice]
    _listener: _Listener = attrs.field(repr=False)
    _bus: EventBus = attrs.field(repr=False)

    @property
    def lost_count(self) -> int:
        """How many notices came since the last that was kept, and were lost."""
        return self._listener.lost

    def end(self) -> None:
        """Be told no more; iterating over `notices` ends after those that wait."""
        self._bus.forget(self._listener)
        self._listener.sender.close()


@attrs.define
class EventBus:
    """Passes notices on to listeners, at once and without waiting."""

    _listeners: list[_Listener | _Observer] = attrs.field(factory=list, repr=False)
    _wanted: dict[type[Notice], bool] = attrs.field(factory=dict, repr=False)

    def publish(self, notice: Notice) -> None:
        """Tell everybody who listens for this kind of notice."""
        for listener in self._listeners:
            if not listener.kinds or type(notice) in listener.kinds:
                listener.tell(notice)

    def wants(self, kind: type[Notice]) -> bool:
        """Whether anybody listens for `kind`: what nobody wants need not be made."""
        wanted = self._wanted.get(kind)
        if wanted is None:
            wanted = any(not listener.kinds or kind in listener.kinds for listener in self._listeners)
            self._wanted[kind] = wanted
        return wanted

    @contextmanager
    def listen(self, *kinds: type[Notice], most: int = 1000) -> Iterator[MemoryObjectReceiveStream[Notice]]:
        """Listen for `kinds` (all, without any) until the scope ends; iterate over what is given.

        At most `most` notices wait; when more come they are lost, and a `NoticesLost` with their number stands in
        their place.
        """
        subscription = self.subscribe(*kinds, most=most)
        with subscription.notices:
            try:
                yield subscription.notices
            finally:
                subscription.end()

    @contextmanager
    def observe(self, kind: type[_Notice], tell: Callable[[_Notice], None]) -> Iterator[None]:
        """Have `tell` called with each notice of `kind` while it is published, until the scope ends.

        For what is quick and cannot fail, as counting is: no task has to wake up for it.
        """
        observer = _Observer(frozenset[type[object]]((kind,)), tell)
        self._listeners.append(observer)
        self._wanted.clear()
        try:
            yield
        finally:
            self.forget(observer)

    def subscribe(self, *kinds: type[Notice], most: int = 1000) -> Subscription:
        """As `listen`, until it is ended; close its `notices` then. `most` events wait to be read."""
        sender, receiver = anyio.create_memory_object_stream[Notice](max(2, most))
        listener = _Listener(frozenset(kinds), sender)
        self._listeners.append(listener)
        self._wanted.clear()
        return Subscription(receiver, listener, self)

    def forget(self, listener: _Listener | _Observer) -> None:
        """Tell `listener` nothing more."""
        if listener in self._listeners:
            self._listeners.remove(listener)
            self._wanted.clear()
