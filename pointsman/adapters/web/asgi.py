"""ASGI as the gateway needs it: a body within bounds, an answer, and whether the client is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import anyio
import attrs

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]


WATCH_AFTER = 0.05
"""Seconds. After at most twice as many, a client that goes away is noticed at once."""


class BodyTooLarge(Exception):
    """A body above the bound. Stays within this package."""


class ClientGone(Exception):
    """The client went away before its request was whole. Stays within this package."""


def headers_of(scope: Scope) -> dict[str, str]:
    """The header fields, by lower-case name; of several with one name the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def cookie_in(headers: Mapping[str, str], name: str) -> str:
    """The value of the cookie `name`; nothing where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


@lru_cache(maxsize=256)
def host_name(host: str) -> str | None:
    """The name in a Host header, without its port; None where there is no reading it."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return None


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body of a request, of at most `most` bytes."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise BodyTooLarge
        pieces.append(piece)
        if not message.get("more_body", False):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def answer(send: Send, status: int, body: bytes, headers: RawHeaders) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


@attrs.define(eq=False)
class Watches:
    """The calls that do not watch their clients yet. One timer wakes for all of them: most answers are quick, and a
    timer for each would cost every call."""

    _new: set[Watch] = attrs.field(factory=set, repr=False)
    _old: set[Watch] = attrs.field(factory=set, repr=False)
    """Those that were there when the timer woke last."""
    _loop: asyncio.AbstractEventLoop | None = attrs.field(default=None, repr=False)
    """Where the timer is; None while there is none."""

    def add(self, watch: Watch) -> None:
        """Have `watch` look after `WATCH_AFTER` seconds, or up to twice as many."""
        self._new.add(watch)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(WATCH_AFTER, self._wake, loop)

    def discard(self, watch: Watch) -> None:
        """It needs to look no more."""
        self._new.discard(watch)
        self._old.discard(watch)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        due, self._old, self._new = self._old, self._new, set()
        for watch in due:
            watch.look()
        if self._old:
            loop.call_later(WATCH_AFTER, self._wake, loop)
        elif self._loop is loop:
            self._loop = None


@attrs.define(eq=False)
class Watch:
    """Cancels its task when the client goes away; it looks only after a moment."""

    receive: Receive
    watches: Watches
    _task: asyncio.Task[Any] | None = attrs.field(default=None, repr=False)
    _looking: asyncio.Task[None] | None = attrs.field(default=None, repr=False)
    _gone: bool = False

    def __enter__(self) -> Watch:
        self._task = asyncio.current_task()
        self.watches.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> bool:
        self.watches.discard(self)
        if self._looking is not None:
            self._looking.cancel()
        if not self._gone or self._task is None:
            return False
        return self._task.uncancel() == 0 and kind is asyncio.CancelledError

    def look(self) -> None:
        """Begin to watch."""
        self._looking = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        if await wait_until_gone(self.receive) and self._task is not None:
            self._gone = True
            self._task.cancel()


async def wait_until_gone(receive: Receive) -> bool:
    """True, when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    return True


async def cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel `scope` when the client goes away."""
    if await wait_until_gone(receive):
        scope.cancel()
