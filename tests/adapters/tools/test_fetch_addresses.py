"""The fetch tool reaches no address that is not public, by no spelling, name or redirect."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from anyio.abc import ByteStream

from pointsman.adapters.net.network import SystemNetwork
from pointsman.adapters.tools.fetch import fetch_tool
from tests.adapters.http1.peer import always, listening
from tests.adapters.tools.town import BANK, SHOP, Town, call, page, redirect, shop


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://①②⑦.0.0.1:{port}/",
        "http://127。0。0。1:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://inside.example:{port}/",
        "http://both.example:{port}/",
        "http://mapped.example:{port}/",
    ],
)
async def test_a_server_on_loopback_is_never_connected_to_by_default(url: str) -> None:
    """And the very same URL reaches it once private addresses are allowed, so it is the rule that closes it."""
    async with listening(always(page())) as peer:
        town = Town(
            {
                "localhost": [("127.0.0.1",)],
                "inside.example": [("127.0.0.1",)],
                "both.example": [("127.0.0.1", SHOP)],
                "mapped.example": [("::ffff:127.0.0.1",)],
            },
            dict.fromkeys(("::ffff:127.0.0.1", "::ffff:7f00:1"), peer.port),  # where there is no IPv6
        )
        written = url.format(port=peer.port)
        hosts = [f"{host}:{peer.port}" for host in (*town.names, "127.0.0.1", "[::ffff:127.0.0.1]")]
        told = await call(fetch_tool(allowed_hosts=hosts, network=town), url=written)
        assert "not on the public internet" in told.failure()
        assert (peer.connections, town.reached) == (0, [])
        opened = fetch_tool(allowed_hosts=hosts, network=town, allow_private=True)
        assert (await call(opened, url=written)).unwrap().endswith("hello")
        assert peer.connections == 1


@pytest.mark.parametrize(
    "addresses", [(SHOP, "127.0.0.1"), ("10.0.0.1", SHOP), (SHOP, BANK, "fd00::1"), ("fe80::1%lo",)]
)
async def test_one_private_address_among_public_ones_closes_the_host(addresses: Sequence[str]) -> None:
    async with listening(always(page())) as peer:
        town = Town({"shop.example": [addresses]}, {SHOP: peer.port, BANK: peer.port})
        told = await call(fetch_tool(network=town), url="http://shop.example/")
    assert "not on the public internet" in told.failure()
    assert (peer.connections, town.reached) == (0, [])


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[::1]",
        "[::]",
        "0",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[::127.0.0.1]",
        "10.0.0.1",
        "100.100.100.200",
    ],
)
async def test_special_addresses_are_refused_without_a_connection(host: str) -> None:
    town = Town()
    told = await call(fetch_tool(network=town), url=f"http://{host}/latest/meta-data/")
    assert "not on the public internet" in told.failure()
    assert (town.asked, town.reached) == ([], [])


async def test_the_system_resolves_localhost_to_what_is_refused() -> None:
    async with listening(always(page())) as peer:
        told = await call(fetch_tool(allowed_hosts=[f"localhost:{peer.port}"]), url=f"http://localhost:{peer.port}/")
        assert "not on the public internet" in told.failure()
        assert peer.connections == 0
        opened = fetch_tool(allowed_hosts=[f"localhost:{peer.port}"], allow_private=True)
        assert (await call(opened, url=f"http://localhost:{peer.port}/")).unwrap().endswith("hello")
    assert "127.0.0.1" in await SystemNetwork().resolve("localhost", 80)
    assert await SystemNetwork().resolve("a" * 64 + ".example", 80) == ()


async def test_a_name_that_changes_between_check_and_connection_is_asked_for_once() -> None:
    async with listening(always(page())) as peer:
        town = shop(peer.port, ("127.0.0.1",))
        tool = fetch_tool(network=town)
        assert (await call(tool, url="http://shop.example/")).unwrap().endswith("hello")
        assert (town.asked, town.reached) == (["shop.example"], [(SHOP, 80)])
        assert "not on the public internet" in (await call(tool, url="http://shop.example/")).failure()
    assert town.reached == [(SHOP, 80)]


async def test_a_redirect_to_loopback_is_not_followed() -> None:
    async with listening(always(page(b"secret"))) as inner:
        hosts = ["shop.example", f"127.0.0.1:{inner.port}"]
        async with listening(always(redirect(f"http://127.0.0.1:{inner.port}/"))) as outer:
            closed = fetch_tool(allowed_hosts=hosts, network=shop(outer.port))
            told = await call(closed, url="http://shop.example/")
            assert "not on the public internet" in told.failure()
            assert inner.connections == 0
            opened = fetch_tool(allowed_hosts=hosts, network=shop(outer.port), allow_private=True)
            told = await call(opened, url="http://shop.example/")
    assert told.unwrap().startswith(f"URL: http://127.0.0.1:{inner.port}/\n")
    assert inner.connections == 1


async def test_a_host_that_turns_private_between_two_hops_is_refused() -> None:
    async with listening(always(redirect("/again"))) as peer:
        town = shop(peer.port, ("127.0.0.1",))
        told = await call(fetch_tool(network=town), url="http://shop.example/")
    assert "not on the public internet" in told.failure()
    assert (town.asked, town.reached, peer.connections) == (["shop.example"] * 2, [(SHOP, 80)], 1)


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("http://127.0.0.1/", "not on the public internet"),
        ("//127.0.0.1/", "not on the public internet"),
        ("http://0x7f.1/", "not on the public internet"),
        ("http://[::ffff:169.254.169.254]/", "not on the public internet"),
        ("http://inside.example/", "not on the public internet"),
        ("http://shop.example:22/", "port 22"),
        ("http://user:word@shop.example/", "user name or a password"),
        ("file:///etc/passwd", "Only URLs that begin with"),
        ("gopher://shop.example/", "Only URLs that begin with"),
        ("http://[::1", "leads to no URL"),
        ("http://nowhere.example/", "no host 'nowhere.example'"),
    ],
)
async def test_a_redirect_obeys_the_rules_of_a_url(location: str, problem: str) -> None:
    async with listening(always(redirect(location))) as peer:
        town = shop(peer.port)
        town.names["inside.example"] = [("127.0.0.1",)]
        told = await call(fetch_tool(network=town), url="http://shop.example/")
    assert problem in told.failure()
    assert town.reached == [(SHOP, 80)]


async def test_redirects_are_followed_up_to_a_number() -> None:
    async def count_down(stream: ByteStream, request: bytes) -> bool:
        left = int(request.split(b" ")[1].rpartition(b"/")[2])
        await stream.send(redirect(f"{left - 1}", (301, 302, 303, 307, 308)[left % 5]) if left else page())
        return False

    async with listening(count_down) as peer:
        tool = fetch_tool(network=shop(peer.port))
        assert (await call(tool, url="http://shop.example/x/5")).unwrap().startswith("URL: http://shop.example/x/0\n")
        assert peer.connections == 6
        assert "more than 5 redirects" in (await call(tool, url="http://shop.example/x/6")).failure()
        assert peer.connections == 12
        assert (
            "more than 0"
            in (
                await call(fetch_tool(network=shop(peer.port), max_redirects=0), url="http://shop.example/x/1")
            ).failure()
        )


async def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed() -> None:
    async with listening(always(page())) as other, listening(always(redirect("http://other.example/"))) as peer:
        town = shop(peer.port)
        town.names["other.example"], town.doors[BANK] = [(BANK,)], other.port
        told = await call(fetch_tool(network=town, allowed_hosts=["shop.example"]), url="http://shop.example/")
        assert told.failure() == "other.example may not be fetched from; allowed are only: shop.example."
        assert (other.connections, town.asked) == (0, ["shop.example"])
        told = await call(fetch_tool(network=town, allowed_hosts=["*.example"]), url="http://shop.example/")
        assert told.unwrap().startswith("URL: http://other.example/\n")
