"""The laws of `UserStore`. A law takes an opening of two that share what they keep, as two processes do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import TypeAlias

import attrs

from pointsman.core.effect import settle
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.user import Invitation, User
from pointsman.services.ports.user_store import UserStore

Opened: TypeAlias = tuple[UserStore, UserStore]
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Opened]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]

ANN = User(id="1", name="Ann", role="member", created=1.0, password="hash", usd=Decimal("2.50"), period="day")
BOB = User(id="2", name="Bob", role="viewer", created=2.0, enabled=False)
WORD = Invitation(digest=b"word", role="member", expires=100.0)


def entry(time: float = 1.0) -> AuditEntry:
    """A trace of something."""
    return AuditEntry(time=time, who="law", what="law")


async def add(store: UserStore, user: User) -> None:
    """Have `user` accept an invitation."""
    one = Invitation(digest=user.id.encode(), role=user.role, expires=50.0)
    (await settle(store.invite(one, entry()))).unwrap()
    assert (await settle(store.accept(one.digest, user, 2.0, entry()))).unwrap() == "accepted"


async def a_user_is_found_by_id_and_by_name(opening: Opening) -> None:
    """In every process, with all fields, however the name is written."""
    async with opening() as (mine, yours):
        await add(mine, BOB)
        await add(mine, ANN)
        assert (await settle(yours.all())).unwrap() == (ANN, BOB)
        assert (await settle(yours.find("1"))).unwrap() == ANN
        assert (await settle(yours.find("3"))).unwrap() is None
        for name in ("Ann", "ANN", " ann "):
            assert (await settle(yours.find_named(name))).unwrap() == ANN
        assert (await settle(yours.find_named("Anne"))).unwrap() is None


async def an_invitation_is_used_once_and_in_time(opening: Opening) -> None:
    """Where the name is taken, it stays."""
    async with opening() as (mine, yours):
        await add(mine, ANN)
        (await settle(mine.invite(WORD, entry()))).unwrap()
        assert (await settle(yours.find_invitation(b"word", 99.0))).unwrap() == WORD
        assert (await settle(yours.find_invitation(b"word", 100.0))).unwrap() is None
        assert (await settle(yours.find_invitation(b"words", 1.0))).unwrap() is None
        twin = attrs.evolve(BOB, name="aNN")
        assert (await settle(yours.accept(b"word", twin, 5.0, entry()))).unwrap() == "name taken"
        assert (await settle(yours.accept(b"word", BOB, 100.0, entry()))).unwrap() == "gone"
        assert (await settle(yours.accept(b"word", BOB, 5.0, entry()))).unwrap() == "accepted"
        third = attrs.evolve(BOB, id="3", name="Cid")
        assert (await settle(mine.accept(b"word", third, 5.0, entry()))).unwrap() == "gone"
        assert (await settle(mine.all())).unwrap() == (ANN, BOB)


async def a_user_is_replaced_as_they_were_read_or_not_at_all(opening: Opening) -> None:
    """Nor does one get the name of another."""
    async with opening() as (mine, yours):
        await add(mine, ANN)
        await add(mine, BOB)
        chief = attrs.evolve(ANN, role="admin", name="Anna")
        assert (await settle(yours.replace(ANN, chief, entry()))).unwrap() is True
        assert (await settle(mine.replace(ANN, attrs.evolve(ANN, usd=None), entry()))).unwrap() is False
        assert (await settle(mine.replace(chief, attrs.evolve(chief, name="BOB"), entry()))).unwrap() is False
        assert (await settle(mine.find("1"))).unwrap() == chief
        assert (await settle(mine.find_named("ann"))).unwrap() is None
        assert (await settle(mine.remove("1", entry()))).unwrap() is True
        assert (await settle(yours.remove("1", entry()))).unwrap() is False
        assert (await settle(yours.replace(chief, ANN, entry()))).unwrap() is False


LAWS: tuple[Law, ...] = (
    a_user_is_found_by_id_and_by_name,
    an_invitation_is_used_once_and_in_time,
    a_user_is_replaced_as_they_were_read_or_not_at_all,
)
