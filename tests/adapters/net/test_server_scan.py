"""Looking for servers of models: bounded, only locally, and by what they answer; on addresses of loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import ByteStream
from returns.result import Failure

from pointsman.adapters.net.server_scan import _AT_ONCE, scan_hosts
from pointsman.adapters.simulator.listener import serve
from pointsman.core.models.served_model import FoundServer, hosts_of
from pointsman.core.security.secret import Secret
from pointsman.layers.simulation import simulator
from tests.accepting import accepting

HOSTS = hosts_of("127.0.0.0/29").unwrap()


@asynccontextmanager
async def silent(host: str, port: int = 0) -> AsyncIterator[tuple[int, list[int]]]:
    """What listens and never answers; how many connections there were at once, and at most."""
    counts = [0, 0]

    async def hold(stream: ByteStream) -> None:
        counts[0] += 1
        counts[1] = max(counts)
        async with stream:
            try:
                await stream.receive()
                await stream.send(b"220 mail.example ESMTP\r\n")
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass
        counts[0] -= 1

    async with accepting(hold, host, port) as found:
        yield found, counts


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def test_servers_are_found_at_their_addresses_and_told_by_what_they_answer() -> None:
    async with serve(simulator(), "127.0.0.3") as one, serve(simulator(), "127.0.0.5") as two:
        ports = {port_of(one.address): "ollama", port_of(two.address): "llamacpp"}
        found = await scan_hosts(HOSTS, ports)
    assert [(server.address, server.kind) for server in found] == [(one.address, "ollama"), (two.address, "llamacpp")]
    assert all(server.models for server in found)


async def test_what_wants_a_key_is_told_without_its_models_and_what_is_something_else_is_not_told() -> None:
    async with serve(simulator(api_key=Secret("k")), "127.0.0.2") as closed, silent("127.0.0.4") as (mail, _):
        found = await scan_hosts(HOSTS, {port_of(closed.address): "vllm", mail: "ollama"})
    assert found == (FoundServer(closed.address, "vllm", None),)


async def test_no_more_than_a_few_connections_are_open_at_once() -> None:
    async with silent("127.0.0.1") as (port, counts):
        assert await scan_hosts(("127.0.0.1",) * 100, {port: "ollama"}) == ()
    assert 1 <= counts[1] <= _AT_ONCE


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        ("192.168.0.0/16", "at most 1,024 are looked at"),
        ("8.8.8.0/24", "is not a local network"),
        ("fe80::/64", "name an IPv4 one"),
        ("home", "is not a network such as 192.168.1.0/24"),
    ],
)
def test_what_is_too_large_or_not_local_is_not_looked_at(network: str, reason: str) -> None:
    hosts = hosts_of(network)
    assert isinstance(hosts, Failure)
    assert reason in hosts.failure()


def test_a_network_has_hosts_and_an_address_is_one() -> None:
    assert tuple(f"127.0.0.{number}" for number in range(1, 7)) == HOSTS
    assert hosts_of("192.168.1.7").unwrap() == ("192.168.1.7",)
    assert len(hosts_of("10.1.2.3/24").unwrap()) == 254
