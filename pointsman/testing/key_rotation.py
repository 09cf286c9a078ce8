"""A rotation of keys in memory, where nothing is encrypted: it counts what would be encrypted again."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.core.memory import Memory, MemoryScope
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.ports.key_rotation import Reencrypted
from pointsman.services.ports.stores import Stores

_PAGE = 200


@attrs.define
class CountingRotation:
    """A `KeyRotation` over `stores`: of memories it counts those of `users`, and those that are for everybody.

    `rotations` has one entry for each time that it was done: whether the old keys were to go. Where `error` is set it
    fails with that, as a disk that is full would.
    """

    stores: Stores
    users: tuple[str, ...] = ()
    rotations: list[bool] = attrs.field(factory=list)
    error: StorageError | None = None

    @effect
    async def rotate(self, *, drop: bool) -> Result[Reencrypted, StorageError]:
        """As `KeyRotation.rotate`."""
        if self.error is not None:
            return Failure(self.error)
        self.rotations.append(drop)
        settings = await settle(self.stores.settings.read())
        if isinstance(settings, Failure):
            return Failure(settings.failure())
        providers = settings.unwrap().providers.values()
        conversations, messages = await self._conversations()
        memories = {one.id for user in ("", *self.users) for one in await self._memories(user)}
        return Success(
            Reencrypted(
                providers=sum(one.api_key is not None for one in providers),
                conversations=conversations,
                messages=messages,
                memories=len(memories),
            )
        )

    async def _conversations(self) -> tuple[int, int]:
        """How many conversations there are, and how many messages in them."""
        store, query, ids = self.stores.conversations, ConversationQuery(limit=_PAGE), list[str]()
        while page := (await settle(store.find(query))).value_or(()):
            ids += [one.id for one in page]
            query = attrs.evolve(query, before=(page[-1].updated, page[-1].id))
        messages = 0
        for id in ids:
            messages += (await settle(store.get(id))).map(lambda dialogue: len(dialogue.entries)).value_or(0)
        return len(ids), messages

    async def _memories(self, user: str) -> tuple[Memory, ...]:
        return (await settle(self.stores.memories.all(MemoryScope(user=user)))).value_or(())
