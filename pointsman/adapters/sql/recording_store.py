"""Recordings in a database, a row each, shared by the processes that open it."""

from __future__ import annotations

from functools import partial

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.proof import ensure_current
from pointsman.adapters.sql.transactions import ANY_SEALED, SqlConnection, SqlDatabase, storable
from pointsman.adapters.tape_json import read_tape, tape_key, write_tape
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.services.encrypted_text import decrypt_text, encrypt_text, is_encrypted_text
from pointsman.services.ports.cipher import Cipher, retry_on_rotation
from pointsman.services.ports.recording_store import RecordedExchange, RecordedRequest

_KEEP = (
    "INSERT INTO recording (key, tenant, conversation, tape) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
    " tenant = excluded.tenant, conversation = excluded.conversation, tape = excluded.tape"
)


@attrs.frozen
class SqlRecordings:
    """A `RecordingStore` in `database`, without `secrets`, which `encrypts` what it keeps where it is told to.

    What it is found by, a digest of what is asked, and whose it is stay readable.
    """

    database: SqlDatabase
    cipher: Cipher
    encrypts: bool = False
    secrets: tuple[Secret, ...] = ()

    @effect
    async def find(self, request: RecordedRequest) -> Result[RecordedExchange | None, StorageError]:
        """As `RecordingStore.find`; one that cannot be read is an error."""
        key = tape_key(request, self.secrets)
        return await retry_on_rotation(self.cipher, partial(self._find, key))

    async def _find(self, key: str) -> Result[RecordedExchange | None, StorageError]:
        found = await self.database.read(partial(_select, key))
        text = found.value_or(None)
        if text is None:
            return found.map(lambda _: None)
        clear = await self._decrypt(text)
        return clear.bind(
            lambda data: read_tape(data).alt(lambda why: self.database.unusable(f"the recording {key[:12]} {why}"))
        )

    async def _decrypt(self, text: str) -> Result[bytes, StorageError]:
        if not is_encrypted_text(text):
            return Success(text.encode())
        ready = await self.cipher.prepare()
        return Failure(ready.failure()) if isinstance(ready, Failure) else decrypt_text(text, self.cipher)

    @effect
    async def keep(self, tape: RecordedExchange) -> Result[None, StorageError]:
        """As `RecordingStore.keep`."""
        options = tape.request.options
        whose = (tape_key(tape.request, self.secrets), storable(options.tenant), storable(options.conversation))
        data = write_tape(tape, self.secrets)
        if self.encrypts:
            return await retry_on_rotation(self.cipher, partial(self._encrypt, whose, data))
        return await self._keep((*whose, data.decode()), None)

    async def _encrypt(self, whose: tuple[str, str, str], data: bytes) -> Result[None, StorageError]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        return await self._keep((*whose, encrypt_text(data, self.cipher)), self.cipher.key_id)

    async def _keep(self, row: tuple[str, str, str, str], mark: bytes | None) -> Result[None, StorageError]:
        def write(connection: SqlConnection) -> None:
            ensure_current(connection, mark)
            connection.execute(_KEEP, row)

        return await self.database.run(write, locks=(ANY_SEALED,))


def _select(key: str, connection: SqlConnection) -> str | None:
    row = connection.execute("SELECT tape FROM recording WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])
