"""Passwords as they are tried at the door: counted before, one after the other; who has known one is not locked out.

A browser in which somebody has signed in by their password carries a mark that opens nothing. Its guesses at that
password are counted by themselves, so that strangers who guess, from the same address too, keep nobody out.
"""

from __future__ import annotations

import secrets

import anyio
import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success
from starlette.requests import Request
from starlette.responses import Response

from pointsman.adapters.web.asgi import cookie_in
from pointsman.core.effect import settle
from pointsman.core.error import LLMError, RateLimitExceeded
from pointsman.core.security.passwords import KNOWN, fits, name_guesser
from pointsman.core.security.secret import Secret
from pointsman.core.security.virtual_key import digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.session_store import KNOWN_SECONDS, SessionStore

KNOWN_COOKIE = "pointsman_known"
_NOBODYS = f"scrypt$32768$8$1${'A' * 22}==${'A' * 43}="
"""Is tried where there is no password, so that the time it takes does not tell who has one."""


@attrs.define(eq=False)
class PasswordGuard:
    """Tries passwords. Each costs 32 MB for a moment, so one at a time."""

    store: SessionStore
    clock: Clock
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)

    async def fits(self, who: str, password: str, kept: str | None) -> Result[bool, LLMError]:
        """Whether `password` is the one whose hash is `kept`; `RateLimitExceeded` where `who` may not try it yet."""
        now = self.clock.now()
        counted = await settle(self.store.count_guess(who, now))
        if isinstance(counted, Failure):
            return Failure(counted.failure())
        wait = counted.unwrap()
        if wait:
            detail = "too many passwords were tried; a browser that was signed in before may still try"
            return Failure(RateLimitExceeded(detail=detail, retry_after=round(wait, 3), status=429, local=True))
        async with self._turn:
            fitting = await anyio.to_thread.run_sync(fits, Secret(password), kept or _NOBODYS)
        right = fitting and kept is not None
        forgiven = await settle(self.store.forgive_guess(who, now)) if right else Success(None)
        return forgiven.map(lambda _: right)

    async def guesser(self, request: Request, user: str) -> Result[str, LLMError]:
        """Whose guess a request is: of a browser in which `user` has signed in before, else of its address."""
        mark = cookie_in(request.headers, KNOWN_COOKIE)
        digest = digest_of(f"{mark} {user}")
        known = await settle(self.store.knows_browser(digest, self.clock.now())) if mark else Success(False)
        address = request.client.host if request.client else ""
        return known.map(lambda is_known: f"{KNOWN}{digest.hex()}" if is_known else name_guesser(address))

    async def know(self, request: Request, answer: Response, user: str, *, secure: bool) -> Result[None, LLMError]:
        """Mark the browser that `answer` goes to: `user` has signed in there by their password."""
        mark = cookie_in(request.headers, KNOWN_COOKIE) or secrets.token_urlsafe(32)
        known = await settle(self.store.know_browser(digest_of(f"{mark} {user}"), self.clock.now()))
        if isinstance(known, Failure):
            return Failure(known.failure())
        answer.set_cookie(
            KNOWN_COOKIE, mark, max_age=int(KNOWN_SECONDS), httponly=True, samesite="strict", secure=secure
        )
        return Success(None)
