"""A text that stands encrypted where others stand in clear, marked so that both can be told apart. It keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from returns.result import Result, Success

from pointsman.core.error import StorageError

if TYPE_CHECKING:
    from pointsman.services.ports.cipher import Cipher

_MARK = "sealed:"
TOKEN = "gAAAAA"
"""How every Fernet token begins: its version, and the first bytes of a time before the year 2106."""
_SHORTEST_TOKEN = 100


def is_encrypted_text(text: str) -> bool:
    """Whether a text, as it is kept, is encrypted: no search looks into it."""
    return text.startswith(_MARK)


def is_encrypted_word(text: str) -> bool:
    """Whether a title, an instruction or a summary, as it is kept, is encrypted: no search looks into it."""
    return text.startswith(TOKEN) and len(text) >= _SHORTEST_TOKEN


def encrypt_text(data: bytes, cipher: Cipher) -> str:
    """`data` as it is kept."""
    return _MARK + cipher.encrypt(data).decode()


def decrypt_text(text: str, cipher: Cipher) -> Result[bytes, StorageError]:
    """What `encrypt_text` was given."""
    return cipher.decrypt(text.removeprefix(_MARK).encode())


def reencrypt_text(text: str, cipher: Cipher) -> Result[str | None, StorageError]:
    """A text as it is kept, encrypted with the newest key; None where it is not encrypted."""
    if not is_encrypted_text(text):
        return Success(None)
    return decrypt_text(text, cipher).map(lambda data: encrypt_text(data, cipher))
