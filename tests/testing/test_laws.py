"""The fakes, and the adapters that need no server, keep the laws of their ports; clients do so over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest

from pointsman import Settings, fake, fake_settings, live, open_app
from pointsman.adapters.keys.fernet_cipher import FernetCipher
from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.recordings.directory import RecordingDirectory
from pointsman.adapters.sqlite.proof import SqliteProof
from pointsman.adapters.system.clock import SystemClock
from pointsman.adapters.system.random import SystemRandom
from pointsman.core.chat.request_defaults import RequestDefaults
from pointsman.core.models.model import ModelFacts
from pointsman.layers.recipes import as_result
from pointsman.layers.stores import by_settings
from pointsman.services.middleware.request_completion import RequestCompletion
from pointsman.services.middleware.time_limit import TimeLimited
from pointsman.services.ports.cipher import Cipher
from pointsman.services.ports.client import Client
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.random import Random
from pointsman.services.ports.recording_store import RecordingStore
from pointsman.services.ports.stores import Stores
from pointsman.testing import (
    FAKE_PRICE,
    FixedModels,
    FixedRandom,
    MemoryRecordings,
    PlainCipher,
    ScriptedClient,
    VirtualClock,
)
from pointsman.testing.laws import (
    cipher,
    client,
    key_rotation,
    model_book,
    random,
    recording_store,
    scoreboard,
)
from tests.adapters.sqlite.opened import a_database
from tests.simulated import settings_at, simulated

VENDORS = ("openai", "openai-responses", "anthropic", "gemini", "ollama", "lmstudio")


@asynccontextmanager
async def a_scripted_client() -> AsyncIterator[Client]:
    yield ScriptedClient()


@asynccontextmanager
async def a_time_limited_client() -> AsyncIterator[Client]:
    yield TimeLimited(ScriptedClient(), VirtualClock(), "fake")


@asynccontextmanager
async def a_manager() -> AsyncIterator[Client]:
    async with open_app(fake(), fake_settings()) as opened:
        yield opened.unwrap().client


@pytest.mark.parametrize("law", client.LAWS)
@pytest.mark.parametrize("opening", [a_scripted_client, a_time_limited_client, a_manager])
async def test_a_client(opening: client.Opening, law: client.Law) -> None:
    await law(opening)


DEFAULTS = RequestDefaults(model="sim", embedding_model="sim-embed", transcription_model="whisper-1")
"""What settings put into a request before a client over HTTP sees it."""


@pytest.mark.parametrize("law", client.LAWS)
@pytest.mark.parametrize("name", VENDORS)
async def test_a_client_over_http(name: str, law: client.Law) -> None:
    async with simulated(name) as (_, server):

        @asynccontextmanager
        async def opening() -> AsyncIterator[Client]:
            async with live.clients(settings_at(server.address, name), SystemClock()) as ready:
                yield RequestCompletion(as_result(ready).unwrap()[name], lambda request: DEFAULTS)

        await law(opening)


@pytest.mark.parametrize("law", random.LAWS)
@pytest.mark.parametrize("make", [SystemRandom, FixedRandom])
def test_random(make: Callable[[], Random], law: random.Law) -> None:
    law(make())


KNOWN = ModelFacts(context_length=1000, price=FAKE_PRICE)


@pytest.mark.parametrize("law", model_book.LAWS)
@pytest.mark.parametrize(
    "book",
    [FixedModels({"openai/gpt-4o": KNOWN}), PriceBook({"openai": PROVIDERS["openai"].prices})],
    ids=["fixed", "prices"],
)
def test_a_model_book(book: ModelBook, law: model_book.Law) -> None:
    law(book, "openai", "gpt-4o")


@pytest.mark.parametrize("law", scoreboard.LAWS)
def test_the_scoreboard(law: scoreboard.Law) -> None:
    law(MemoryScoreboard())


@asynccontextmanager
async def recordings_in_memory() -> AsyncIterator[RecordingStore]:
    yield MemoryRecordings()


@asynccontextmanager
async def recordings_in_a_folder() -> AsyncIterator[RecordingStore]:
    with TemporaryDirectory() as folder:
        yield RecordingDirectory(Path(folder) / "new")


RECORDINGS = pytest.mark.parametrize("opening", [recordings_in_memory, recordings_in_a_folder])


@pytest.mark.parametrize("law", recording_store.LAWS)
@RECORDINGS
async def test_recordings(opening: recording_store.Opening, law: recording_store.Law) -> None:
    await law(opening)


@pytest.mark.parametrize("law", recording_store.PROPERTIES)
@RECORDINGS
def test_recordings_property(opening: recording_store.Opening, law: recording_store.Property) -> None:
    law(opening)


@asynccontextmanager
async def plain_ciphers() -> AsyncIterator[tuple[Cipher, Cipher]]:
    yield PlainCipher(), PlainCipher()


@asynccontextmanager
async def fernet_ciphers() -> AsyncIterator[tuple[Cipher, Cipher]]:
    with TemporaryDirectory() as folder:
        async with a_database(Path(folder) / "a.db") as database:
            keys = Path(folder) / "keys" / "a.key"
            yield (
                FernetCipher(KeyFile(keys), SqliteProof(database)),
                FernetCipher(KeyFile(keys), SqliteProof(database)),
            )


@pytest.mark.parametrize("law", cipher.LAWS)
@pytest.mark.parametrize("opening", [plain_ciphers, fernet_ciphers])
async def test_a_cipher(opening: cipher.Opening, law: cipher.Law) -> None:
    await law(opening)


@asynccontextmanager
async def sealed_stores() -> AsyncIterator[Stores]:
    with TemporaryDirectory() as folder:
        settings = attrs.evolve(Settings(providers={}), database=f"{folder}/a.db", encrypted=True)
        async with by_settings(settings) as opened:
            yield opened.unwrap()


@pytest.mark.parametrize("law", key_rotation.LAWS)
async def test_key_rotation(law: key_rotation.Law) -> None:
    await law(sealed_stores)
