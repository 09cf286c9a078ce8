"""Port: what seals a text so that the file it is kept in does not tell it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from returns.result import Failure, Result, Success

from pointsman.core.error import StorageError

_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
_TRIES = 20
PROOF = b"pointsman"
"""What is sealed in the mark."""


class Vault(Protocol):
    """Seals and opens. `prepare` must have succeeded before; it makes a key only where nothing has ever been sealed."""

    @property
    def mark(self) -> bytes | None:
        """What stands beside the sealed while the newest key is the one that seals here; None where keys do not change.

        What was sealed under a mark that does not stand there any more must not be kept: its key may be dropped.
        """
        ...

    @property
    def turn(self) -> int:
        """Grows whenever other keys, or another mark, are taken up."""
        ...

    async def prepare(self) -> Result[None, StorageError]:
        """Get the key ready; a key that is lost or does not fit is a `StorageError` that says what to do."""
        ...

    async def renew(self) -> Result[None, StorageError]:
        """Read the keys again, also where nothing tells that they have changed; where none was needed, none is."""
        ...

    def seal(self, data: bytes) -> bytes:
        """`data`, sealed: never twice the same."""
        ...

    def open(self, token: bytes) -> Result[bytes, StorageError]:
        """What was sealed in `token`."""
        ...


class RotatingVault(Vault, Protocol):
    """A `Vault` whose keys can be changed."""

    def add_key(self) -> Result[None, StorageError]:
        """Seal with a new key from now on; those before still open what they have sealed."""
        ...

    def drop_keys(self, keep: int) -> Result[None, StorageError]:
        """Forget all but the newest `keep` keys."""
        ...


async def kept_up(vault: Vault, attempt: Callable[[], Awaitable[Result[_Value, _Error]]]) -> Result[_Value, _Error]:
    """What `attempt` gives; where it fails while another process changes the keys, what it gives with the new ones."""
    tries = 1
    while True:
        turn = vault.turn
        outcome = await attempt()
        if isinstance(outcome, Success) or not isinstance(outcome.failure(), StorageError) or tries == _TRIES:
            return outcome
        renewed = await vault.renew()
        if isinstance(renewed, Failure) or vault.turn == turn:
            return outcome
        tries += 1
