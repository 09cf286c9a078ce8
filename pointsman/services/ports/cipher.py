"""Port: encryption of what is stored, so that the file alone gives nothing away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from returns.result import Failure, Result, Success

from pointsman.core.error import StorageError

_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_TRIES = 20
PROOF = b"pointsman"
"""The plain text of a mark: who can decrypt it has the key."""


class Cipher(Protocol):
    """Encrypts and decrypts. Call `prepare` first; it makes a key only if nothing has ever been encrypted."""

    @property
    def key_id(self) -> bytes | None:
        """Id of the key that encrypts now, stored beside the data; None if keys never rotate.

        What was encrypted under a mark that is no longer the stored one must not be written: its key may be dropped.
        """
        ...

    @property
    def generation(self) -> int:
        """Generation of the keys: grows whenever other keys, or another mark, are loaded."""
        ...

    async def prepare(self) -> Result[None, StorageError]:
        """Load the key. A key that is lost, or not the one the data was encrypted with, is a `StorageError`."""
        ...

    async def renew(self) -> Result[None, StorageError]:
        """Load the keys again, whether or not they seem to have changed; does nothing where no key was needed yet."""
        ...

    def encrypt(self, data: bytes) -> bytes:
        """`data`, encrypted: different each time, so that equal texts cannot be recognised."""
        ...

    def decrypt(self, token: bytes) -> Result[bytes, StorageError]:
        """`token`, decrypted."""
        ...


class RotatingCipher(Cipher, Protocol):
    """A `Cipher` whose keys can be changed."""

    def add_key(self) -> Result[None, StorageError]:
        """Encrypt with a new key from now on; the older ones still decrypt what they have encrypted."""
        ...

    def drop_keys(self, keep: int) -> Result[None, StorageError]:
        """Forget all but the newest `keep` keys."""
        ...


async def retry_on_rotation(
    cipher: Cipher, attempt: Callable[[], Awaitable[Result[_Value, _Error]]]
) -> Result[_Value, _Error]:
    """The result of `attempt`, made again if it failed because another process rotated the keys meanwhile."""
    tries = 1
    while True:
        turn = cipher.generation
        outcome = await attempt()
        if isinstance(outcome, Success) or not isinstance(outcome.failure(), StorageError) or tries == _TRIES:
            return outcome
        renewed = await cipher.renew()
        if isinstance(renewed, Failure) or cipher.generation == turn:
            return outcome
        tries += 1
