"""Stores sealed by keys that are changed, as several processes have them; and a process that changes them.

`python -m tests.adapters.sqlite.rotating PATH` changes the key again and again, without end, and says each time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import anyio
import attrs
from cryptography.fernet import Fernet, InvalidToken
from returns.result import Result, Success

from pointsman.adapters.keys.fernet_cipher import FernetCipher, KeySource
from pointsman.adapters.keys.key_file import KeyFile, Keys
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.key_rotation import SqlKeyRotation
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sql.proof import SqlProof
from pointsman.adapters.sql.settings_store import SqlSettings
from pointsman.adapters.sqlite.database import Database
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.layers.encryption import message_codec
from pointsman.services.conversations.encrypted_store import EncryptedConversations
from pointsman.services.memory.encrypted_memories import EncryptedMemories
from tests.adapters.sqlite.opened import a_database


@attrs.define
class Silent:
    """Keys that do not say when they change, as those of a keyring."""

    keys: Keys = ()
    place: str = "the silent keys"

    def version(self) -> object:
        return None

    def read(self) -> Result[Keys, StorageError]:
        return Success(self.keys)

    def write(self, keys: Keys, *, new: bool = False) -> Result[Keys, StorageError]:
        if not (new and self.keys):
            self.keys = keys
        return Success(self.keys)


@attrs.frozen
class Process:
    """What one process has open."""

    database: Database
    cipher: FernetCipher

    @property
    def talks(self) -> EncryptedConversations:
        under = partial(SqlConversations, self.database)
        return EncryptedConversations(under(), self.cipher, message_codec(), under)

    @property
    def memories(self) -> EncryptedMemories:
        under = partial(SqlMemories, self.database)
        return EncryptedMemories(under(), self.cipher, under)

    @property
    def settings(self) -> SqlSettings:
        return SqlSettings(self.database, self.cipher)

    @property
    def rotation(self) -> SqlKeyRotation:
        return SqlKeyRotation(self.database, self.cipher)


@asynccontextmanager
async def a_process(path: Path, keys: KeySource | None = None) -> AsyncIterator[Process]:
    """The database `path`, sealed by `keys`, or those in a file beside it."""
    async with a_database(path) as database:
        yield Process(database, FernetCipher(keys or key_file(path), SqlProof(database)))


def key_file(path: Path) -> KeyFile:
    return KeyFile(path.parent / "keys" / "a.key")


def opened_by(key: str, folder: Path) -> int:
    """How many of the tokens that stand anywhere in the files of `folder` the key opens."""
    fernet, opened = Fernet(key), 0
    data = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    for token in re.findall(rb"gAAAAA[\w-]+={0,2}", data):
        # a token in the file may be followed by what belongs to the next column
        for end in {len(token), *(len(token) - cut for cut in range(1, 9))}:
            try:
                fernet.decrypt(token[:end])
            except (InvalidToken, ValueError):
                continue
            opened += 1
            break
    return opened


@contextmanager
def rotating(path: Path, lines: int) -> Iterator[None]:
    """Another process that rotates without end, begun after `lines` that it has said; killed when the scope ends."""
    command = [sys.executable, "-m", "tests.adapters.sqlite.rotating", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        for _ in range(lines):
            assert other.stdout.readline()
        yield
        other.kill()


async def rotate(path: str) -> None:
    async with a_process(Path(path)) as process:
        os.write(1, b"ready\n")
        while True:
            (await settle(process.rotation.rotate(drop=True))).unwrap()
            os.write(1, b"rotated\n")


if __name__ == "__main__":
    anyio.run(rotate, sys.argv[1])
