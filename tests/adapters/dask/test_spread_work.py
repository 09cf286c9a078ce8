"""Evaluations and long documents over a cluster whose workers are processes, of which one is killed in the middle."""

from __future__ import annotations

import os
import pickle
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Result, Success

from tests.dask_cluster import local_cluster  # isort: skip  # skips where there is no dask
from pointsman import ChatRequest, Settings, fake, open_app
from pointsman.adapters.dask import executor as module
from pointsman.adapters.dask.batch import Piece, write_batch
from pointsman.adapters.dask.executor import open_dask_executor
from pointsman.adapters.dask.worker_place import PlaceRecipe
from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, NetworkError
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.healing import RepairVerdict
from pointsman.pipelines import ask_document
from pointsman.services.documents.long_reading import (
    DocumentAnswer,
    ReadingPlan,
    plan_reading,
)
from pointsman.services.evaluation.runner import Runner
from pointsman.services.ports.client import Client
from pointsman.services.ports.executor import PlacedWork, SandboxExecutor, Value, Work
from pointsman.services.ports.run_store import RunStore
from pointsman.services.ports.sandbox import Sandbox, SandboxError
from pointsman.testing import FakeSandbox, ScriptedClient, VirtualClock
from tests.services.documents.test_long_reading import LONG
from tests.services.evaluation.healers import Setup, estimate_most, setup

_IDS = count()
_SECRET = "sk-only-on-the-worker"
_DIES = "7"
"""The worker that judges this case first is killed while it does: its id ends so."""


def _is_first() -> bool:
    """Whether nobody has died yet."""
    try:
        Path(os.environ["POINTSMAN_TEST_MARK"]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _has_died() -> bool:
    return Path(os.environ["POINTSMAN_TEST_MARK"]).exists()


@asynccontextmanager
async def fake_place() -> AsyncIterator[Result[Sandbox, SandboxError]]:
    yield Success(FakeSandbox())


@asynccontextmanager
async def own_client() -> AsyncIterator[Result[Client[ChatError], ChatError]]:
    """What a worker opens by its own settings: a client whose key never was in a task."""
    settings = Settings.of("openai", "m", api_key=_SECRET)
    async with open_app(
        fake({"openai": ScriptedClient(lambda request: f"noted by {os.getpid()}")}), settings
    ) as opened:
        yield Success(opened.unwrap().client)


async def judge_or_die(sandbox: Sandbox, case: Case, files: Files) -> Result[RepairVerdict, SandboxError]:
    """Healed is what equals the original; once, the worker is killed instead."""
    if case.id.endswith(_DIES) and _is_first():
        os.kill(os.getpid(), signal.SIGKILL)
    return Success(RepairVerdict(repair="healed" if dict(files) == dict(case.original) else "unhealed"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two workers, processes of their own that are started again when they die."""
    environment = {"POINTSMAN_TEST_MARK": str(tmp_path_factory.mktemp("cluster") / "killed")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with local_cluster(2, processes=True) as address:
            yield address


def _chat_problem(why: str) -> ChatError:
    return NetworkError(detail=why)


def _id() -> str:
    return f"piece-{next(_IDS)}"


@attrs.define
class Counting:
    """An executor that sets `enough` when so much work is done."""

    executor: SandboxExecutor
    enough: anyio.Event
    most: int | None
    done: int = 0

    async def run(
        self, function: PlacedWork[Sandbox, Work, Value, SandboxError], work: Work
    ) -> Result[Value, SandboxError]:
        result = await self.executor.run(function, work)
        self.done += 1
        if self.done == self.most:
            self.enough.set()
        return result


async def _session(given: Setup, store: RunStore, cluster: str, stop_after: int | None = None) -> int:
    """One session of a run over `cluster`, cut off after so many verdicts; how many there are then."""
    begun = await settle(store.begin(given.manifest, given.items))
    recipe, done = PlaceRecipe("fake", fake_place, 4), anyio.Event()
    async with open_dask_executor(cluster, recipe, lambda why: SandboxError(detail=why), _id) as opened:
        runner = Runner(
            manifest=begun.unwrap(),
            items=given.items,
            challenge=attrs.evolve(given.challenge, judge_files=judge_or_die),
            client=ScriptedClient(given.healers.reply),
            store=store,
            executor=Counting(opened.unwrap(), done, stop_after),
            clock=VirtualClock(),
            estimate=estimate_most,
            parallel=16,
            waiting=64,
        )
        async with anyio.create_task_group() as group:

            async def run() -> None:
                (await runner.run()).unwrap()
                done.set()

            group.start_soon(run)
            await done.wait()
            group.cancel_scope.cancel()
    rows = (await settle(store.rows())).unwrap()
    return sum(row.verdict is not None for row in rows)


@pytest.mark.long
async def test_a_worker_that_dies_costs_its_batch_and_a_client_that_goes_costs_nothing_that_was_judged(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> None:
    monkeypatch.setattr(module, "BATCH", 8)
    given = setup(60)
    async with open_run_store(tmp_path / "run.db") as opened:
        store = opened.unwrap()
        before = await _session(given, store, cluster, stop_after=40)
        assert 0 < before < 200
        after = await _session(given, store, cluster)
        rows = (await settle(store.rows())).unwrap()
    assert _has_died()
    assert after == len(rows) == len({row.answer.question.key for row in rows})
    assert Counter(row.answer.question.model for row in rows if not row.answer.question.control) == {
        "good/m": 60, "bad/m": 60,
    }  # fmt: skip
    healed = {row.verdict.repair for row in rows if row.verdict and row.answer.question.control == "original"}
    assert healed == {"healed"}


@pytest.mark.long
async def test_the_parts_of_a_long_document_are_read_by_the_workers_and_no_key_is_sent(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    def spy(pieces: Sequence[Piece]) -> bytes:
        sent.append(write_batch(pieces))
        return sent[-1]

    monkeypatch.setattr("pointsman.adapters.dask.executor.write_batch", spy)
    here = ScriptedClient(lambda request: "concluded here")
    settings = Settings.of("openai", "m", api_key="sk-only-here")
    recipe = PlaceRecipe("client", own_client, 4)
    async with (
        open_app(fake({"openai": here}), settings) as opened,
        open_dask_executor(cluster, recipe, _chat_problem, _id) as readers,
    ):
        app = opened.unwrap()
        plan = unwrap_or_failure(await plan_reading(app.manager, LONG, "What?", ChatRequest("", ()), 2000))
        assert isinstance(plan, ReadingPlan)
        asking = ask_document(LONG, "What?", window=2000, parallel=16, readers=readers.unwrap())
        answer = unwrap_or_failure(await settle(asking(app)))
    assert isinstance(answer, DocumentAnswer)
    assert answer.text == "concluded here"
    asked_here = "\n".join(request.messages[-1].text for request in here.requests)
    assert "noted by" in asked_here
    assert f"noted by {os.getpid()}" not in asked_here
    assert "This is part" not in asked_here
    assert sum(len(pickle.loads(batch)[1]) for batch in sent) == len(plan.parts)
    assert not any(b"sk-only" in batch for batch in sent)
