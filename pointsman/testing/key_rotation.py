"""A rotation of keys in memory, where nothing is encrypted: it counts what would be encrypted again."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.memory.recording_store import MemoryRecordings
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.core.memory import MemoryScope
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
        dialogues, memories = await self._dialogues(), await self._memories()
        if isinstance(dialogues, Failure):
            return Failure(dialogues.failure())
        if isinstance(memories, Failure):
            return Failure(memories.failure())
        texts = await self._texts()
        if isinstance(texts, Failure):
            return Failure(texts.failure())
        return Success(
            Reencrypted(
                providers=sum(one.api_key is not None for one in settings.unwrap().providers.values()),
                conversations=len(dialogues.unwrap()),
                messages=sum(len(dialogue.entries) for dialogue in dialogues.unwrap()),
                memories=len(memories.unwrap()),
                texts=texts.unwrap(),
                recordings=self._recordings(),
            )
        )

    def _recordings(self) -> int:
        """How many there are where they are in memory; elsewhere nobody can tell."""
        kept = self.stores.recordings
        return len(kept.tapes) if isinstance(kept, MemoryRecordings) else 0

    async def _texts(self) -> Result[int, StorageError]:
        """How many texts all collections have."""
        every = await settle(self.stores.collections.all())
        return every.map(lambda collections: sum(one.size for one in collections))

    async def _dialogues(self) -> Result[list[Dialogue], StorageError]:
        store, query, found = self.stores.conversations, ConversationQuery(limit=_PAGE), list[Dialogue]()
        while True:
            page = await settle(store.find(query))
            if isinstance(page, Failure):
                return Failure(page.failure())
            for one in page.unwrap().conversations:
                read = unwrap_or_failure(await settle(store.get(one.id)))
                if isinstance(read, StorageError):
                    return Failure(read)
                if isinstance(read, Dialogue):  # else it was deleted meanwhile
                    found.append(read)
            if not page.unwrap().conversations:
                return Success(found)
            last = page.unwrap().conversations[-1]
            query = attrs.evolve(query, before=(last.updated, last.id))

    async def _memories(self) -> Result[set[str], StorageError]:
        """The ids of the memories of all users, and of those that are for everybody."""
        ids = set[str]()
        for user in ("", *self.users):
            read = await settle(self.stores.memories.all(MemoryScope(user=user)))
            if isinstance(read, Failure):
                return Failure(read.failure())
            ids.update(one.id for one in read.unwrap())
        return Success(ids)
