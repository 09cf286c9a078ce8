"""Which addresses a look for servers goes to: bounded, and only at ports where such servers usually listen. Pure."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import attrs
from returns.result import Failure, Result, Success

MOST_HOSTS = 1024
"""Hosts that one look goes to: a network of 22 bits, and four of 24."""
KNOWN_PORTS: dict[int, str] = {11434: "ollama", 1234: "lmstudio", 8080: "llamacpp", 8000: "vllm", 8787: "pointsman"}
"""Where servers of models listen unless they are told otherwise."""


@attrs.frozen
class FoundServer:
    """A server of models that answered: where, of which kind, and how many models it lists (None: it did not say)."""

    address: str
    kind: str
    models: int | None = None


def hosts_of(network: str) -> Result[tuple[str, ...], str]:
    """The hosts of a network such as `192.168.1.0/24`, or of one address; or why nobody is looked for there."""
    try:
        read: IPv4Network | IPv6Network = ip_network(network.strip(), strict=False)
    except ValueError:
        return Failure(f"{network!r} is not a network such as 192.168.1.0/24")
    if isinstance(read, IPv6Network):
        return Failure(f"{network!r} is a network of IPv6, which is too large to be looked through; name an IPv4 one")
    if not (read.is_private or read.is_loopback or read.is_link_local):
        return Failure(f"{network!r} is not a local network; strangers' machines are not looked at")
    if read.num_addresses > MOST_HOSTS:
        return Failure(f"{network!r} has {read.num_addresses:,} addresses; at most {MOST_HOSTS:,} are looked at")
    return Success(tuple(map(str, read.hosts())))
