"""Servers of models: where they are looked for, which were found, and what one says of a model. Pure."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.models.model import ModelType

ServedState: TypeAlias = Literal["loaded", "loading", "sleeping", "not-loaded", "downloading", "failed"]


@attrs.frozen(kw_only=True)
class ServedModel:
    """A model of a server: what it is, when it was made, whether it is in memory."""

    id: str
    state: ServedState | None = None
    type: ModelType | None = None
    architecture: str | None = None
    parameters: str | None = None
    """In the words of the server, such as `8.0B`."""
    quantization: str | None = None
    size_bytes: int | None = None
    context_length: int | None = None
    """Tokens."""
    modified: str | None = None
    """When it was made or got, as the server writes it."""
    memory_bytes: int | None = None
    """What it takes in memory."""
    until: str | None = None
    """When it is unloaded if nobody asks, as the server writes it."""
    instances: tuple[str, ...] = ()
    """Names of what is in memory, where a model may be there more than once."""
    capabilities: tuple[str, ...] = ()
    problem: str = ""
    """Why it failed to load."""

    @property
    def is_in_memory(self) -> bool:
        """Whether it is, or is on its way to be."""
        return self.state in ("loaded", "loading", "sleeping")


@attrs.frozen(kw_only=True)
class DownloadProgress:
    """How far a download is: what the server does, in its words, and how many bytes of how many."""

    status: str
    completed: int | None = None
    total: int | None = None


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
