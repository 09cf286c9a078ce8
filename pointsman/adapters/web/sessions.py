"""Who is signed in to the page: sessions as they begin and end, and the link by which one may sign in once."""

from __future__ import annotations

import hmac
import secrets

import attrs
from returns.result import Result

from pointsman.adapters.web.other_workers import NoOtherWorkers, OtherWorkers
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.security.rights import Rights, rights_of_session
from pointsman.core.security.user import OWNER, Session, User
from pointsman.core.security.virtual_key import digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.session_store import SessionStore


@attrs.define
class Sessions:
    """Begins and ends sessions in `store`, where every process finds them.

    The link is this process's own, or that of all workers.
    """

    store: SessionStore
    clock: Clock
    others: OtherWorkers = attrs.field(factory=NoOtherWorkers, repr=False)
    link: str | None = attrs.field(default=None, repr=False)

    def new_link(self) -> str:
        """A fresh link token; the one before is worth nothing any more."""
        self.link = secrets.token_urlsafe(24)
        return self.link

    async def take_link(self, token: str) -> bool:
        """Whether `token` is the link; it works once."""
        if self.link is None or not hmac.compare_digest(token.encode("utf-8", "replace"), self.link.encode()):
            return await self.others.take_link(token)
        self.link = None
        return True

    async def begin(self, user: User | None) -> Result[tuple[str, Rights], StorageError]:
        """A new session of `user`, or of the owner: its cookie, and what it opens."""
        token, now = secrets.token_urlsafe(32), self.clock.now()
        session = Session(digest=digest_of(token), user=OWNER if user is None else user.id, began=now, seen=now)
        return (await settle(self.store.add(session))).map(lambda _: (token, rights_of_session(session, user)))

    async def end(self, token: str) -> Result[bool, StorageError]:
        """Sign out, in every process."""
        return await settle(self.store.remove(digest_of(token)))

    async def end_others(self, user: str, token: str) -> Result[int, StorageError]:
        """Sign out every other session of `user`, in every process."""
        return await settle(self.store.remove_all(user, digest_of(token)))
