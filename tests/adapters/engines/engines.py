"""A client of local models whose engines are the fake child's processes; and whether a process is still there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from pointsman.adapters.engines.engine_process import ProcessStarter
from pointsman.adapters.engines.records import EngineRecords
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.models.local_model import Adapter, Capacity, LocalModel
from pointsman.core.settings import EngineSettings, ProviderSettings, Settings
from pointsman.layers.engines import connection_to
from pointsman.services.engines.keeper import keep_engines
from pointsman.services.engines.local_client import LocalClient
from pointsman.testing.engine import FakeLibrary
from pointsman.testing.fake_layers import FixedModels

CHILD = Path(__file__).with_name("fake_child.py")
TINY = LocalModel(name="tiny", path="/nowhere/tiny.gguf", size_bytes=1000, architecture="llama", parameters=10**9)
_LORA = (
    Adapter(name="plain", path="/nowhere/a", size_bytes=10),
    Adapter(name="pirate", path="/nowhere/b", size_bytes=10),
)
MODELS = (
    TINY,
    LocalModel(name="file", path="/nowhere/file.gguf", size_bytes=1000, adapters=_LORA),
    LocalModel(name="folder", path="/nowhere/folder", size_bytes=1000, format="safetensors", adapters=_LORA),
    LocalModel(name="stiff", path="/nowhere/stiff-folder", size_bytes=1000, format="safetensors", adapters=_LORA),
    LocalModel(name="broken", path="/nowhere/broken.gguf", size_bytes=1000, architecture="llama"),
    LocalModel(name="silent", path="/nowhere/silent.gguf", size_bytes=1000, architecture="llama"),
    LocalModel(name="small", path="/nowhere/small.gguf", size_bytes=1000, architecture="llama", size_label="135M"),
    LocalModel(name="vectors", path="/nowhere/vectors.gguf", size_bytes=1000, architecture="bert"),
)


def fake_starter(records: Path) -> ProcessStarter:
    """Starts processes of the fake child, which are written down in `records`."""
    provider = ProviderSettings(name="local")
    settings = Settings(providers={"local": provider})
    connect = connection_to(PROVIDERS["local"], provider, settings, FixedModels(), SystemClock())
    return ProcessStarter(CHILD, connect, Capacity, EngineRecords(records))


@asynccontextmanager
async def fake_engines(
    settings: EngineSettings | None = None, records: Path = Path(os.devnull) / "engines"
) -> AsyncIterator[LocalClient]:
    """A client whose models are run by the fake child."""
    clock = SystemClock()
    async with keep_engines(fake_starter(records), clock, settings or EngineSettings()) as keeper:
        yield LocalClient("local", FakeLibrary(MODELS), keeper, clock)


def is_there(pid: int) -> bool:
    """Whether a process of that number lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until_gone(pid: int) -> None:
    """Wait for a process that is no child of ours."""
    while is_there(pid):  # noqa: ASYNC110  # nobody tells of it
        await anyio.sleep(0.01)
