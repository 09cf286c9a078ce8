"""The laws of `Authority`. A law takes an opening of one, of the stores that another process changes, and of a clock.

What the other process does is taken up by `follow`, which a law runs until the clock has moved by 2 s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import TypeAlias

import attrs
from returns.result import Failure, Success

from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, RateLimitExceeded
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.rights import NOBODY, Rights
from pointsman.core.security.user import IDLE_SECONDS, LONGEST_SECONDS, OWNER, Invitation, Session, User
from pointsman.core.security.virtual_key import PREFIX, SCOPES, VirtualKey, digest_of
from pointsman.services.ports.authority import Authority
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.session_store import SessionStore
from pointsman.services.ports.user_store import UserStore
from pointsman.services.tasks.together import tasks_together
from pointsman.testing.clock import VirtualClock


@attrs.frozen
class House:
    """An authority, and the stores as another process has them."""

    authority: Authority
    keys: KeyStore
    sessions: SessionStore
    users: UserStore
    clock: VirtualClock

    async def put(self, key: VirtualKey) -> VirtualKey:
        """Keep `key`, in place of the one with its id."""
        (await settle(self.keys.put(key, _ENTRY))).unwrap()
        return key

    async def add_user(self, user: User) -> User:
        """Have `user` accept an invitation."""
        now, digest = self.clock.now(), user.id.encode()
        (await settle(self.users.invite(Invitation(digest=digest, role=user.role, expires=now + 9), _ENTRY))).unwrap()
        assert (await settle(self.users.accept(digest, user, now, _ENTRY))).unwrap() == "accepted"
        return user

    async def begin(self, cookie: str, user: str = OWNER) -> Session:
        """Sign in by `cookie`."""
        now = self.clock.now()
        session = Session(digest=digest_of(cookie), user=user, began=now, seen=now)
        (await settle(self.sessions.add(session))).unwrap()
        return session

    async def catch_up(self) -> None:
        """Let the authority follow for 2 s."""
        async with tasks_together() as group:
            group.start_soon(self.authority.follow)
            await self.clock.sleep(2.0)
            group.cancel_scope.cancel()


_ENTRY = AuditEntry(time=0.0, who="law", what="law")
TEXT = f"{PREFIX}law"
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[House]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]


def _plain(text: str) -> VirtualKey:
    return VirtualKey(id=text, name="law", prefix=PREFIX, digest=digest_of(text), created=0.0, scopes=("chat", "read"))


PLAIN = _plain(TEXT)


async def of_key(house: House, text: str = TEXT) -> Rights | type[AuthenticationFailed]:
    """What a key opens, or that it is refused."""
    found = await house.authority.of_key(text)
    if isinstance(found, Failure):
        assert isinstance(found.failure(), AuthenticationFailed)
        return AuthenticationFailed
    return found.unwrap()


async def a_key_opens_what_it_says_and_nothing_else_opens(opening: Opening) -> None:
    """By its text alone; without any key there are none."""
    async with opening() as house:
        assert await house.authority.has_keys() == Success(False)
        for wrong in ("", "law", TEXT, f"{TEXT} ", PREFIX):
            assert await of_key(house, wrong) is AuthenticationFailed
        key = await house.put(PLAIN)
        await house.catch_up()
        assert await house.authority.has_keys() == Success(True)
        rights = await of_key(house)
        assert isinstance(rights, Rights)
        assert (rights.key, rights.scopes, rights.tenant, rights.only_tenant) == (
            key,
            key.scopes,
            key.tenant,
            key.tenant,
        )
        assert await of_key(house, TEXT[:-1]) is AuthenticationFailed


async def what_another_process_changes_is_followed(opening: Opening) -> None:
    """New scopes, models and limits; disabled; deleted; and made again."""
    async with opening() as house:
        await house.put(PLAIN)
        held = await of_key(house)
        assert isinstance(held, Rights)
        await house.put(attrs.evolve(PLAIN, scopes=("read", "admin"), models=("a/*",)))
        await house.catch_up()
        now = (await house.authority.renew(held, "read")).unwrap()
        assert now.key is not None
        assert (now.scopes, now.key.models, now.only_tenant) == (("read", "admin"), ("a/*",), None)
        lost = await house.authority.renew(held, "chat")
        assert isinstance(lost, Failure)
        assert isinstance(error := lost.failure(), AuthenticationFailed)
        assert error.status == 403
        await house.put(attrs.evolve(PLAIN, enabled=False))
        await house.catch_up()
        assert await of_key(house) is AuthenticationFailed
        assert isinstance(await house.authority.renew(held, "read"), Failure)
        await house.put(PLAIN)
        await house.catch_up()
        assert isinstance(await of_key(house), Rights)
        (await settle(house.keys.remove(TEXT, _ENTRY))).unwrap()
        await house.catch_up()
        assert await of_key(house) is AuthenticationFailed
        assert isinstance(await house.authority.renew(held, "read"), Failure)


async def a_key_ends_when_its_time_has_come(opening: Opening) -> None:
    """Though nobody changes anything."""
    async with opening() as house:
        await house.put(attrs.evolve(PLAIN, expires=house.clock.now() + 100.0))
        held = await of_key(house)
        assert isinstance(held, Rights)
        house.clock.advance(101.0)
        assert await of_key(house) is AuthenticationFailed
        assert isinstance(await house.authority.renew(held, "read"), Failure)


async def a_session_lasts_while_it_is_used(opening: Opening) -> None:
    """Silence ends it, and its longest time; looking again by `renew` is no use."""
    async with opening() as house:
        assert (await house.authority.of_session("cookie")).unwrap() is NOBODY
        await house.begin("cookie")
        rights = (await house.authority.of_session("cookie")).unwrap()
        assert (rights.name, rights.scopes, rights.only_tenant) == (OWNER, SCOPES, None)
        assert (await house.authority.of_session("cooki")).unwrap() is NOBODY
        used = 0.0
        while used + IDLE_SECONDS < LONGEST_SECONDS:
            house.clock.advance(IDLE_SECONDS - 1)
            used += IDLE_SECONDS - 1
            assert (await house.authority.of_session("cookie")).unwrap().session is not None
        house.clock.advance(IDLE_SECONDS - 1)
        assert (await house.authority.of_session("cookie")).unwrap() is NOBODY
        await house.begin("another")
        held = (await house.authority.of_session("another")).unwrap()
        house.clock.advance(IDLE_SECONDS - 1)
        assert (await house.authority.renew(held, "admin")).unwrap().session is not None
        house.clock.advance(2)
        assert isinstance(await house.authority.renew(held, "admin"), Failure)


async def a_session_that_ends_elsewhere_is_over(opening: Opening) -> None:
    """Signed out, or all others of the user but one."""
    async with opening() as house:
        for cookie in ("a", "b", "c"):
            await house.begin(cookie)
        held = {cookie: (await house.authority.of_session(cookie)).unwrap() for cookie in ("a", "b", "c")}
        (await settle(house.sessions.remove(digest_of("a")))).unwrap()
        await house.catch_up()
        assert isinstance(await house.authority.renew(held["a"], "admin"), Failure)
        assert (await house.authority.of_session("a")).unwrap() is NOBODY
        (await settle(house.sessions.remove_all(OWNER, digest_of("b")))).unwrap()
        await house.catch_up()
        assert isinstance(await house.authority.renew(held["c"], "admin"), Failure)
        assert (await house.authority.renew(held["b"], "admin")).unwrap().session is not None


ANN = User(id="ann", name="Ann", role="member", created=0.0, usd=Decimal(3))


async def a_user_and_their_keys_do_what_the_role_allows(opening: Opening) -> None:
    """Also when another process changes the role, disables them, or deletes them."""
    async with opening() as house:
        await house.add_user(ANN)
        await house.begin("cookie", ANN.id)
        await house.put(attrs.evolve(PLAIN, scopes=("chat", "read", "admin"), owner=ANN.id, usd=Decimal(1)))
        await house.catch_up()
        on_page, by_key = (await house.authority.of_session("cookie")).unwrap(), await of_key(house)
        assert isinstance(by_key, Rights)
        for rights in (on_page, by_key):
            assert (rights.scopes, rights.tenant, rights.only_tenant) == (("chat", "read"), "user:ann", "user:ann")
        assert [len(rights.budgets) for rights in (on_page, by_key)] == [1, 2]
        viewer = attrs.evolve(ANN, role="viewer")
        assert (await settle(house.users.replace(ANN, viewer, _ENTRY))).unwrap() is True
        await house.catch_up()
        assert isinstance(await house.authority.renew(on_page, "chat"), Failure)
        assert (await house.authority.renew(on_page, "observe")).unwrap().scopes == ("read", "observe")
        assert (await house.authority.renew(by_key, "read")).unwrap().scopes == ("read",)
        disabled = attrs.evolve(viewer, enabled=False)
        assert (await settle(house.users.replace(viewer, disabled, _ENTRY))).unwrap() is True
        await house.catch_up()
        assert await of_key(house) is AuthenticationFailed
        assert isinstance(await house.authority.renew(on_page, "read"), Failure)
        assert (await house.authority.of_session("cookie")).unwrap() is NOBODY
        assert (await settle(house.users.replace(disabled, ANN, _ENTRY))).unwrap() is True
        await house.catch_up()
        assert isinstance(await of_key(house), Rights)
        assert (await settle(house.users.remove(ANN.id, _ENTRY))).unwrap() is True
        await house.catch_up()
        assert await of_key(house) is AuthenticationFailed
        assert (await settle(house.keys.all())).unwrap() == ()
        assert (await house.authority.of_session("cookie")).unwrap() is NOBODY


async def calls_are_counted_by_the_minute(opening: Opening) -> None:
    """Exactly so many in any minute, each key by itself; what is refused does not count."""
    async with opening() as house:
        await house.put(attrs.evolve(PLAIN, requests_per_minute=2))
        await house.put(attrs.evolve(_plain(f"{TEXT}2"), requests_per_minute=2))
        one, other = await of_key(house), await of_key(house, f"{TEXT}2")
        assert isinstance(one, Rights)
        assert isinstance(other, Rights)
        for _ in range(2):
            assert isinstance(await house.authority.count(one), Success)
            house.clock.advance(10.0)
        refused = await house.authority.count(one)
        assert isinstance(refused, Failure)
        assert isinstance(error := refused.failure(), RateLimitExceeded)
        assert error.retry_after is not None
        assert abs(error.retry_after - 40.0) < 0.01
        assert isinstance(await house.authority.count(other), Success)
        house.clock.advance(41.0)
        assert isinstance(await house.authority.count(one), Success)
        assert isinstance(await house.authority.count(one), Failure)
        assert isinstance(await house.authority.count(NOBODY), Success)


LAWS: tuple[Law, ...] = (
    a_key_opens_what_it_says_and_nothing_else_opens,
    what_another_process_changes_is_followed,
    a_key_ends_when_its_time_has_come,
    a_session_lasts_while_it_is_used,
    a_session_that_ends_elsewhere_is_over,
    a_user_and_their_keys_do_what_the_role_allows,
    calls_are_counted_by_the_minute,
)
