"""The laws of what starts engines, for real processes and for the fake."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pointsman.core.models.local_model import EnginePlan
from pointsman.ports import EngineStarter, RunningEngine
from pointsman.testing import FakeEngines, VirtualClock
from pointsman.testing.engine import FakeEngine
from pointsman.testing.laws import engine as laws
from tests.adapters.engines.engines import TINY, fake_starter

PLAN = EnginePlan(model=TINY)


@asynccontextmanager
async def processes() -> AsyncIterator[EngineStarter]:
    yield fake_starter(Path(os.devnull) / "engines")


@asynccontextmanager
async def fakes() -> AsyncIterator[EngineStarter]:
    yield FakeEngines(VirtualClock())


def kill_process(engine: RunningEngine) -> None:
    os.kill(engine.pid, signal.SIGKILL)


def kill_fake(engine: RunningEngine) -> None:
    assert isinstance(engine, FakeEngine)
    engine.die()


OPENINGS = {
    "processes": laws.Opening(processes, PLAN, kill_process),
    "fakes": laws.Opening(fakes, PLAN, kill_fake),
}


@pytest.mark.parametrize("name", OPENINGS)
@pytest.mark.parametrize("law", laws.LAWS)
async def test_engines_keep_the_laws(law: laws.Law, name: str) -> None:
    await law(OPENINGS[name])
