"""A vault that hides nothing, for stores that are gone with the process."""

from __future__ import annotations

import base64
import binascii

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import StorageError


@attrs.frozen
class PlainVault:
    """A `Vault` that writes base64."""

    mark: None = None
    turn: int = 0

    async def prepare(self) -> Result[None, StorageError]:
        """Always ready."""
        return Success(None)

    async def renew(self) -> Result[None, StorageError]:
        """Nothing changes."""
        return Success(None)

    def seal(self, data: bytes) -> bytes:
        """As `Vault.seal`, but the same each time."""
        return _MARK + base64.urlsafe_b64encode(data)

    def open(self, token: bytes) -> Result[bytes, StorageError]:
        """As `Vault.open`."""
        try:
            if not token.startswith(_MARK):
                return Failure(StorageError(detail="it was not sealed here"))
            return Success(base64.urlsafe_b64decode(token.removeprefix(_MARK)))
        except binascii.Error:
            return Failure(StorageError(detail="it was not sealed here"))


_MARK = b"gAAAAA"
"""As a Fernet token begins."""
