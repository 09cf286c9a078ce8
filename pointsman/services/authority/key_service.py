"""Where virtual keys are made, changed and deleted: every change is checked, kept, and leaves a trace."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import InvalidRequest, StorageError, wrong_input
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.core.security.key_change import KeyChange, change_key, key_changes
from pointsman.core.security.virtual_key import VirtualKey, digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.key_store import KeyStore

_TRIES = 20
_ID = 12
"""Letters of a key's id, which tells nothing of its secret: it is the beginning of the digest of 256 random bits."""
KeyFailure: TypeAlias = StorageError | InvalidRequest


@attrs.frozen
class KeyService:
    """Changes the keys of `store`. `who` is told in the trail."""

    store: KeyStore
    clock: Clock

    @effect
    async def make(
        self, text: str, fields: KeyChange, given: Collection[str], who: str, owner: str = ""
    ) -> Result[VirtualKey, KeyFailure]:
        """A new key, which opens by the secret `text`. What is not `given` is as usual: every model, without limits.

        `owner` is the id of the user whose it is.
        """
        digest = digest_of(text)
        plain = VirtualKey(
            id=digest.hex()[:_ID], name="", prefix=f"{text[:7]}…", digest=digest, created=self.clock.now(), owner=owner
        )
        made = change_key(plain, fields, {*given, "name"})
        if isinstance(made, Failure):
            return Failure(wrong_input(made.failure()))
        key = made.unwrap()
        entry = self._entry(key, "key.create", who, FieldChange("key", None, key.prefix))
        kept = await settle(self.store.put(key, entry))
        if isinstance(kept, Failure):
            return Failure(await self._take_back(key, who, kept.failure()))
        return Success(key)

    @effect
    async def change(
        self, id: str, change: KeyChange, given: Collection[str], who: str
    ) -> Result[VirtualKey, KeyFailure]:
        """The key `id` with the fields that are `given`. What changes nothing leaves no trace."""
        for _ in range(_TRIES):
            found = await settle(self.find(id))
            if isinstance(found, Failure):
                return found
            old = found.unwrap()
            made = change_key(old, change, given)
            if isinstance(made, Failure):
                return Failure(wrong_input(made.failure()))
            new = made.unwrap()
            if new == old:
                return Success(old)
            entry = self._entry(old, "key.update", who, *key_changes(old, new))
            replaced = await settle(self.store.replace(old, new, entry))
            if isinstance(replaced, Failure):
                return Failure(replaced.failure())
            if replaced.unwrap():
                return Success(new)
        return Failure(StorageError(detail="the key is being changed by many at once; try again"))

    @effect
    async def delete(self, id: str, who: str) -> Result[None, KeyFailure]:
        """It opens nothing any more, in no process."""
        found = await settle(self.find(id))
        if isinstance(found, Failure):
            return Failure(found.failure())
        key = found.unwrap()
        return (await settle(self.store.remove(key.id, self._entry(key, "key.delete", who)))).map(lambda _: None)

    @effect
    async def find(self, id: str) -> Result[VirtualKey, KeyFailure]:
        """The key `id`."""
        every = await settle(self.store.all())
        if isinstance(every, Failure):
            return Failure(every.failure())
        found = next((key for key in every.unwrap() if key.id == id), None)
        return Failure(no_key(id)) if found is None else Success(found)

    async def _take_back(self, key: VirtualKey, who: str, why: StorageError) -> StorageError:
        """`why` a key was not made, once it is certain that it was not; else why nothing of it could be taken back."""
        gone = await settle(self.store.remove(key.id, self._entry(key, "key.delete", who)))
        return gone.failure() if isinstance(gone, Failure) else why

    def _entry(self, key: VirtualKey, what: str, who: str, *changes: FieldChange) -> AuditEntry:
        return AuditEntry(time=self.clock.now(), who=who, what=what, target=key.name, changes=changes)


def no_key(id: str) -> InvalidRequest:
    """There is no key `id`."""
    return InvalidRequest(detail=f"there is no key {id!r}", status=404, local=True)
