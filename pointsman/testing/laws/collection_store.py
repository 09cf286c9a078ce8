"""The laws of `CollectionStore`. A law takes an opening of a new, empty one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from returns.result import Success

from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.effect import settle
from pointsman.services.ports.collection_store import CollectionStore

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[CollectionStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]

ENTRIES = tuple(CollectionEntry(id, f"text of {id}", (0.5, -0.25)) for id in ("a", "é", "信号", "😀"))


async def what_is_put_is_read_as_it_was_in_the_order_of_ids(opening: Opening) -> None:
    async with opening() as store:
        assert await settle(store.page("notes", "", 10)) == Success(())
        assert await settle(store.put("notes", "p/m", ENTRIES[::-1])) == Success(Collection("notes", "p/m", 4))
        assert await settle(store.page("notes", "", 10)) == Success(ENTRIES)


async def pages_follow_one_another(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.put("notes", "p/m", ENTRIES))
        assert await settle(store.page("notes", "", 3)) == Success(ENTRIES[:3])
        assert await settle(store.page("notes", ENTRIES[2].id, 3)) == Success(ENTRIES[3:])


async def an_entry_of_the_same_id_is_replaced_and_the_model_stays(opening: Opening) -> None:
    other = CollectionEntry("a", "another", (1.0, 0.0))
    async with opening() as store:
        await settle(store.put("notes", "p/m", ENTRIES))
        assert await settle(store.put("notes", "q/n", (other,))) == Success(Collection("notes", "p/m", 4))
        assert await settle(store.page("notes", "", 1)) == Success((other,))


async def collections_are_apart_and_listed_by_name(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.put("notes", "p/m", ENTRIES))
        await settle(store.put("mails", "q/n", ()))
        assert await settle(store.all()) == Success((Collection("mails", "q/n", 0), Collection("notes", "p/m", 4)))
        assert await settle(store.page("mails", "", 9)) == Success(())


async def what_is_deleted_is_gone(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.put("notes", "p/m", ENTRIES))
        await settle(store.put("mails", "p/m", ENTRIES))
        assert await settle(store.delete("notes", ("a", "nosuch", "é", "é"))) == Success(2)
        assert await settle(store.page("notes", "", 9)) == Success(ENTRIES[2:])
        assert await settle(store.delete("notes")) == Success(2)
        assert await settle(store.delete("notes")) == Success(0)
        assert await settle(store.all()) == Success((Collection("mails", "p/m", 4),))


LAWS: tuple[Law, ...] = (
    what_is_put_is_read_as_it_was_in_the_order_of_ids,
    pages_follow_one_another,
    an_entry_of_the_same_id_is_replaced_and_the_model_stays,
    collections_are_apart_and_listed_by_name,
    what_is_deleted_is_gone,
)
