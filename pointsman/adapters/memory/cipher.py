"""A cipher that hides nothing, for stores that are gone with the process."""

from __future__ import annotations

import base64
import binascii

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import StorageError


@attrs.frozen
class PlainCipher:
    """A `Cipher` that writes base64."""

    key_id: None = None
    generation: int = 0

    async def prepare(self) -> Result[None, StorageError]:
        """Always ready."""
        return Success(None)

    async def renew(self) -> Result[None, StorageError]:
        """Nothing changes."""
        return Success(None)

    def encrypt(self, data: bytes) -> bytes:
        """As `Cipher.encrypt`, but the same each time."""
        return _MARK + base64.urlsafe_b64encode(data)

    def decrypt(self, token: bytes) -> Result[bytes, StorageError]:
        """As `Cipher.decrypt`."""
        try:
            if not token.startswith(_MARK):
                return Failure(StorageError(detail="it was not encrypted here"))
            return Success(base64.urlsafe_b64decode(token.removeprefix(_MARK)))
        except binascii.Error:
            return Failure(StorageError(detail="it was not encrypted here"))


_MARK = b"gAAAAA"
"""As a Fernet token begins."""
