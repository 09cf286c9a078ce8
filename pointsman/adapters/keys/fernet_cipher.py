"""A cipher of Fernet tokens (AES-128-CBC and HMAC-SHA256, by `cryptography`), with keys that can be changed."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.keys.key_file import Keys
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.services.ports.cipher import PROOF

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_UNREAD = object()
_MISFIT = "does not fit what was encrypted"


class KeySource(Protocol):
    """Where the keys are: a file, or a keyring."""

    @property
    def place(self) -> str: ...

    def version(self) -> object: ...

    def read(self) -> Result[Keys, StorageError]: ...

    def write(self, keys: Keys, *, new: bool = False) -> Result[Keys, StorageError]: ...


class ProofStore(Protocol):
    """Where a encrypted word is kept, beside what else is encrypted, that tells whether the keys are the right ones."""

    async def read_proof(self) -> Result[bytes | None, StorageError]: ...

    async def write_proof(self, token: bytes) -> Result[bytes, StorageError]: ...


@attrs.define
class FernetCipher:
    """A `Cipher` with the keys of `source`. They are read again when they have changed."""

    source: KeySource
    proof: ProofStore
    _fernet: MultiFernet | None = attrs.field(default=None, init=False, repr=False)
    _version: object = attrs.field(default=_UNREAD, init=False, repr=False)
    _keys: Keys = attrs.field(default=(), init=False, repr=False)
    key_id: bytes | None = attrs.field(default=None, init=False, repr=False)
    generation: int = attrs.field(default=0, init=False)

    async def prepare(self) -> Result[None, StorageError]:
        """As `Cipher.prepare`."""
        if self._fernet is not None and self._version == self.source.version():
            return Success(None)
        return await self._prepare()

    async def renew(self) -> Result[None, StorageError]:
        """As `Cipher.renew`."""
        return Success(None) if self._fernet is None else await self._prepare()

    async def _prepare(self) -> Result[None, StorageError]:
        """Read the mark and the keys; again where another process has changed both in between."""
        tried: object = _UNREAD
        while True:
            kept = await self.proof.read_proof()
            if isinstance(kept, Failure):
                return Failure(kept.failure())
            token, version = kept.unwrap(), self.source.version()
            read = self.source.read() if token else self.source.read().bind(self._or_new)
            taken = read.bind(partial(self._take, token=token))
            if isinstance(taken, Success):
                self._version = version
                return taken if token else await self._prove()
            self._version = _UNREAD
            if token in (tried, None):
                return taken
            tried = token

    async def _prove(self) -> Result[None, StorageError]:
        """Keep a encrypted word, the first there is."""
        written = await self.proof.write_proof(self.encrypt(PROOF))
        return written.bind(lambda token: self._take(self._keys, token))

    def _or_new(self, keys: Keys) -> Result[Keys, StorageError]:
        return Success(keys) if keys else self.source.write((new_key(),), new=True)

    def _take(self, keys: Keys, token: bytes | None) -> Result[None, StorageError]:
        """Use `keys`, if they open `token`."""
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet

        if not keys:
            return Failure(self._useless("is gone"))
        try:
            fernet = MultiFernet([Fernet(key.reveal()) for key in keys])
        except ValueError:
            return Failure(self._useless("holds no keys"))
        try:
            if token:
                fernet.decrypt(token)
        except InvalidToken:
            return Failure(self._useless(_MISFIT))
        self.generation += (keys, token or self.key_id) != (self._keys, self.key_id)
        self._fernet, self._keys, self.key_id = fernet, keys, token or self.key_id
        return Success(None)

    def _useless(self, why: str) -> StorageError:
        return StorageError(
            detail=f"{self.source.place} {why}; put the right one back from a backup (nothing has been changed), or "
            "give up what was encrypted by `pointsman settings forget-secrets`"
        )

    def encrypt(self, data: bytes) -> bytes:
        """As `Cipher.encrypt`."""
        assert self._fernet is not None, "prepare() comes first"
        return self._fernet.encrypt(data)

    def decrypt(self, token: bytes) -> Result[bytes, StorageError]:
        """As `Cipher.decrypt`."""
        from cryptography.fernet import InvalidToken

        assert self._fernet is not None, "prepare() comes first"
        try:
            return Success(self._fernet.decrypt(token))
        except InvalidToken:
            return Failure(self._useless(_MISFIT))

    def add_key(self) -> Result[None, StorageError]:
        """As `RotatingCipher.add_key`."""
        read = self.source.read()
        if isinstance(read, Failure) or not read.unwrap():
            return read.bind(lambda _: Failure(self._useless("is gone")))
        return self.source.write((new_key(), *read.unwrap())).bind(lambda keys: self._take(keys, None))

    def drop_keys(self, keep: int = 2) -> Result[None, StorageError]:
        """As `RotatingCipher.drop_keys`; a key that another process has added meanwhile stays."""
        read = self.source.read()
        if isinstance(read, Failure):
            return Failure(read.failure())
        newer = takewhile(lambda key: key != self._keys[0], read.unwrap())
        return self.source.write((*newer, *self._keys[:keep])).bind(lambda keys: self._take(keys, None))


def new_key() -> Secret:
    """A fresh key."""
    from cryptography.fernet import Fernet

    return Secret(Fernet.generate_key().decode())
