"""Keys and sessions as the server checks them: looked up seldom, counted in memory, followed by version."""

from __future__ import annotations

from typing import TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import is_failure, settle
from pointsman.core.error import AuthenticationFailed, LLMError, RateLimitExceeded, StorageError
from pointsman.core.routing.rate import MINUTE, Limit
from pointsman.core.security.identity import RENEWED_SECONDS
from pointsman.core.security.rights import NOBODY, Rights, rights_of_key, rights_of_session
from pointsman.core.security.user import OWNER, Session, User
from pointsman.core.security.virtual_key import PREFIX, KeyScope, VirtualKey, digest_of
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.interceptors.shared_limiter import SharedLimiter, SharedSlot
from pointsman.services.ports.authority_version import AuthorityVersion
from pointsman.services.ports.change_hints import NO_HINTS, ChangeHints
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.session_store import SessionStore
from pointsman.services.ports.user_store import UserStore
from pointsman.services.tasks.shared_look import SharedLook
from pointsman.services.tasks.waiting import wait_for_change

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
FRESH_SECONDS = 2.0
"""So long what was looked up is believed at most: for who cannot follow the version."""
FOLLOW_SECONDS = 0.25
"""How often the version is looked at where no hints come."""
_NOTED_SECONDS = 60.0
_MOST = 10_000
_NEVER = float("-inf")


_SOME: Result[bool, LLMError] = Success(True)
_NONE: Result[bool, LLMError] = Success(False)


