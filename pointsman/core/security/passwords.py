"""Passwords, as scrypt hashes (RFC 7914), and how often one may be guessed. Pure, but slow on purpose: 50 ms, 32 MB."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address

from pointsman.core.security.secret import Secret

_N, _R, _P, _LENGTH = 2**15, 8, 1, 32
_MEMORY = 2**26
SHORTEST = 10
"""Characters that a password must have."""


def hash_password(password: Secret, salt: bytes) -> str:
    """`scrypt$N$r$p$salt$hash`; `salt` is 16 random bytes."""
    made = _scrypt(password, salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def fits(password: Secret, kept: str) -> bool:
    """Whether `password` is the one that was hashed; compared in constant time."""
    try:
        _, n, r, p, salt, digest = kept.split("$")
        made = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(made, base64.b64decode(digest))
    except ValueError:
        return False


def _scrypt(password: Secret, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.reveal().encode("utf-8", "replace")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_LENGTH)


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
