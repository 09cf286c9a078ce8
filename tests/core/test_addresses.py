"""Which addresses are public, and what the spellings of a host stand for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pointsman.core.models.addresses import host_of, is_address, is_public

PRIVATE = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)


def _within(network: IPv4Network) -> st.SearchStrategy[int]:
    return st.integers(int(network.network_address), int(network.broadcast_address))


def _edges() -> list[int]:
    return [int(edge) for network in PRIVATE for edge in (network.network_address, network.broadcast_address)]


private = st.one_of(st.sampled_from(_edges()), *map(_within, PRIVATE))
any_ipv4 = st.integers(0, 2**32 - 1)
prefixes = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450:4001::5efe:808:808",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:0:8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "1fff:ffff::1",
        "2001::1",
        "2001:0:808:808::f7f7:f7f7",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_special_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "①②⑦.0.0.1",
        "134744072",
        "8.8.8.8 ",
        "８.8.8.8",
        "8.8.8.08",
        "8.8.8.8.8",
        "8.8.8",
        "[2606:4700:4700::1111]",
        "8.8.8.8:80",
        "8.8.8.8/32",
    ],
)
def test_what_is_no_plain_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@settings(deadline=None)
@given(private)
def test_a_private_ipv4_is_closed(number: int) -> None:
    assert not is_public(str(IPv4Address(number)))


def _embeddings(number: int, prefix: int, rest: int) -> dict[str, int]:
    """`number` within IPv6, by each way there is."""
    return {
        "mapped": 0xFFFF << 32 | number,
        "compatible": number,
        "translated": 0xFFFF << 48 | number,
        "6to4": 0x2002 << 112 | number << 80 | rest,
        "NAT64": 0x64FF9B << 96 | number,
        "local NAT64 /96": 0x64FF9B0001 << 80 | rest << 32 & (0xFFFF << 64) | number,
        "local NAT64 /48": 0x64FF9B0001 << 80 | number >> 16 << 64 | (number & 0xFFFF) << 40,
        "Teredo": 0x20010000 << 96 | rest << 32 | number ^ 0xFFFFFFFF,
        "Teredo server": 0x20010000 << 96 | number << 64 | rest,
        "ISATAP": (0x2A00 << 48 | prefix >> 16) << 64 | 0x5EFE << 32 | number,
        "global ISATAP": (0x2A00 << 48 | prefix >> 16) << 64 | 0x2005EFE << 32 | number,
    }


@settings(deadline=None)
@given(private, prefixes, prefixes)
def test_a_private_ipv4_is_closed_in_every_ipv6_that_carries_it(number: int, prefix: int, rest: int) -> None:
    for way, embedded in _embeddings(number, prefix, rest).items():
        address = IPv6Address(embedded % 2**128)
        assert not is_public(str(address)), (way, address)
        assert not is_public(address.exploded), (way, address)


def _spellings(number: int) -> list[str]:
    """What inet_aton and browsers read as the IPv4 address `number`."""
    a, b, c, d = number.to_bytes(4, "big")
    circled = {ord("0") + digit: chr(0x2460 + digit - 1) if digit else "⓪" for digit in range(10)}
    plain = f"{a}.{b}.{c}.{d}"
    return [
        plain,
        f"{plain}.",
        str(number),
        hex(number),
        hex(number).upper(),
        f"0{number:o}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"000{a:o}.{b}.{c}.{d}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a:#x}.{b}.0{c:o}.{d}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"{a:#06x}.{number & 0xFFFFFF:#x}",
        plain.translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}),
        plain.translate(circled),
        plain.replace(".", "。"),
        plain.replace(".", "．"),
        plain.replace(".", "｡"),
        f"{a}\N{SOFT HYPHEN}.{b}.{c}.{d}",
    ]


@settings(deadline=None)
@given(any_ipv4)
def test_every_spelling_of_an_ipv4_is_read_as_that_address(number: int) -> None:
    expected = str(IPv4Address(number))
    assert {spelling: host_of(spelling) for spelling in _spellings(number)} == dict.fromkeys(
        _spellings(number), expected
    )


@settings(deadline=None)
@given(private)
def test_a_private_ipv4_is_closed_in_every_spelling(number: int) -> None:
    for spelling in _spellings(number):
        host = host_of(spelling)
        assert host is None or not is_public(host), spelling


@settings(deadline=None)
@given(any_ipv4)
def test_it_is_never_opener_than_the_standard_library(number: int) -> None:
    address = IPv4Address(number)
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@settings(deadline=None)
@given(st.integers(0x20000000 << 96, (0x40000000 << 96) - 1))
def test_it_is_never_opener_than_the_standard_library_in_ipv6(number: int) -> None:
    address = IPv6Address(number)
    assume(is_public(str(address)))
    assert address.is_global


@settings(deadline=None)
@given(any_ipv4, st.sampled_from([IPv6Address("::ffff:0:0"), IPv6Address("64:ff9b::")]))
def test_a_mapped_or_translated_ipv4_is_what_it_carries(number: int, prefix: IPv6Address) -> None:
    assert is_public(str(IPv6Address(int(prefix) | number))) == is_public(str(IPv4Address(number)))


@pytest.mark.parametrize(
    ("spelled", "host"),
    [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("ｅｘａｍｐｌｅ.org", "example.org"),
        ("example。org", "example.org"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("①②⑦.0.0.1", "127.0.0.1"),
        ("\U0001fbf1\U0001fbf2\U0001fbf7.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("FE80::1", "fe80::1"),
        ("7f.example", "7f.example"),
        ("under_score.example", "under_score.example"),
        ("1.2.3.example", "1.2.3.example"),
        ("1.2.3.0x1g", "1.2.3.0x1g"),
    ],
)
def test_a_host_has_one_spelling(spelled: str, host: str) -> None:
    assert host_of(spelled) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a..b",
        ".example.org",
        "a b",
        "a/b",
        "a\\b",
        "a@b",
        "a%2eb",
        "%31%32%37.0.0.1",
        "[::1]",
        "::1%lo",
        "fe80::1%25eth0",
        "example.org:80",
        "256.0.0.1",
        "1.2.3.256",
        "1.2.65536",
        "4294967296",
        "0x100000000",
        "1.2.3.4.5",
        "1.2.3.4.0",
        "08.0.0.1",
        "example.0",
        "example.0x7f",
        "é" * 64 + ".example",
        "a" * 64,
        "a." * 200,
        "a\nb",
        "a\0b",
        "\ud800",
    ],
)
def test_what_is_no_host_is_none(text: str) -> None:
    assert host_of(text) is None


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_makes_it_fail_and_a_host_is_its_own_spelling(text: str) -> None:
    is_public(text)
    host = host_of(text)
    if host is not None:
        assert host.isascii()
        assert host_of(host) == host


@settings(deadline=None)
@given(st.one_of(any_ipv4.map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_an_address_is_known_for_one(address: IPv4Address | IPv6Address) -> None:
    host = host_of(str(address))
    assert host is not None
    assert ip_address(host) == address
    assert is_address(host)
    assert not is_address("a1.example")
