"""A vault of Fernet tokens (AES-128-CBC and HMAC-SHA256, by `cryptography`), with keys that can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.keys.key_file import Keys
from pointsman.core.error import StorageError
from pointsman.core.secret import Secret

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_PROOF = b"pointsman"


class KeySource(Protocol):
    """Where the keys are: a file, or a keyring."""

    @property
    def place(self) -> str: ...

    def version(self) -> object: ...

    def read(self) -> Result[Keys, StorageError]: ...

    def write(self, keys: Keys, *, new: bool = False) -> Result[Keys, StorageError]: ...


class ProofStore(Protocol):
    """Where a sealed word is kept, beside what else is sealed, that tells whether the keys are the right ones."""

    async def read_proof(self) -> Result[bytes | None, StorageError]: ...

    async def write_proof(self, token: bytes) -> Result[bytes, StorageError]: ...


@attrs.define
class FernetVault:
    """A `Vault` with the keys of `source`. They are read again when they have changed."""

    source: KeySource
    proof: ProofStore
    _fernet: MultiFernet | None = attrs.field(default=None, init=False, repr=False)
    _version: object = attrs.field(default=None, init=False, repr=False)

    async def prepare(self) -> Result[None, StorageError]:
        """As `Vault.prepare`."""
        if self._fernet is not None and self._version == self.source.version():
            return Success(None)
        kept = await self.proof.read_proof()
        if isinstance(kept, Failure):
            return Failure(kept.failure())
        token = kept.unwrap()
        read = self.source.read() if token else self.source.read().bind(self._or_new)
        if isinstance(read, Failure):
            return Failure(read.failure())
        loaded = self._load(read.unwrap())
        if isinstance(loaded, Failure):
            return loaded
        if token is None:
            written = await self.proof.write_proof(self.seal(_PROOF))
            if isinstance(written, Failure):
                return Failure(written.failure())
            token = written.unwrap()
        return self._proved(token)

    def _or_new(self, keys: Keys) -> Result[Keys, StorageError]:
        return Success(keys) if keys else self.source.write((new_key(),), new=True)

    def _load(self, keys: Keys) -> Result[None, StorageError]:
        from cryptography.fernet import Fernet, MultiFernet

        if not keys:
            return Failure(self._useless("is gone"))
        try:
            self._fernet = MultiFernet([Fernet(key.reveal()) for key in keys])
        except ValueError:
            return Failure(self._useless("holds no keys"))
        self._version = self.source.version()
        return Success(None)

    def _proved(self, token: bytes) -> Result[None, StorageError]:
        if isinstance(self.open(token), Success):
            return Success(None)
        self._fernet = None
        return Failure(self._useless("does not fit what was sealed"))

    def _useless(self, why: str) -> StorageError:
        return StorageError(
            detail=f"{self.source.place} {why}; put the right one back from a backup (nothing has been changed), or "
            "give up what was sealed by `pointsman settings forget-secrets`"
        )

    def seal(self, data: bytes) -> bytes:
        """As `Vault.seal`."""
        assert self._fernet is not None, "prepare() comes first"
        return self._fernet.encrypt(data)

    def open(self, token: bytes) -> Result[bytes, StorageError]:
        """As `Vault.open`."""
        from cryptography.fernet import InvalidToken

        assert self._fernet is not None, "prepare() comes first"
        try:
            return Success(self._fernet.decrypt(token))
        except InvalidToken:
            return Failure(self._useless("does not fit what was sealed"))

    def add_key(self) -> Result[None, StorageError]:
        """Seal with a new key from now on; those before still open what they have sealed."""
        read = self.source.read()
        if isinstance(read, Failure):
            return Failure(read.failure())
        return self.source.write((new_key(), *read.unwrap())).bind(self._load)

    def drop_keys(self, keep: int = 2) -> Result[None, StorageError]:
        """Forget all but the newest keys; the second is for programs that still run with it."""
        read = self.source.read()
        if isinstance(read, Failure):
            return Failure(read.failure())
        return self.source.write(read.unwrap()[:keep]).bind(self._load)


def new_key() -> Secret:
    """A fresh key."""
    from cryptography.fernet import Fernet

    return Secret(Fernet.generate_key().decode())
