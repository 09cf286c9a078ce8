"""One GET on one connection, with h11: the head within its bound, the body up to a limit. It follows no redirect."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterable

import anyio
import attrs
import h11
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream
from returns.result import Failure, Result, Success

from pointsman.adapters.tools.fetch_content import Content, kind_of
from pointsman.adapters.tools.fetch_target import FetchTarget

_READ = 64 * 1024
_HEAD = 64 * 1024
_MOST_INTERIM = 16
_REDIRECTS = (301, 302, 303, 307, 308)
_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)
_HEADERS = (
    ("user-agent", "pointsman"),
    ("accept", "text/html, text/plain, application/json;q=0.9, */*;q=0.1"),
    ("accept-encoding", "gzip, deflate"),
    ("connection", "close"),
)


@attrs.frozen(kw_only=True)
class FetchReply:
    """What came: the head's facts, and the body if it was one to read."""

    status: int
    content_type: str
    location: str | None = None
    body: bytes = attrs.field(default=b"", repr=False)
    cut: bool = False


class _Unreadable(Exception):
    """An answer that is not to be read, with the reason. Stays within this file."""


async def get(
    stream: ByteStream, target: FetchTarget, tls: ssl.SSLContext | None, limit: int
) -> Result[FetchReply, str]:
    """Ask for `target` on a fresh connection, and close it; with `tls` the certificate must be the host's."""
    try:
        if tls is not None:
            stream = await TLSStream.wrap(stream, hostname=target.host, ssl_context=tls, standard_compatible=False)
        return Success(await _exchange(stream, target, limit))
    except _Unreadable as problem:
        return Failure(str(problem))
    except ssl.SSLCertVerificationError as problem:
        return Failure(f"The certificate of {target.host} is not valid: {problem.verify_message.rstrip('.')}.")
    except ssl.SSLError:
        return Failure(f"{target.authority} does not speak TLS as it should.")
    except h11.ProtocolError as problem:
        return Failure(f"{target.authority} does not answer in HTTP as it should ({str(problem)[:200]}).")
    except zlib.error:
        return Failure(f"The content of {target.url} is packed wrongly.")
    except _BROKEN:
        return Failure(f"The connection to {target.authority} broke; try again later.")
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(stream)


async def _exchange(stream: ByteStream, target: FetchTarget, limit: int) -> FetchReply:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
    headers = [("host", target.authority), *_HEADERS]
    sent = http.send(h11.Request(method="GET", target=target.path, headers=headers)) or b""
    await stream.send(sent + (http.send(h11.EndOfMessage()) or b""))
    head = await _head(http, stream)
    reply = FetchReply(status=head.status_code, content_type=_header(head.headers, b"content-type") or "")
    if head.status_code in _REDIRECTS:
        return attrs.evolve(reply, location=_header(head.headers, b"location") or "")
    if kind_of(reply.content_type) is None:
        said = f"{target.url} is {reply.content_type[:100]!r}"
        raise _Unreadable(f"{said}; only text, HTML, JSON and XML are read.")
    content = Content.for_encoding(_header(head.headers, b"content-encoding") or "", limit)
    if content is None:
        raise _Unreadable(f"The content of {target.url} is packed in a way that is not read.")
    while isinstance(event := await _event(http, stream), h11.Data):
        if not content.feed(bytes(event.data)):
            break
    return attrs.evolve(reply, body=content.body, cut=content.cut)


async def _head(http: h11.Connection, stream: ByteStream) -> h11.Response:
    for _ in range(_MOST_INTERIM):
        event = await _event(http, stream)
        if isinstance(event, h11.Response):
            return event
        if not isinstance(event, h11.InformationalResponse):
            break
    raise h11.RemoteProtocolError("there is no final answer")


async def _event(http: h11.Connection, stream: ByteStream) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        try:
            data = await stream.receive(_READ)
        except anyio.EndOfStream:
            data = b""
        http.receive_data(data)
    return event


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The first header of that name."""
    return next((value.decode("utf-8", "replace") for key, value in headers if key == name), None)
