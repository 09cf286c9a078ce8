"""Which transport goes through a proxy, or past all: our pool, or httpx's own; or one that says why none can."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import attrs
import httpx

from pointsman.adapters.http1.exchange import HttpRequest, HttpResponse, Misconfigured, Transport
from pointsman.adapters.http1.httpx_transport import HttpxTransport
from pointsman.adapters.http1.pool import PoolTransport, tls_context
from pointsman.adapters.net.proxy import Proxy


def transport_through(proxy: Proxy | None, *, verify: bool) -> Transport:
    """A transport through `proxy`, or without any. What is wrong with the proxy is told to whoever asks."""
    if proxy is None:
        return PoolTransport(verify=verify)
    if proxy.problem is not None:
        return RefusingTransport(proxy.problem)
    return HttpxTransport(_opener(proxy, verify), proxy.place)


def _opener(proxy: Proxy, verify: bool) -> Callable[[], httpx.AsyncBaseTransport]:
    """httpx's transport, made when it is first asked: the certificates are read then."""

    def open_transport() -> httpx.AsyncBaseTransport:
        context: ssl.SSLContext = tls_context(verify)
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=100)
        try:
            through = httpx.Proxy(proxy.address, ssl_context=context if proxy.address.startswith("https:") else None)
            return httpx.AsyncHTTPTransport(verify=context, proxy=through, limits=limits)
        except (ValueError, httpx.InvalidURL) as problem:
            raise Misconfigured(f"{proxy.place}: it is not the address of a proxy") from problem

    return open_transport


@attrs.frozen
class RefusingTransport:
    """Sends nothing: `problem` says why, and what to do about it."""

    problem: str

    async def ask(self, question: HttpRequest) -> HttpResponse:
        """Raises `Misconfigured`."""
        raise Misconfigured(self.problem)

    async def aclose(self) -> None:
        """There is nothing to close."""
