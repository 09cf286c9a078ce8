"""Virtual keys as the server checks them: looked up seldom, counted in memory."""

from __future__ import annotations

import logging

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, LLMError, RateLimitExceeded
from pointsman.core.security.virtual_key import PREFIX, VirtualKey, digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.key_store import KeyStore

_LOG = logging.getLogger("pointsman.server")
FRESH = 2.0
"""Seconds for which a key is not looked up again: so long a key that another process took away still works."""
_NOTED = 60.0
_MOST = 10_000


@attrs.define
class KeyCache:
    """Finds keys in `store`, and holds each to its requests per minute."""

    store: KeyStore
    clock: Clock
    _seen: dict[bytes, tuple[float, VirtualKey | None]] = attrs.field(factory=dict, repr=False)
    _noted: dict[str, float] = attrs.field(factory=dict, repr=False)
    _calls: dict[str, list[float]] = attrs.field(factory=dict, repr=False)
    _any: tuple[float, bool] = attrs.field(default=(float("-inf"), False), repr=False)

    def forget(self) -> None:
        """Look everything up again: a key has been changed."""
        self._seen.clear()
        self._any = (float("-inf"), False)

    async def any(self) -> Result[bool, LLMError]:
        """Whether any key has been given out."""
        now = self.clock.monotonic()
        if now - self._any[0] > FRESH:
            found = await settle(self.store.all())
            if isinstance(found, Failure):
                return Failure(found.failure())
            self._any = (now, bool(found.unwrap()))
        return Success(self._any[1])

    async def find(self, text: str) -> Result[VirtualKey, LLMError]:
        """The key whose text this is, if it opens anything now."""
        if not text.startswith(PREFIX):
            return _wrong("this is not a key of this server")
        return await self.find_digest(digest_of(text))

    async def find_digest(self, digest: bytes, fresh: float = FRESH) -> Result[VirtualKey, LLMError]:
        """The same by its digest, as it was in the store at most `fresh` seconds ago."""
        now = self.clock.monotonic()
        seen = self._seen.get(digest)
        if seen is None or now - seen[0] > fresh:
            found = await settle(self.store.find(digest))
            if isinstance(found, Failure):
                return Failure(found.failure())
            seen = (now, found.unwrap())
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[digest] = seen
        key = seen[1]
        if key is None:
            return _wrong("there is no such key")
        if not key.valid_at(self.clock.now()):
            return _wrong("the key has expired or is disabled")
        return Success(key)

    async def count(self, key: VirtualKey) -> Result[None, LLMError]:
        """Count a call of `key`: a failure where it has made too many in the last minute."""
        now = self.clock.monotonic()
        if key.requests_per_minute is not None:
            calls = [time for time in self._calls.get(key.id, ()) if now - time < _NOTED]
            if len(calls) >= key.requests_per_minute:
                detail = f"the key {key.name!r} may make {key.requests_per_minute} request(s) a minute"
                return Failure(
                    RateLimitExceeded(detail=detail, retry_after=round(_NOTED - (now - calls[0]), 3), local=True)
                )
            self._calls[key.id] = [*calls, now]
        if now - self._noted.get(key.id, float("-inf")) > _NOTED:
            self._noted[key.id] = now
            noted = await settle(self.store.used(key.id, self.clock.now()))
            if isinstance(noted, Failure):  # the call goes on: only its time of use is lost
                _LOG.warning("the use of the key %s was not noted: %s", key.id, noted.failure())
        return Success(None)


def _wrong(detail: str) -> Failure[AuthenticationFailed]:
    return Failure(AuthenticationFailed(detail=detail, status=401, local=True))
