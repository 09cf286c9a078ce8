"""How often a password may be guessed: from one place, and from all together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 60.0
MOST_OF_ONE, MOST_OF_ALL = 5, 30
"""Guesses in a window: by one guesser, and by all those who were never signed in."""
KNOWN = "browser:"
"""How the name begins of a guesser who has known a password before: strangers' guesses do not count against them."""


def wait_before_guess(own: Sequence[float], strangers: Sequence[float], who: str, now: float) -> float:
    """Seconds that `who` must wait before another guess; 0 where it may be tried now.

    `own` and `strangers` are the moments of their guesses, and of all strangers', in the window before `now`, the
    oldest first.
    """
    waits = [_wait(own, MOST_OF_ONE, now)]
    if not who.startswith(KNOWN):
        waits.append(_wait(strangers, MOST_OF_ALL, now))
    return max(waits)


def _wait(times: Sequence[float], most: int, now: float) -> float:
    if len(times) < most:
        return 0.0
    return min(WINDOW_SECONDS, max(0.001, times[-most] + WINDOW_SECONDS - now))


def name_guesser(address: str) -> str:
    """Whoever guesses from `address`: of IPv6 its network, of which a household has one (RFC 6177)."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return f"address:{address[:100]}"
    if isinstance(read, IPv6Address):
        if read.ipv4_mapped is not None:
            return f"address:{read.ipv4_mapped}"
        return f"address:{IPv6Address(int(read) >> 64 << 64)}/64"
    return f"address:{read}"
