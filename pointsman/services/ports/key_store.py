"""Port: the keys that the gateway has given out."""

from __future__ import annotations

from typing import Protocol

from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey


class KeyStore(Protocol):
    """Keeps virtual keys; a change is there with its audit entry, or not at all. Times are Unix seconds."""

    def all(self) -> FutureResult[tuple[VirtualKey, ...], StorageError]:
        """Every key, the oldest first."""
        ...

    def find(self, digest: bytes) -> FutureResult[VirtualKey | None, StorageError]:
        """The key whose digest this is."""
        ...

    def put(self, key: VirtualKey, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """Keep `key`, in place of the one with its id."""
        ...

    def replace(self, old: VirtualKey, new: VirtualKey, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """Keep `new` in place of `old`, unless that has been changed or deleted meanwhile: then False, and nothing.

        When it was used last is no change, and stays.
        """
        ...

    def remove(self, id: str, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """Delete a key; says whether it was there."""
        ...

    def used(self, id: str, now: float) -> FutureResult[None, StorageError]:
        """Note that it was used."""
        ...
