"""Port: what seals a text so that the file it is kept in does not tell it."""

from __future__ import annotations

from typing import Protocol

from returns.result import Result

from pointsman.core.error import StorageError


class Vault(Protocol):
    """Seals and opens. `prepare` must have succeeded before; it makes a key only where nothing has ever been sealed."""

    async def prepare(self) -> Result[None, StorageError]:
        """Get the key ready; a key that is lost or does not fit is a `StorageError` that says what to do."""
        ...

    def seal(self, data: bytes) -> bytes:
        """`data`, sealed: never twice the same."""
        ...

    def open(self, token: bytes) -> Result[bytes, StorageError]:
        """What was sealed in `token`."""
        ...
