"""The laws of `SessionStore`. A law takes an opening of two that share what they keep, as two processes do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from pointsman.core.effect import settle
from pointsman.core.security.passwords import KNOWN, MOST_OF_ALL, MOST_OF_ONE, WINDOW_SECONDS
from pointsman.core.security.session import IDLE_SECONDS, Session
from pointsman.services.ports.session_store import KNOWN_SECONDS, SessionStore

Opened: TypeAlias = tuple[SessionStore, SessionStore]
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Opened]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]


def a_session(name: str, at: float = 0.0, user: str = "ann") -> Session:
    """A session that is made of its name."""
    return Session(digest=name.encode(), user=user, began=at, seen=at)


async def a_session_is_found_until_it_is_ended(opening: Opening) -> None:
    """In every process, with when it was heard of last; time does not go back."""
    async with opening() as (mine, yours):
        (await settle(mine.add(a_session("a", 5.0)))).unwrap()
        assert (await settle(yours.find(b"a"))).unwrap() == a_session("a", 5.0)
        assert (await settle(yours.find(b"b"))).unwrap() is None
        (await settle(yours.touch(b"a", 9.0))).unwrap()
        (await settle(yours.touch(b"a", 7.0))).unwrap()
        (await settle(yours.touch(b"nobody", 7.0))).unwrap()
        found = (await settle(mine.find(b"a"))).unwrap()
        assert found is not None
        assert (found.began, found.seen) == (5.0, 9.0)
        assert (await settle(yours.remove(b"a"))).unwrap() is True
        assert (await settle(mine.remove(b"a"))).unwrap() is False
        assert (await settle(mine.find(b"a"))).unwrap() is None


async def all_of_a_user_end_but_one(opening: Opening) -> None:
    """Those of others stay."""
    async with opening() as (mine, yours):
        for session in (a_session("a"), a_session("b"), a_session("c"), a_session("d", user="bob")):
            (await settle(mine.add(session))).unwrap()
        assert (await settle(yours.remove_all("ann", b"b"))).unwrap() == 2
        left = [name for name in (b"a", b"b", b"c", b"d") if (await settle(mine.find(name))).unwrap() is not None]
        assert left == [b"b", b"d"]
        assert (await settle(yours.remove_all("ann"))).unwrap() == 1


async def what_is_over_is_forgotten(opening: Opening) -> None:
    """When another begins."""
    async with opening() as (mine, yours):
        (await settle(mine.add(a_session("a", 0.0)))).unwrap()
        (await settle(mine.add(a_session("b", 10.0)))).unwrap()
        (await settle(yours.add(a_session("c", 5.0 + IDLE_SECONDS)))).unwrap()
        left = [name for name in (b"a", b"b", b"c") if (await settle(mine.find(name))).unwrap() is not None]
        assert left == [b"b", b"c"]


async def a_browser_is_known_for_a_year(opening: Opening) -> None:
    """And by its mark alone."""
    async with opening() as (mine, yours):
        (await settle(mine.know_browser(b"m", 100.0))).unwrap()
        assert (await settle(yours.knows_browser(b"m", 100.0 + KNOWN_SECONDS))).unwrap() is True
        assert (await settle(yours.knows_browser(b"m", 101.0 + KNOWN_SECONDS))).unwrap() is False
        assert (await settle(yours.knows_browser(b"n", 100.0))).unwrap() is False


async def a_guess_is_counted_before_it_is_tried(opening: Opening) -> None:
    """In all processes together; after too many there is a wait, which counts nothing and ends exactly."""
    async with opening() as (mine, yours):
        for number in range(MOST_OF_ONE):
            assert (await settle((mine, yours)[number % 2].count_guess("a", 10.0 + number))).unwrap() == 0
        for _ in range(3):
            assert (await settle(yours.count_guess("a", 20.0))).unwrap() == WINDOW_SECONDS - 10.0
        assert (await settle(mine.count_guess("b", 20.0))).unwrap() == 0
        assert (await settle(mine.count_guess("a", 10.0 + WINDOW_SECONDS))).unwrap() == 0
        assert (await settle(mine.count_guess("a", 10.0 + WINDOW_SECONDS))).unwrap() == 1.0
        (await settle(yours.forgive_guess("a", 10.0 + WINDOW_SECONDS))).unwrap()
        (await settle(yours.forgive_guess("a", 10.5))).unwrap()
        assert (await settle(mine.count_guess("a", 10.0 + WINDOW_SECONDS))).unwrap() == 0
        assert (await settle(mine.count_guess("a", 10.0 + WINDOW_SECONDS))).unwrap() == 1.0


async def strangers_count_together_and_lock_out_nobody_who_is_known(opening: Opening) -> None:
    """Who has known a password before is counted alone."""
    async with opening() as (mine, yours):
        for number in range(MOST_OF_ALL):
            assert (await settle(mine.count_guess(f"stranger {number}", 1.0))).unwrap() == 0
        assert (await settle(yours.count_guess("another", 2.0))).unwrap() == WINDOW_SECONDS - 1.0
        for _ in range(MOST_OF_ONE):
            assert (await settle(yours.count_guess(f"{KNOWN}m", 2.0))).unwrap() == 0
        assert (await settle(yours.count_guess(f"{KNOWN}m", 2.0))).unwrap() == WINDOW_SECONDS
        assert (await settle(yours.count_guess(f"{KNOWN}n", 2.0))).unwrap() == 0
        assert (await settle(yours.count_guess("another", 1.0 + WINDOW_SECONDS))).unwrap() == 0


LAWS: tuple[Law, ...] = (
    a_session_is_found_until_it_is_ended,
    all_of_a_user_end_but_one,
    what_is_over_is_forgotten,
    a_browser_is_known_for_a_year,
    a_guess_is_counted_before_it_is_tried,
    strangers_count_together_and_lock_out_nobody_who_is_known,
)
