"""One exchange over HTTP, as the driver asks for it and a transport makes it: no URL to parse, and of httpx only its
exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import attrs
import httpx

Header: TypeAlias = tuple[bytes, bytes]
Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host and port."""


@attrs.frozen
class Limits:
    """How many seconds each phase may take, and all of it to the end of the body; None is for ever.

    `first` is to the head of the answer, from the beginning, and then to the first byte of its body; where it is None,
    `read` holds for them as for all that follows.
    """

    connect: float | None = None
    read: float | None = None
    write: float | None = None
    pool: float | None = None
    total: float | None = None
    first: float | None = None


class TotalTimeout(httpx.TimeoutException):
    """The whole exchange took longer than `seconds`; `sent` says whether the request had gone out by then."""

    def __init__(self, seconds: float, *, sent: bool = True) -> None:
        super().__init__(f"the exchange was not over within {seconds} s")
        self.seconds = seconds
        self.sent = sent


class Misconfigured(httpx.TransportError):
    """What is set on this machine stands in the way; the text is one sentence with the cure."""


@attrs.frozen(kw_only=True)
class HttpRequest:
    """A request. `headers` are all that are sent, the host and the length of the body included.

    A body that is not in memory comes in `parts`, `chunked` or of the length that the headers say. `name` is what the
    certificate must be for, where that is not the host. `on_send` is called before the first byte of it is written;
    `on_leave` is given the answer that is still to come where the asker is cancelled once all of it has gone out, if
    the transport can leave it open: whoever is given it closes it.
    """

    method: bytes
    origin: Origin
    target: bytes
    headers: Sequence[Header] = attrs.field(repr=False)
    content: bytes = attrs.field(default=b"", repr=False)
    limits: Limits = Limits()
    parts: AsyncIterable[bytes] | None = attrs.field(default=None, repr=False)
    chunked: bool = False
    name: str | None = None
    on_send: Callable[[], None] | None = attrs.field(default=None, eq=False, repr=False)
    on_leave: Callable[[AwaitedResponse], None] | None = attrs.field(default=None, eq=False, repr=False)


class AwaitedResponse(Protocol):
    """The answer to a request whose asker has left before its head had come."""

    async def wait(self) -> HttpResponse:
        """Its head. Raises httpx's TransportErrors."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection. May be called again."""
        ...


class HttpResponse(Protocol):
    """An answer whose head has come. Its body is read once, by iteration, as it was sent."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> Sequence[Header]:
        """In the order in which they came, their names in any case."""
        ...

    def __aiter__(self) -> HttpResponse: ...

    async def __anext__(self) -> bytes:
        """The next piece of the body. Raises httpx's TransportErrors."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection; cuts it if the body was not read to its end."""
        ...


@runtime_checkable
class ResumableResponse(HttpResponse, Protocol):
    """One whose body may be read on by somebody else where its reader was cancelled. Not every transport has them."""

    def outlive_cancelling(self) -> None:
        """Let no read that is cancelled cut it. Who says so closes it in any case."""
        ...


class Transport(Protocol):
    """Makes exchanges."""

    async def ask(self, question: HttpRequest) -> HttpResponse:
        """Send `question` and wait for the head of its answer. Raises httpx's TransportErrors."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def header_of(headers: Sequence[Header], name: bytes) -> bytes:
    """The first header of a lower-case `name`, empty where there is none."""
    size = len(name)
    for key, value in headers:
        if len(key) == size and key.lower() == name:
            return value
    return b""
