"""Settings in memory."""

from __future__ import annotations

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.records.read import fields_of
from pointsman.core.records.secrets import split_secrets
from pointsman.core.security.audit import AuditEntry
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.services.ports.settings_store import StoredSettings


@attrs.define
class SettingsInMemory:
    """A `SettingsStore` of this process."""

    _kept: StoredSettings = attrs.field(factory=StoredSettings, repr=False)
    _trail: list[AuditEntry] = attrs.field(factory=list, repr=False)
    _noted: int = 0

    def read(self) -> FutureResult[StoredSettings, StorageError]:
        """As `SettingsStore.read`."""
        return FutureResult.from_value(self._kept)

    def write(self, settings: StoredSettings, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """As `SettingsStore.write`."""
        if settings.version != self._kept.version:
            return FutureResult.from_value(False)
        self._kept = attrs.evolve(settings, version=settings.version + 1)
        self._note(audit)
        return FutureResult.from_value(True)

    def record(self, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """As `SettingsStore.record`."""
        self._note(audit)
        return FutureResult.from_value(None)

    def audit(self, limit: int = 100, before: int | None = None) -> FutureResult[tuple[AuditEntry, ...], StorageError]:
        """As `SettingsStore.audit`."""
        found = [entry for entry in reversed(self._trail) if before is None or entry.id < before]
        return FutureResult.from_value(tuple(found[:limit]))

    def forget_audit(self, before: float) -> FutureResult[int, StorageError]:
        """As `SettingsStore.forget_audit`."""
        kept = [one for one in self._trail if one.time >= before]
        gone = len(self._trail) - len(kept)
        self._trail[:] = kept
        return FutureResult.from_value(gone)

    def forget_secrets(self, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """As `SettingsStore.forget_secrets`."""
        providers = {name: without_secrets(one) for name, one in self._kept.providers.items()}
        values, _ = split_secrets(Settings, self._kept.values)
        self._kept = attrs.evolve(self._kept, providers=providers, values=values, version=self._kept.version + 1)
        self._note(audit)
        return FutureResult.from_value(None)

    def _note(self, audit: AuditEntry) -> None:
        self._noted += 1
        self._trail.append(attrs.evolve(audit, id=self._noted))


def without_secrets(provider: ProviderSettings) -> ProviderSettings:
    """`provider`, all that is secret in it forgotten."""
    secret = {field.name for field in fields_of(ProviderSettings) if field.is_secret}
    usual = ProviderSettings(name=provider.name)
    return attrs.evolve(provider, **{name: getattr(usual, name) for name in secret})
