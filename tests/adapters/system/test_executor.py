"""The executors keep the laws of their port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pointsman.adapters.system.executor import LocalExecutor
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.testing import FakeSandbox
from pointsman.testing.laws import executor
from pointsman.testing.sandbox import PicklingExecutor


@asynccontextmanager
async def a_local_one() -> AsyncIterator[SandboxExecutor]:
    yield LocalExecutor.of(FakeSandbox(), 2)


@asynccontextmanager
async def a_pickling_one() -> AsyncIterator[SandboxExecutor]:
    yield PicklingExecutor(FakeSandbox())


@pytest.mark.parametrize("law", executor.LAWS)
@pytest.mark.parametrize("opening", [a_local_one, a_pickling_one])
async def test_an_executor(opening: executor.Opening, law: executor.Law) -> None:
    await law(opening)
