"""The keys in the keyring of the operating system (the package `keyring`, which is optional)."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.keys.key_file import Keys
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret

SERVICE = "pointsman"
_UNSAFE = ("fail", "null", "plaintext", "chainer")


class _Keyring(Protocol):
    """What is used of the package, which has no types where it is not installed."""

    def get_keyring(self) -> object:
        """The backend."""
        ...

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept; it raises what the backend likes."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        ...


@attrs.frozen
class KeyringKeys:
    """The entry `name` of the keyring. A keyring that keeps plain text, or is none, is refused."""

    name: str = "settings"

    @property
    def place(self) -> str:
        """Where the keys are, for messages."""
        return "the keyring of the operating system"

    def version(self) -> object:
        """Keyrings do not say when they change."""
        return None

    def read(self) -> Result[Keys, StorageError]:
        """The keys; none where there is no entry."""
        return _keyring().bind(self._read)

    def write(self, keys: Keys, *, new: bool = False) -> Result[Keys, StorageError]:
        """Keep `keys`; with `new` only where there are none yet. Gives those that are there then."""
        found = _keyring()
        if isinstance(found, Failure):
            return Failure(found.failure())
        there = self._read(found.unwrap())
        if isinstance(there, Failure) or (new and there.unwrap()):
            return there
        try:
            found.unwrap().set_password(SERVICE, self.name, " ".join(key.reveal() for key in keys))
        except Exception as problem:  # backends raise what they like
            return _refusal(f"it cannot be written ({type(problem).__name__})")
        return Success(keys)

    def _read(self, keyring: _Keyring) -> Result[Keys, StorageError]:
        try:
            text = keyring.get_password(SERVICE, self.name) or ""
        except Exception as problem:  # backends raise what they like
            return _refusal(f"it cannot be read ({type(problem).__name__})")
        return Success(tuple(Secret(word) for word in text.split()))


def _keyring() -> Result[_Keyring, StorageError]:
    try:
        keyring = cast(_Keyring, importlib.import_module("keyring"))
    except ImportError:
        return _refusal("the package is missing; `pip install keyring`, or set key_store to file")
    backend = type(keyring.get_keyring())
    if any(word in f"{backend.__module__}.{backend.__name__}".lower() for word in _UNSAFE):
        return _refusal("there is none on this machine that is safe; set key_store to file")
    return Success(keyring)


def _refusal(why: str) -> Failure[StorageError]:
    return Failure(StorageError(detail=f"the keyring of the operating system: {why}"))
