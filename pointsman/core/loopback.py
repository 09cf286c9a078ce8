"""Which names and addresses are this machine itself. Short, since settings and connections must mean the same by it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address in small letters, is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe_address(url: str) -> bool:
    """Whether what is sent to `url` is read by nobody on the way: over TLS, or on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_plain = parts.scheme == "http" and is_loopback(host)
    return bool(host) and parts.username is None and (parts.scheme == "https" or is_plain)
