"""Which transport serves a base URL: our pool, or httpx's own for proxies. Variables as httpx reads them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from pointsman.adapters.http.exchange import Transport
from pointsman.adapters.http.httpx_transport import HttpxTransport
from pointsman.adapters.http.transport import PoolTransport


def open_transport(base_url: str, *, verify: bool, proxy: str | None, proxies: Mapping[str, str]) -> Transport:
    """A transport for `base_url`: direct, or through `proxy`, or through the proxy that `proxies` names for it.

    `proxies` maps `http`, `https`, `all` and `no` as `urllib.request.getproxies` does.
    """
    chosen = proxy or proxy_for(base_url, proxies)
    if chosen is None:
        return PoolTransport(verify=verify)
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=100)
    return HttpxTransport(httpx.AsyncHTTPTransport(verify=verify, proxy=chosen, limits=limits))


def proxy_for(base_url: str, proxies: Mapping[str, str]) -> str | None:
    """The proxy for `base_url`, or None; a loopback address never has one unless it was given by hand."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    if _is_loopback(host) or _excluded(host, parts.port, proxies.get("no", "")):
        return None
    found = proxies.get(parts.scheme) or proxies.get("all")
    return found if not found or "://" in found else f"http://{found}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _excluded(host: str, port: int | None, no_proxy: str) -> bool:
    for entry in (item.strip().lower() for item in no_proxy.split(",")):
        name, _, entry_port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
        name = name.lstrip(".").removeprefix("*.")
        if entry == "*" or (name and (host == name or host.endswith(f".{name}")) and entry_port in ("", str(port))):
            return True
    return False
