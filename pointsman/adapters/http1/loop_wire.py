"""A wire on asyncio's own transport, for plain TCP: a write needs no turn of the event loop, and a limit is a timer.

anyio's stream costs three turns, two cancel scopes and two calls of the system more for every exchange.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import cast

import anyio

from pointsman.adapters.http1.wire import silence_of

_MOST_HELD = 256 * 1024
"""Bytes that are held before the sender has to wait."""


def on_asyncio() -> bool:
    """Whether the event loop is asyncio's, or one in its place."""
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


class LoopWire(asyncio.Protocol):
    """See `pointsman.adapters.http1.wire.Wire`. One task reads and one writes at a time."""

    def __init__(self, raw: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._poll = silence_of(raw)
        self._transport: asyncio.Transport | None = None
        self._held: deque[bytes] = deque()
        self._size = 0
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._paused = self._full = self._ended = self._closed = False
        self._problem: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: it is open."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not an instance of it

    def data_received(self, data: bytes) -> None:
        """asyncio's: bytes have come."""
        self._held.append(bytes(data))  # on Windows it may be a bytearray
        self._size += len(data)
        if self._size > _MOST_HELD and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        """asyncio's: no more will come. It stays open: the answer may have come before all was sent."""
        self._ended = True
        _wake(self._reader)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: it is over."""
        self._ended, self._problem, self._transport = True, exc, None
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """asyncio's: too much waits to be sent."""
        self._full = True

    def resume_writing(self) -> None:
        """asyncio's: it has been sent."""
        self._full = False
        _wake(self._writer)

    async def send(self, data: bytes, seconds: float | None) -> None:
        """See `Wire`."""
        self._check()
        if self._transport is not None:
            self._transport.write(data)
        if self._full:
            self._writer = self._loop.create_future()
            await self._within(self._writer, seconds)
            self._check()

    async def receive(self, seconds: float | None) -> bytes:
        """See `Wire`."""
        if self._held:
            await asyncio.sleep(0)  # yield even when data is buffered, or one busy stream would starve other tasks
        elif not self._ended and not self._closed:
            self._reader = self._loop.create_future()
            await self._within(self._reader, seconds)
        if not self._held:
            self._check(reading=True)
            raise anyio.EndOfStream
        data = self._held.popleft()
        self._size -= len(data)
        if self._paused and not self._held and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def _within(self, waiter: asyncio.Future[None], seconds: float | None) -> None:
        if seconds is None:
            await waiter
            return
        timer = self._loop.call_later(seconds, _expire, waiter)
        try:
            await waiter
        finally:
            timer.cancel()

    def _check(self, *, reading: bool = False) -> None:
        if self._closed:
            raise anyio.ClosedResourceError
        if self._problem is not None or (not reading and (self._transport is None or self._transport.is_closing())):
            raise anyio.BrokenResourceError from self._problem

    def is_silent(self, *, sure: bool) -> bool:
        """See `Wire`. The event loop reads also when nobody asks: what came before this turn of it is here."""
        return not self._held and not self._ended and (not sure or self._poll())

    async def close(self) -> None:
        """See `Wire`."""
        self._closed = True
        self._held.clear()
        if self._transport is not None:
            self._transport.abort()
        _wake(self._reader)
        _wake(self._writer)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
