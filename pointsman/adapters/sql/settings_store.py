"""Settings in a SQLite file. Keys, headers and proxies are sealed; nothing of them stands in the file in clear."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.proof import ensure_current
from pointsman.adapters.sql.transactions import SEALING, SETTINGS, SqlConnection, SqlDatabase
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps, dumps_text, loads
from pointsman.core.records.read import fields_of, read_record
from pointsman.core.records.secrets import put_at, split_secrets
from pointsman.core.records.values import Problems, with_places
from pointsman.core.records.write import as_json, write_record
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.services.ports.cipher import Cipher, retry_on_rotation
from pointsman.services.ports.settings_store import StoredSettings


@attrs.frozen
class SqlSettings:
    """A `SettingsStore` in `database`, whose secrets are sealed by `cipher`."""

    database: SqlDatabase
    cipher: Cipher

    @effect
    async def read(self) -> Result[StoredSettings, StorageError]:
        """As `SettingsStore.read`."""
        return await retry_on_rotation(self.cipher, self._read)

    async def _read(self) -> Result[StoredSettings, StorageError]:
        read = await self.database.read(_select)
        if isinstance(read, Failure):
            return Failure(read.failure())
        kept, providers = read.unwrap()
        if any(sealed for _, _, sealed in providers):
            ready = await self.cipher.prepare()
            if isinstance(ready, Failure):
                return Failure(ready.failure())
        found: dict[str, ProviderSettings] = {}
        saved: JsonObject = {}
        for name, plain, sealed in providers:
            if name == _VALUES:
                opened = self._values(plain, sealed)
                if isinstance(opened, Failure):
                    return Failure(opened.failure())
                saved = opened.unwrap()
                continue
            one = self._provider(name, plain, sealed)
            if isinstance(one, Failure):
                return Failure(one.failure())
            found[name] = one.unwrap()
        values = as_object(loads(kept.get("overrides", "{}")).value_or({}))
        aliases = as_object(loads(kept.get("aliases", "{}")).value_or({}))
        return Success(
            StoredSettings(
                providers=found,
                active=kept.get("active") or None,
                password=kept.get("password") or None,
                overrides={user: as_object(own) for user, own in values.items()},
                aliases={name: as_text(target) for name, target in aliases.items()},
                values=saved,
                version=int(kept.get("version", "0")),
            )
        )

    @effect
    async def write(self, settings: StoredSettings, audit: AuditEntry) -> Result[bool, StorageError]:
        """As `SettingsStore.write`."""
        return await retry_on_rotation(self.cipher, lambda: self._write(settings, audit))

    async def _write(self, settings: StoredSettings, audit: AuditEntry) -> Result[bool, StorageError]:
        rows = await self._rows(settings)
        if isinstance(rows, Failure):
            return Failure(rows.failure())
        mark = self.cipher.key_id if any(sealed for _, _, sealed in rows.unwrap()) else None

        def change(connection: SqlConnection) -> bool:
            ensure_current(connection, mark)
            kept, _ = _select(connection)
            if int(kept.get("version", "0")) != settings.version:
                return False
            connection.execute("DELETE FROM provider")
            connection.executemany("INSERT INTO provider (name, plain, sealed) VALUES (?, ?, ?)", rows.unwrap())
            _keep(connection, "active", settings.active or "")
            _keep(connection, "overrides", dumps_text(settings.overrides))
            _keep(connection, "password", settings.password or "")
            _keep(connection, "aliases", dumps_text(dict(settings.aliases)))
            _keep(connection, "version", str(settings.version + 1))
            note(connection, audit)
            return True

        return await self.database.run(change, locks=(SETTINGS, SEALING))

    @effect
    async def record(self, audit: AuditEntry) -> Result[None, StorageError]:
        """As `SettingsStore.record`."""
        return await self.database.run(lambda connection: note(connection, audit))

    @effect
    async def audit(self, limit: int = 100, before: int | None = None) -> Result[tuple[AuditEntry, ...], StorageError]:
        """As `SettingsStore.audit`."""

        def select(connection: SqlConnection) -> tuple[AuditEntry, ...]:
            older = "" if before is None else "WHERE id < ?"
            rows = connection.execute(
                f"SELECT id, time, who, what, target, changes FROM audit {older} ORDER BY id DESC LIMIT ?",
                (limit,) if before is None else (before, limit),
            )
            return tuple(_audit(row) for row in rows)

        return await self.database.read(select)

    @effect
    async def forget_audit(self, before: float) -> Result[int, StorageError]:
        """As `SettingsStore.forget_audit`."""
        gone = await self.database.run(
            lambda connection: connection.execute("DELETE FROM audit WHERE time < ?", (before,)).rowcount
        )
        if gone.value_or(0):
            await self.database.erase()
        return gone

    @effect
    async def forget_secrets(self, audit: AuditEntry) -> Result[None, StorageError]:
        """As `SettingsStore.forget_secrets`."""

        def change(connection: SqlConnection) -> None:
            kept, _ = _select(connection)
            connection.execute("UPDATE provider SET sealed = NULL")
            connection.execute("DELETE FROM sealing")
            _keep(connection, "version", str(int(kept.get("version", "0")) + 1))
            note(connection, audit)

        return await self.database.run(change, locks=(SETTINGS, SEALING))

    async def _rows(self, settings: StoredSettings) -> Result[list[tuple[str, bytes, bytes | None]], StorageError]:
        """What is to be kept, all of it sealed under the mark that counts when this is done."""
        parts: dict[str, tuple[JsonObject, Json]] = {name: _parts(one) for name, one in settings.providers.items()}
        if settings.values:
            parts[_VALUES] = split_secrets(Settings, settings.values)
        if any(secret for _, secret in parts.values()):
            ready = await self.cipher.prepare()
            if isinstance(ready, Failure):
                return Failure(ready.failure())
        return Success(
            [
                (name, dumps(plain), self.cipher.encrypt(dumps(secret)) if secret else None)
                for name, (plain, secret) in parts.items()
            ]
        )

    def _values(self, plain: bytes, sealed: bytes | None) -> Result[JsonObject, StorageError]:
        """What else was saved, its secrets put back where they stood."""
        values = as_object(loads(bytes(plain)).value_or({}))
        clear: Result[bytes, StorageError] = self.cipher.decrypt(bytes(sealed)) if sealed else Success(b"[]")
        if isinstance(clear, Failure):
            return Failure(clear.failure())
        for one in as_list(loads(clear.unwrap()).value_or([])):
            path, secret = as_list(one)
            values = put_at(values, tuple(map(as_text, as_list(path))), secret)
        return Success(values)

    def _provider(self, name: str, plain: bytes, sealed: bytes | None) -> Result[ProviderSettings, StorageError]:
        table = dict(as_object(loads(bytes(plain)).value_or({})))
        if sealed:
            clear = self.cipher.decrypt(bytes(sealed))
            if isinstance(clear, Failure):
                return Failure(clear.failure())
            table |= as_object(loads(clear.unwrap()).value_or({}))
        known = {field.name for field in fields_of(ProviderSettings)}  # a newer version may have kept more
        problems = Problems()
        raw = with_places({key: value for key, value in table.items() if key in known}, "", is_own=True)
        provider = read_record(ProviderSettings, raw, problems, name=name)
        if provider is None:
            what = "; ".join(problems.found)
            return Failure(self.database.unusable(f"the settings of the provider {name!r} are garbled ({what})"))
        return Success(provider)


_VALUES = "[settings]"
"""The row beside those of providers that holds what else was saved: a name that no provider can have.

