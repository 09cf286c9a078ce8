"""A transport without sockets: a function answers the requests, and what the client is given is real.

transport = ScriptedTransport(lambda question: (200, b'{"choices": […]}'))
layers = live.but(transport=transport.open)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from pointsman.adapters.http1.exchange import Header, HttpRequest, HttpResponse, Transport
from pointsman.adapters.net.proxy import Proxy

Respond: TypeAlias = Callable[[HttpRequest], tuple[int, bytes] | tuple[int, bytes, Sequence[Header]]]
"""Status and body, and headers where there are others than that it is JSON. It may raise httpx's TransportErrors."""
_JSON: Sequence[Header] = ((b"content-type", b"application/json"),)


@attrs.define(eq=False)
class ScriptedTransport:
    """What `respond` answers, for every transport that is opened of it; `questions` holds all requests so far.

    Their bodies are in `content`, also where they came in parts. `open_now` is how many transports are not closed yet.
    """

    respond: Respond
    questions: list[HttpRequest] = attrs.field(factory=list)
    open_now: int = 0

    def open(self, proxy: Proxy | None, *, verify: bool) -> Transport:
        """As `OpenTransport`: whatever the proxy, it answers."""
        self.open_now += 1
        return _Opened(self)


@attrs.define(eq=False)
class _Opened:
    script: ScriptedTransport
    is_closed: bool = False

    async def ask(self, question: HttpRequest) -> HttpResponse:
        if self.is_closed:
            raise RuntimeError("the transport is closed")
        if question.parts is not None:
            content = b"".join([part async for part in question.parts])
            question = attrs.evolve(question, content=content, parts=None)
        self.script.questions.append(question)
        status, body, *headers = self.script.respond(question)
        return ScriptedHttpResponse(status, headers[0] if headers else _JSON, body)

    async def aclose(self) -> None:
        self.script.open_now -= not self.is_closed
        self.is_closed = True


@attrs.define
class ScriptedHttpResponse:
    """An `HttpResponse` that is there whole, and is read in pieces of `piece` bytes."""

    status: int
    headers: Sequence[Header]
    body: bytes = attrs.field(repr=False)
    piece: int = 64
    _at: int = 0

    def __aiter__(self) -> ScriptedHttpResponse:
        return self

    async def __anext__(self) -> bytes:
        """The next piece."""
        if self._at >= len(self.body):
            raise StopAsyncIteration
        self._at += self.piece
        return self.body[self._at - self.piece : self._at]

    async def aclose(self) -> None:
        """The rest is never read."""
        self._at = len(self.body)
