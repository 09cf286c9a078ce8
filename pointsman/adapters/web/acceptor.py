"""Takes connections from a listening socket, as many as there are descriptors for; knows nothing of HTTP."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import attrs

_LOG = logging.getLogger("pointsman.server")
_AT_ONCE = 64
"""The most connections that are taken in one turn of the event loop."""
_PAUSE = 0.25
"""Seconds until it is looked again whether there is room for more."""
_QUIET = 60.0
"""Seconds for which it is not said again that there is no room."""
_EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_SPARE = 64
"""Descriptors for files, and for what else is open in a process."""


@attrs.define(eq=False)
class Acceptor:
    """Gives each connection of `listener` a protocol of its own, until it is closed.

    While `open_count` is at `most`, or the system has no descriptor left, those that come wait in the system's queue,
    and one line in the log says so. asyncio's own server tries again as often as its queue is long, and logs each time.
    """

    listener: socket.socket
    make_protocol: Callable[[], asyncio.Protocol]
    open_count: Callable[[], int]
    most: int
    at_once: int | None = None
    """The most that are taken in one turn. None: as many as there are, and at the end all that wait are taken; a number
    is for who shares the listener, and leaves the others those that wait."""
    _loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop, repr=False)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set, repr=False)
    _timer: asyncio.TimerHandle | None = None
    _said: float = float("-inf")

    def open(self) -> None:
        """Begin."""
        self._timer = None
        self._loop.add_reader(self.listener.fileno(), self._accept, self.at_once or _AT_ONCE)

    def close(self) -> None:
        """Take those that are in the queue, and no more: whoever was let in would be turned out without a word."""
        if self._timer is not None:
            self._timer.cancel()
        if self.at_once is None:
            self._accept(self.most)
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self.listener.fileno())
        self.listener.close()

    def _accept(self, most: int) -> None:
        for _ in range(most):
            if self.open_count() + len(self._tasks) >= self.most:
                self._pause(f"{self.most} connections are open")
                return
            try:
                connection, _ = self.listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as problem:
                self._pause(problem.strerror or str(problem), is_known=problem.errno in _EXHAUSTED)
                return
            connection.setblocking(False)
            _send_at_once(connection)
            task = self._loop.create_task(self._hand_over(connection))
            self._tasks.add(task)
            task.add_done_callback(partial(self._forget, connection))

    async def _hand_over(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self.make_protocol, connection)
        except OSError:  # it has gone already
            connection.close()

    def _forget(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():  # the loop ends, maybe before the task has begun: then nobody else closes it
            connection.close()

    def _pause(self, why: str, *, is_known: bool = True) -> None:
        self._loop.remove_reader(self.listener.fileno())
        self._timer = self._loop.call_later(_PAUSE, self.open)
        now = time.monotonic()
        if now - self._said > _QUIET:
            self._said = now
            hint = "; raise the limit of open files (ulimit -n) if that happens often" if is_known else ""
            _LOG.warning("New connections wait: %s%s.", why, hint)


def _send_at_once(connection: socket.socket) -> None:
    """Hold no bytes back until those before are acknowledged: the body of an answer would wait 40 ms for its head.

    Event loops do so themselves only where the socket that listens was made with the number of the protocol.
    """
    with suppress(OSError):  # one of the system's own (AF_UNIX) holds nothing back
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def most_connections() -> int:
    """How many connections leave a descriptor for what each of them asks, by the limit of this process."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = soft if soft != resource.RLIM_INFINITY else hard
    return max(8, (limit - _SPARE) // 2) if limit != resource.RLIM_INFINITY else 100_000
