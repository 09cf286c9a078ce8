"""The fakes, and the adapters that need no server, keep the laws of their ports; clients do so over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import attrs
import pytest
from anyio.abc import ByteStream

from pointsman import Settings, ask, fake, fake_settings, live, load_settings, open_app
from pointsman.adapters.http1.exchange import Header, HttpRequest, Origin, Transport
from pointsman.adapters.http1.pool import PoolTransport
from pointsman.adapters.keys.fernet_cipher import FernetCipher
from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.recordings.directory import RecordingDirectory
from pointsman.adapters.sql.proof import SqlProof
from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.core.chat.request_defaults import RequestDefaults
from pointsman.core.models.model import ModelFacts
from pointsman.core.settings import RoutingSettings
from pointsman.layers.recipes import as_result
from pointsman.layers.stores import by_settings
from pointsman.layers.typed import by_cattrs
from pointsman.services.middleware.request_completion import RequestCompletion
from pointsman.services.middleware.time_limit import TimeLimited
from pointsman.services.ports.cipher import Cipher
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Random
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.recording_store import RecordingStore
from pointsman.services.ports.router import Router
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.structure import Structure
from pointsman.services.routing.planner import Planner
from pointsman.testing import (
    FAKE_PRICE,
    CountingRotation,
    FixedModels,
    FixedRandom,
    FixedRouter,
    MemoryRecordings,
    PlainCipher,
    ScriptedClient,
    ScriptedTransport,
    VirtualClock,
    plain_structure,
)
from pointsman.testing.laws import (
    cipher,
    client,
    key_rotation,
    model_book,
    random,
    recording_store,
    router,
    scoreboard,
    settings_source,
    structure,
    transport,
)
from tests.adapters.http1.peer import listening
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
                FernetCipher(KeyFile(keys), SqlProof(database)),
                FernetCipher(KeyFile(keys), SqlProof(database)),
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


@asynccontextmanager
async def counting_stores() -> AsyncIterator[Stores]:
    async with by_settings(Settings(providers={})) as opened:
        stores = opened.unwrap()
        yield attrs.evolve(stores, rotation=CountingRotation(stores, users=("ann",)))


@pytest.mark.parametrize("law", key_rotation.LAWS)
async def test_the_fake_key_rotation(law: key_rotation.Law) -> None:
    await law(counting_stores)


@pytest.mark.parametrize("law", structure.LAWS)
@pytest.mark.parametrize("one", [plain_structure, by_cattrs])
def test_a_structure(law: structure.Law, one: Structure) -> None:
    law(one)


def ring() -> Planner:
    """The planner of an App with two models, which take turns."""
    asked: list[Planner] = []
    layers = fake({"one": ScriptedClient(), "two": ScriptedClient()})
    settings = attrs.evolve(fake_settings("one", "two"), routing=RoutingSettings(strategy="round_robin"))

    async def put_together() -> None:
        async with open_app(layers, settings) as opened:
            asked.append(opened.unwrap().manager.planner)

    anyio.run(put_together)
    return asked[0]


@pytest.mark.parametrize("law", router.LAWS)
@pytest.mark.parametrize("one", [ring(), FixedRouter("one/m", "two/m")], ids=["planner", "fixed"])
async def test_a_router(law: router.Law, one: Router) -> None:
    await law(one, ask("auto", "hello"))


@pytest.mark.parametrize("law", settings_source.LAWS)
def test_a_settings_source(law: settings_source.Law, tmp_path: Path) -> None:
    file = tmp_path / "pointsman.toml"
    file.write_text('[providers.openai]\nkind = "openai"\napi_key = "k"\n', "utf-8")
    law(fake().load)
    law(lambda: load_settings(config=str(file), environment={}))


@asynccontextmanager
async def a_scripted_transport() -> AsyncIterator[tuple[Transport, Origin]]:
    def echo(question: HttpRequest) -> tuple[int, bytes, list[Header]]:
        there = question.target == b"/echo"
        return (200, question.content, [(b"X-Method", question.method)]) if there else (404, b"", [])

    yield ScriptedTransport(echo).open(None, verify=True), ("http", "fake.example", 80)


@asynccontextmanager
async def a_pool() -> AsyncIterator[tuple[Transport, Origin]]:
    async def echo(stream: ByteStream, request: bytes) -> bool:
        head, _, content = request.partition(b"\r\n\r\n")
        method, target, _ = head.split(b" ", 2)
        there = target == b"/echo"
        start = b"200 OK\r\nX-Method: " + method if there else b"404 Not Found"
        size = len(content) if there else 0
        await stream.send(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (start, size) + content[:size])
        return True

    async with listening(echo) as peer:
        pool = PoolTransport()
        try:
            yield pool, ("http", "127.0.0.1", peer.port)
        finally:
            await pool.aclose()


@pytest.mark.parametrize("law", transport.LAWS)
@pytest.mark.parametrize("opening", [a_scripted_transport, a_pool])
async def test_a_transport(law: transport.Law, opening: transport.Opening) -> None:
    await law(opening)
