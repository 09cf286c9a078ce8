"""Hosts and IP addresses: what a host's spelling stands for, whether an address is public. Pure; nothing is resolved.

Closed are the addresses of IANA's special-purpose registries (IPv4: RFC 6890 and its updates; IPv6: all but global
unicast, and the special ranges within it), and every IPv6 address that carries an IPv4 address which is closed. The
lists stand here and not in the standard library's `is_global`, whose answers differ between versions of Python.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

_CLOSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; metadata of some clouds
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host agent of every Azure machine: public by number, not by nature
        "169.254.0.0/16",  # link-local, 169.254.169.254 is the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata of one cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_CLOSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = 0x5EFE
_LONGEST = 253
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


def is_public(address: str) -> bool:
    """Whether `address` is one IP address of the public internet. What is not an address in its plain form is not.

    IPv4-mapped and NAT64 addresses are what the IPv4 address within is; IPv4-compatible, 6to4, Teredo and local-use
    NAT64 addresses are never public.
    """
    if ":" not in address:
        try:
            return _public_4(IPv4Address(address))
        except AddressValueError:
            return False
    try:
        return _public_6(IPv6Address(address))
    except AddressValueError:
        return False


def _public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED_4)


def _public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    carried = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _MAPPED or address in _NAT64:
        return _public_4(carried)
    if address not in _GLOBAL_6 or any(address in network for network in _CLOSED_6):
        return False
    return not _is_isatap(address) or _public_4(carried)


def _is_isatap(address: IPv6Address) -> bool:
    """Whether the interface's id is 0:5efe or 200:5efe before an IPv4 address (RFC 5214)."""
    return (int(address) >> 32) & 0xFDFFFFFF == _ISATAP


def host_of(text: str) -> str | None:
    """The one spelling of a host: an IP address in its plain form, or a name in lower case and ASCII; else None.

    Reads what resolvers and browsers take for an IPv4 address: one to four numbers, decimal, octal or hexadecimal, in
    any letters that Unicode holds to be equal to ASCII ("①②⑦.1"). A name whose last label is a number is no name. A
    zone (`fe80::1%eth0`), percent-encoding and brackets are not taken. Names are encoded by IDNA 2003.
    """
    if len(text) > _LONGEST:
        return None
    if ":" in text:
        return _ipv6(text)
    name = _ascii(unicodedata.normalize("NFKC", text).lower())
    name = name.removesuffix(".")
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        return None
    labels = name.split(".")
    return _ipv4(labels) if _NUMBER.fullmatch(labels[-1]) else name


def is_address(host: str) -> bool:
    """Whether a host, as `host_of` spells it, is an IP address."""
    return ":" in host or host.rpartition(".")[2].isdecimal()


def _ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    return None if address.scope_id is not None else str(address)


def _ascii(name: str) -> str:
    """`name` with its labels encoded, or an empty text."""
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _ipv4(labels: list[str]) -> str | None:
    """As inet_aton reads it: the last number fills all the bytes that are left."""
    values = [_number(label) for label in labels]
    known = [value for value in values if value is not None]
    if len(known) != len(values) or len(values) > 4:
        return None
    *heads, last = known
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        return None
    return str(IPv4Address(last + sum(head << 8 * (3 - place) for place, head in enumerate(heads))))


def _number(label: str) -> int | None:
    if not _NUMBER.fullmatch(label):
        return None
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    if len(label) > 1 and label.startswith("0"):
        return None if set(label) - set("01234567") else int(label, 8)
    return int(label)