@attrs.define
class StoredAuthority:
    """An `Authority` over stores. Calls are counted by `limiter` for all processes, without it in this one alone."""

    keys: KeyStore
    sessions: SessionStore
    users: UserStore
    version: AuthorityVersion
    clock: Clock
    publish: Publish = publish_nowhere
    limiter: SharedLimiter | None = None
    hints: ChangeHints = NO_HINTS
    _keys_seen: dict[bytes, tuple[float, VirtualKey | None]] = attrs.field(factory=dict, repr=False)
    _rights_seen: dict[bytes, Rights] = attrs.field(factory=dict, repr=False)
    _sessions_seen: dict[bytes, tuple[float, Session]] = attrs.field(factory=dict, repr=False)
    _users_seen: dict[str, tuple[float, User | None]] = attrs.field(factory=dict, repr=False)
    _noted: dict[str | bytes, float] = attrs.field(factory=dict, repr=False)
    _calls: dict[str, list[float]] = attrs.field(factory=dict, repr=False)
    _any: tuple[float, bool] = attrs.field(default=(_NEVER, False), repr=False)
    _all_keys: SharedLook[Result[bool, LLMError]] = attrs.field(
        factory=lambda: SharedLook[Result[bool, LLMError]](), repr=False
    )
    _number: int | None = attrs.field(default=None, repr=False)

    async def of_key(self, text: str) -> Result[Rights, LLMError]:
        """As `Authority.of_key`."""
        if not text.startswith(PREFIX):
            return _wrong("this is not a key of this server")
        return await self._of_digest(digest_of(text))

    async def of_session(self, cookie: str) -> Result[Rights, LLMError]:
        """As `Authority.of_session`."""
        found = await self._session(digest_of(cookie))
        if is_failure(found):
            return Failure(found.failure())
        session = found.unwrap()
        if session is None:
            return Success(NOBODY)
        rights = await self._rights_of(session)
        if isinstance(rights, Success) and rights.unwrap() is not NOBODY:
            await self._keep_open(session)
        return rights

    async def renew(self, rights: Rights, scope: KeyScope) -> Result[Rights, LLMError]:
        """As `Authority.renew`."""
        if rights.session is not None:
            found = await self._session(rights.session.digest)
            if is_failure(found):
                return Failure(found.failure())
            session = found.unwrap()
            now: Result[Rights, LLMError] = Success(NOBODY) if session is None else await self._rights_of(session)
            if isinstance(now, Success) and now.unwrap() is NOBODY:
                return _wrong("the session is over; sign in again")
            return now.bind(lambda one: _allowing(one, scope))
        if rights.key is None:
            return Success(rights)
        again = await self._of_digest(rights.key.digest)
        return again.bind(lambda one: _allowing(one, scope))

    async def count(self, rights: Rights) -> Result[None, LLMError]:
        """As `Authority.count`."""
        if rights.session is not None:
            await self._keep_open(rights.session)
        key, now = rights.key, self.clock.monotonic()
        if key is None:
            return Success(None)
        if key.requests_per_minute is not None:
            wait = await self._take_turn(key.id, key.requests_per_minute, now)
            if wait:
                detail = f"the key {key.name!r} may make {key.requests_per_minute} request(s) a minute"
                return Failure(RateLimitExceeded(detail=detail, retry_after=round(wait, 3), local=True))
        if self._is_due(key.id):
            noted = await settle(self.keys.used(key.id, self.clock.now()))
            give_up(noted, f"when the key {key.id} was used last", self.publish)
        return Success(None)

    async def _take_turn(self, id: str, most: int, now: float) -> float:
        """0 where the key may ask once more, else in how many seconds it may."""
        if self.limiter is not None:
            taken = await self.limiter.take(f"key:{id}", Limit(requests_per_minute=most), 0)
            if not isinstance(taken, SharedSlot):
                return taken
            self.limiter.leave(taken, None)
            return 0.0
        calls = [time for time in self._calls.get(id, ()) if now - time < MINUTE]
        if len(calls) >= most:
            return MINUTE - (now - calls[-most])
        self._calls[id] = [*calls, now]
        return 0.0

    async def has_keys(self) -> Result[bool, LLMError]:
        """As `Authority.has_keys`."""
        if self.clock.monotonic() - self._any[0] <= FRESH_SECONDS:
            return _SOME if self._any[1] else _NONE
        return await self._all_keys.take(self._look_for_keys)

    async def _look_for_keys(self) -> Result[bool, LLMError]:
        now, before = self.clock.monotonic(), self._any
        found = await settle(self.keys.all())
        if is_failure(found):
            return Failure(found.failure())
        has_any = bool(found.unwrap())
        if self._any is before:  # else something has changed meanwhile: it is not to be remembered
            self._any = (now, has_any)
        return _SOME if has_any else _NONE

    def forget(self) -> None:
        """As `Authority.forget`."""
        self._keys_seen.clear()
        self._rights_seen.clear()
        self._sessions_seen.clear()
        self._users_seen.clear()
        self._any = (_NEVER, False)
        self._all_keys.forget()

    async def follow(self) -> None:
        """As `Authority.follow`."""
        while True:
            seen = self.hints.count
            await self.look()
            await wait_for_change(self.hints, seen, self.clock.passive, FOLLOW_SECONDS)

    async def look(self) -> None:
        """Forget what was looked up if anything has changed since. A store that does not answer is asked again."""
        read = await settle(self.version.read())
        if isinstance(read, Success) and read.unwrap() != self._number:  # else what is known is believed for 2 s
            self._number = read.unwrap()
            self.forget()

    async def _of_digest(self, digest: bytes) -> Result[Rights, LLMError]:
        found = await self._key(digest)
        if is_failure(found):
            return Failure(found.failure())
        key = found.unwrap()
        if key is None:
            return _wrong("there is no such key")
        if not key.valid_at(self.clock.now()):
            return _wrong("the key has expired or is disabled")
        if not key.owner:
            return Success(self._rights_by(key, None))
        user = await self._user(key.owner)
        if is_failure(user):
            return Failure(user.failure())
        if (owner := user.unwrap()) is None or not owner.enabled:
            return _wrong("whose key it was may ask nothing any more")
        return Success(self._rights_by(key, owner))

    def _rights_by(self, key: VirtualKey, owner: User | None) -> Rights:
        """What `key` opens; made once for as long as key and owner are remembered."""
        known = self._rights_seen.get(key.digest)
        if known is None or known.key is not key or known.user is not owner:
            _make_room(self._rights_seen)
            self._rights_seen[key.digest] = known = rights_of_key(key, owner)
        return known

    async def _rights_of(self, session: Session) -> Result[Rights, LLMError]:
        """`NOBODY` where the user is gone, or may not sign in any more."""
        if session.user == OWNER:
            return Success(rights_of_session(session))
        found = await self._user(session.user)
        if is_failure(found):
            return Failure(found.failure())
        user = found.unwrap()
        if user is None or not user.enabled or self._is_to_renew(session, user):
            return Success(NOBODY)
        return Success(rights_of_session(session, user))

    def _is_to_renew(self, session: Session, user: User) -> bool:
        """Whether the provider that let `user` in is to be asked again."""
        return bool(user.issuer) and self.clock.now() - session.began > RENEWED_SECONDS

    async def _user(self, id: str) -> Result[User | None, StorageError]:
        now = self.clock.monotonic()
        seen = self._users_seen.get(id)
        if seen is not None and now - seen[0] <= FRESH_SECONDS:
            return Success(seen[1])
        found = await settle(self.users.find(id))
        if isinstance(found, Success):
            _make_room(self._users_seen)
            self._users_seen[id] = (now, found.unwrap())
        return found

    async def _key(self, digest: bytes) -> Result[VirtualKey | None, StorageError]:
        now = self.clock.monotonic()
        seen = self._keys_seen.get(digest)
        if seen is not None and now - seen[0] <= FRESH_SECONDS:
            return Success(seen[1])
        found = await settle(self.keys.find(digest))
        if isinstance(found, Success):
            _make_room(self._keys_seen)
            self._keys_seen[digest] = (now, found.unwrap())
        return found

    async def _session(self, digest: bytes) -> Result[Session | None, StorageError]:
        """The session of a digest, if it lasts. That there is none is not remembered: it may begin at once."""
        now = self.clock.monotonic()
        seen = self._sessions_seen.get(digest)
        if seen is None or now - seen[0] > FRESH_SECONDS:
            found = await settle(self.sessions.find(digest))
            if is_failure(found):
                return Failure(found.failure())
            session = found.unwrap()
            if session is None:
                return Success(None)
            _make_room(self._sessions_seen)
            self._sessions_seen[digest] = seen = (now, session)
        return Success(seen[1] if seen[1].valid_at(self.clock.now()) else None)

    async def _keep_open(self, session: Session) -> None:
        if self._is_due(session.digest):
            noted = await settle(self.sessions.touch(session.digest, self.clock.now()))
            give_up(noted, "when a session was heard of last", self.publish)

    def _is_due(self, name: str | bytes) -> bool:
        """Whether it is time to note that `name` is in use."""
        now = self.clock.monotonic()
        if now - self._noted.get(name, _NEVER) <= _NOTED_SECONDS:
            return False
        _make_room(self._noted)
        self._noted[name] = now
        return True


def _make_room(remembered: dict[_Key, _Value]) -> None:
    if len(remembered) >= _MOST:
        remembered.clear()


def _allowing(rights: Rights, scope: KeyScope) -> Result[Rights, LLMError]:
    refused = rights.refusal(scope)
    return Success(rights) if refused is None else Failure(refused)


def _wrong(detail: str) -> Failure[AuthenticationFailed]:
    return Failure(AuthenticationFailed(detail=detail, status=401, local=True))