So it is sealed, rotated and given up with them, in the same statements.
"""


def _parts(provider: ProviderSettings) -> tuple[JsonObject, JsonObject]:
    """What may be read, and what may not."""
    secret = {field.name for field in fields_of(ProviderSettings) if field.is_secret}
    table = as_object(as_json(write_record(provider)))
    plain = {key: value for key, value in table.items() if key not in secret}
    return plain, {key: value for key, value in table.items() if key in secret and value}


def _select(connection: SqlConnection) -> tuple[dict[str, str], list[Any]]:
    kept = dict(connection.execute("SELECT name, value FROM setting").fetchall())
    return kept, connection.execute("SELECT name, plain, sealed FROM provider ORDER BY rowid").fetchall()


def _keep(connection: SqlConnection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def note(connection: SqlConnection, audit: AuditEntry) -> None:
    """Keep a trace of a change, in the same transaction as it."""
    changes = dumps_text([[one.field, one.old, one.new] for one in audit.changes])
    connection.execute(
        "INSERT INTO audit (time, who, what, target, changes) VALUES (?, ?, ?, ?, ?)",
        (audit.time, audit.who, audit.what, audit.target, changes),
    )


def _audit(row: tuple[Any, ...]) -> AuditEntry:
    changes = (as_list(one) for one in as_list(loads(row[5]).value_or([])))
    return AuditEntry(
        id=row[0],
        time=row[1],
        who=row[2],
        what=row[3],
        target=row[4],
        changes=tuple(FieldChange(as_text(one[0]), _maybe(one[1]), _maybe(one[2])) for one in changes if len(one) == 3),
    )


def _maybe(value: Any) -> str | None:
    return None if value is None else as_text(value)
