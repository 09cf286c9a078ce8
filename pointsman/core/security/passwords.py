"""Passwords, as scrypt hashes (RFC 7914). Pure but slow on purpose: about 50 ms and 32 MB."""

from __future__ import annotations

import base64
import hashlib
import hmac

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
