"""One POST on a connection of its own, to an address that was checked. Redirects are not followed."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

import anyio
import h11
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream
from returns.result import Failure, Result, Success

from pointsman.adapters.net.network import Network, connect_to_any, reachable
from pointsman.adapters.net.trust import trust

_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError, h11.ProtocolError)
_READ = 64 * 1024


async def post(
    network: Network, url: str, headers: Mapping[str, str], body: bytes, *, allow_private: bool
) -> Result[int, str]:
    """The status of the answer; or one sentence that says why there is none."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = await reachable(network, host, port, allow_private=allow_private)
    if isinstance(addresses, Failure):
        return Failure(addresses.failure())
    tls = _trust() if parts.scheme == "https" else Success(None)
    if isinstance(tls, Failure):
        return Failure(tls.failure())
    context = tls.unwrap()
    stream = await connect_to_any(network, addresses.unwrap(), port)
    if stream is None:
        return Failure(f"Nothing answers at {host}:{port}.")
    try:
        if context is not None:
            stream = await TLSStream.wrap(stream, hostname=host, ssl_context=context, standard_compatible=False)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Success(await _exchange(stream, parts.netloc, target, headers, body))
    except _BROKEN as problem:
        return Failure(f"The connection to {host}:{port} broke ({type(problem).__name__}).")
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(stream)


@cache
def _trust() -> Result[ssl.SSLContext, str]:
    return trust()


async def _exchange(stream: ByteStream, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_READ)
    given = [("host", host), ("content-length", str(len(body))), ("connection", "close"), *headers.items()]
    head = http.send(h11.Request(method="POST", target=target, headers=given)) or b""
    await stream.send(head + (http.send(h11.Data(data=body)) or b"") + (http.send(h11.EndOfMessage()) or b""))
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await stream.receive(_READ))
        elif isinstance(event, h11.Response):
            return event.status_code
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("there is no answer")
