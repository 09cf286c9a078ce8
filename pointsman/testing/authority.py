"""An `Authority` that remembers nothing: it asks its stores each time, so that what is changed is so at once."""

from __future__ import annotations

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, LLMError, RateLimitExceeded
from pointsman.core.security.rights import NOBODY, Rights, rights_of_key, rights_of_session
from pointsman.core.security.user import OWNER
from pointsman.core.security.virtual_key import KeyScope, digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.session_store import SessionStore
from pointsman.services.ports.user_store import UserStore


@attrs.define
class DirectAuthority:
    """Asks `keys` and `sessions`, and counts the calls of the last minute by `clock`."""

    keys: KeyStore
    sessions: SessionStore
    users: UserStore
    clock: Clock
    _calls: list[tuple[str, float]] = attrs.field(factory=list, repr=False)

    async def of_key(self, text: str) -> Result[Rights, LLMError]:
        """As `Authority.of_key`."""
        return await self._of_digest(digest_of(text))

    async def of_session(self, cookie: str) -> Result[Rights, LLMError]:
        """As `Authority.of_session`."""
        rights = await self._of_session(digest_of(cookie))
        if isinstance(rights, Success) and rights.unwrap().session is not None:
            return (await settle(self.sessions.touch(digest_of(cookie), self.clock.now()))).bind(lambda _: rights)
        return rights

    async def renew(self, rights: Rights, scope: KeyScope) -> Result[Rights, LLMError]:
        """As `Authority.renew`."""
        if rights.session is not None:
            found = await self._of_session(rights.session.digest)
        elif rights.key is not None:
            found = await self._of_digest(rights.key.digest)
        else:
            return Success(rights)
        if isinstance(found, Failure):
            return found
        refused = found.unwrap().refusal(scope)
        return found if refused is None else Failure(refused)

    async def count(self, rights: Rights) -> Result[None, LLMError]:
        """As `Authority.count`."""
        key, now = rights.key, self.clock.monotonic()
        if key is None or key.requests_per_minute is None:
            return Success(None)
        self._calls = [one for one in self._calls if now - one[1] < 60.0]
        own = [time for id, time in self._calls if id == key.id]
        if len(own) >= key.requests_per_minute:
            wait = own[-key.requests_per_minute] + 60.0 - now
            return Failure(RateLimitExceeded(detail="too many calls a minute", retry_after=wait, local=True))
        self._calls.append((key.id, now))
        return Success(None)

    async def has_keys(self) -> Result[bool, LLMError]:
        """As `Authority.has_keys`."""
        found = await settle(self.keys.all())
        return Failure(found.failure()) if isinstance(found, Failure) else Success(bool(found.unwrap()))

    def forget(self) -> None:
        """As `Authority.forget`."""

    async def follow(self) -> None:
        """As `Authority.follow`."""
        await anyio.sleep_forever()

    async def _of_digest(self, digest: bytes) -> Result[Rights, LLMError]:
        found = await settle(self.keys.find(digest))
        if isinstance(found, Failure):
            return Failure(found.failure())
        key = found.unwrap()
        if key is None or not key.valid_at(self.clock.now()):
            return _wrong("there is no such key, or it is disabled or has expired")
        if not key.owner:
            return Success(rights_of_key(key))
        user = await settle(self.users.find(key.owner))
        if isinstance(user, Failure):
            return Failure(user.failure())
        owner = user.unwrap()
        return Success(rights_of_key(key, owner)) if owner and owner.enabled else _wrong("its user may ask nothing")

    async def _of_session(self, digest: bytes) -> Result[Rights, LLMError]:
        found = await settle(self.sessions.find(digest))
        if isinstance(found, Failure):
            return Failure(found.failure())
        session = found.unwrap()
        if session is None or not session.valid_at(self.clock.now()):
            return Success(NOBODY)
        if session.user == OWNER:
            return Success(rights_of_session(session))
        user = await settle(self.users.find(session.user))
        return user.map(lambda one: rights_of_session(session, one) if one is not None and one.enabled else NOBODY)


def _wrong(detail: str) -> Failure[AuthenticationFailed]:
    return Failure(AuthenticationFailed(detail=detail, status=401, local=True))
