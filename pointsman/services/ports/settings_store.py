"""Ports: where settings come from, and those that change while the program runs, with the trail of who did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs
from returns.future import FutureResult
from returns.result import Result

from pointsman.core.error import ConfigurationError, StorageError
from pointsman.core.json import Json, JsonObject
from pointsman.core.security.audit import AuditEntry
from pointsman.core.settings import ProviderSettings, Settings


@attrs.frozen(kw_only=True)
class StoredSettings:
    """What is kept: providers by name, the active one, and what users want otherwise, by user and name;
    the hash of the page's password.

    `version` grows with every change.
    """

    providers: Mapping[str, ProviderSettings] = attrs.field(factory=dict)
    active: str | None = None
    overrides: Mapping[str, Mapping[str, Json]] = attrs.field(factory=dict)
    password: str | None = attrs.field(default=None, repr=False)
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    """Names of the user's own for models, see `pointsman.core.models.aliases`."""
    values: JsonObject = attrs.field(factory=dict, repr=False)
    """What else was saved of `Settings`: by the names of its fields, as it would stand in a file, secrets in clear."""
    version: int = 0


class SettingsStore(Protocol):
    """Keeps settings, secrets encrypted. A change is there whole, with its audit entry, or not at all."""

    def read(self) -> FutureResult[StoredSettings, StorageError]:
        """All of it, secrets opened."""
        ...

    def write(self, settings: StoredSettings, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """Keep `settings` with the next version, unless theirs is no longer the newest: then False, and nothing."""
        ...

    def record(self, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """Keep a trace of a change that is kept elsewhere."""
        ...

    def audit(self, limit: int = 100, before: int | None = None) -> FutureResult[tuple[AuditEntry, ...], StorageError]:
        """The latest changes, `limit` entries at most, those before the id `before`; the latest first."""
        ...

    def forget_audit(self, before: float) -> FutureResult[int, StorageError]:
        """Delete the traces of changes made before `before` (Unix seconds), and say how many there were."""
        ...

    def forget_secrets(self, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """Give up all that is encrypted, also where it cannot be opened."""
        ...


class SettingsSource(Protocol):
    """Gives the settings as they are now."""

    def __call__(self) -> Result[Settings, ConfigurationError]:
        """Read them; everything that is wrong with them is one `ConfigurationError`, and nothing raises."""
        ...
