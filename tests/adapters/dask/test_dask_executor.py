"""An executor on a cluster of dask keeps the laws of its port; what cannot be reached is said, and no key travels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

import pytest
from returns.result import Failure, Result, Success

from tests.dask_cluster import local_cluster  # isort: skip  # skips where there is no dask
from pointsman.adapters.dask import executor as module
from pointsman.adapters.dask.executor import DaskExecutor, WorkDefect, open_dask_executor
from pointsman.adapters.dask.worker_place import PlaceRecipe
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.sandbox import Sandbox, SandboxError
from pointsman.testing import FakeSandbox
from pointsman.testing.laws import executor as laws

_IDS = count()


@asynccontextmanager
async def fake_place() -> AsyncIterator[Result[Sandbox, SandboxError]]:
    yield Success(FakeSandbox())


@asynccontextmanager
async def no_place() -> AsyncIterator[Result[Sandbox, SandboxError]]:
    yield Failure(SandboxError(detail="there is no sandbox on this worker"))


async def raise_always(sandbox: Sandbox, work: laws.Sum) -> Result[int, SandboxError]:
    raise KeyError("a defect")


def _problem(why: str) -> SandboxError:
    return SandboxError(detail=why)


def _id() -> str:
    return f"piece-{next(_IDS)}"


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two workers, in threads of this process."""
    with local_cluster(2, processes=False) as address:
        yield address


@asynccontextmanager
async def _opened(
    address: str, recipe: PlaceRecipe[Sandbox, SandboxError]
) -> AsyncIterator[DaskExecutor[Sandbox, SandboxError]]:
    async with open_dask_executor(address, recipe, _problem, _id) as opened:
        yield opened.unwrap()


@pytest.mark.parametrize("law", laws.LAWS)
async def test_an_executor_of_dask(law: laws.Law, cluster: str) -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator[SandboxExecutor]:
        async with _opened(cluster, PlaceRecipe("fake", fake_place, 4)) as executor:
            yield executor

    await law(opening)


async def test_a_place_that_cannot_be_opened_is_said_of_each_piece(cluster: str) -> None:
    async with _opened(cluster, PlaceRecipe("none", no_place, 4)) as executor:
        failed = await executor.run(laws.add, laws.Sum(1, 2))
        assert failed == Failure(SandboxError(detail="there is no sandbox on this worker"))


async def test_a_defect_of_the_work_comes_out_as_one(cluster: str) -> None:
    async with _opened(cluster, PlaceRecipe("fake", fake_place, 4)) as executor:
        with pytest.raises(WorkDefect, match="KeyError: 'a defect'"):
            await executor.run(raise_always, laws.Sum(1, 2))
        assert await executor.run(laws.add, laws.Sum(1, 2)) == Success(3)


async def test_where_no_scheduler_answers_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 0.2)
    async with open_dask_executor("tcp://127.0.0.1:9", PlaceRecipe("fake", fake_place, 4), _problem, _id) as opened:
        assert "no scheduler of dask answers at tcp://127.0.0.1:9" in str(opened.failure())


async def test_a_worker_of_another_version_is_named(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointsman.adapters.dask.batch.VERSION", "0.0.1")
    async with _opened(cluster, PlaceRecipe("fake", fake_place, 4)) as executor:
        failed = await executor.run(laws.add, laws.Sum(1, 2))
        assert "0.0.1 is needed" in str(failed.failure())
