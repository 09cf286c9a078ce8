"""Virtual keys in memory."""

from __future__ import annotations

import attrs
from returns.future import FutureResult

from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.ports.settings_store import SettingsStore


@attrs.define
class MemoryKeys:
    """A `KeyStore` of this process; `settings` keeps the trail of changes."""

    settings: SettingsStore
    version: MemoryAuthorityVersion = attrs.field(factory=MemoryAuthorityVersion)
    _kept: dict[str, VirtualKey] = attrs.field(factory=dict, repr=False)

    def all(self) -> FutureResult[tuple[VirtualKey, ...], StorageError]:
        """As `KeyStore.all`."""
        return FutureResult.from_value(tuple(sorted(self._kept.values(), key=lambda key: (key.created, key.id))))

    def find(self, digest: bytes) -> FutureResult[VirtualKey | None, StorageError]:
        """As `KeyStore.find`."""
        return FutureResult.from_value(next((key for key in self._kept.values() if key.digest == digest), None))

    def put(self, key: VirtualKey, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """As `KeyStore.put`."""
        self._kept[key.id] = key
        self.version.grow()
        return self.settings.record(audit)

    def replace(self, old: VirtualKey, new: VirtualKey, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """As `KeyStore.replace`."""
        kept = self._kept.get(old.id)
        if kept is None or attrs.evolve(kept, last_used=old.last_used) != old:
            return FutureResult.from_value(False)
        self.version.grow()
        self._kept[old.id] = attrs.evolve(new, last_used=kept.last_used)
        return self.settings.record(audit).map(lambda _: True)

    def remove(self, id: str, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """As `KeyStore.remove`."""
        self.version.grow()
        if self._kept.pop(id, None) is None:
            return FutureResult.from_value(False)
        return self.settings.record(audit).map(lambda _: True)

    def forget_owner(self, owner: str) -> None:
        """Delete every key of a user who is deleted."""
        for id in [key.id for key in self._kept.values() if key.owner == owner]:
            del self._kept[id]
        self.version.grow()

    def used(self, id: str, now: float) -> FutureResult[None, StorageError]:
        """As `KeyStore.used`."""
        if id in self._kept:
            self._kept[id] = attrs.evolve(self._kept[id], last_used=now)
        return FutureResult.from_value(None)
