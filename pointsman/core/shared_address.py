"""Addresses of what processes share, as settings name them: of a server that keeps what is brief
(`redis://host:6379/0`), of the scheduler of a cluster. Pure.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

_SCHEMES = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss"}
_REFUSED = (
    "the address of a shared server holds no password: give it as `shared_password` (POINTSMAN_SHARED_PASSWORD or the"
    " settings file)"
)
_UNREADABLE = "it is no address of a server; write it as redis://host:6379/0, or rediss:// for TLS"


def shared_problem(address: str) -> str | None:
    """What is wrong with `address`, without its secrets; None where nothing is."""
    try:
        parts = urlsplit(address)
        if parts.password or any("pass" in name.lower() for name, _ in parse_qsl(parts.query)):
            return _REFUSED
        is_whole = parts.scheme.lower() in _SCHEMES and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return _UNREADABLE
    return None if is_whole else _UNREADABLE


def cluster_problem(address: str) -> str | None:
    """What is wrong with the address of the scheduler of a cluster; None where nothing is."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port and not parts.username
    except ValueError:
        is_whole = False
    return None if is_whole else "it is no address of a scheduler; write it as tcp://host:8786, or tls:// for TLS"


def driver_address(address: str) -> str:
    """`address` by the scheme that the driver knows; Valkey speaks as Redis does."""
    scheme, _, rest = address.partition("://")
    return f"{_SCHEMES.get(scheme.lower(), scheme)}://{rest}"


def show_shared(address: str | None) -> str:
    """`address` for a repr: without a password that should not be in it."""
    return repr(address) if address is None or shared_problem(address) is None else "'redis://***'"
