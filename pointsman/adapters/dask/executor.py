"""An executor whose work is done by the workers of a cluster of dask, in places that they open themselves.

Work that waits is sent together, in batches; a batch whose worker dies is given to another. The client of dask has an
event loop in a thread of its own, so it is the same on asyncio and trio. Where the cluster is away, that is an
error of the port.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Generic, cast

import anyio
import anyio.abc
import anyio.to_thread
import attrs
from distributed import Client
from distributed.scheduler import KilledWorker
from returns.result import Failure, Result, Success

from pointsman.adapters.dask.batch import Outcome, Piece, Raised, read_outcomes, write_batch
from pointsman.adapters.dask.worker_place import PlacePlugin, PlaceRecipe, cancel_pieces, work_on
from pointsman.services.ports.executor import Place, PlacedWork, Problem, Value, Work
from pointsman.services.tasks.together import background_tasks

BATCH: Final = 64
"""Pieces that are sent together, at most."""
_AHEAD: Final = 2
"""Batches for each thread of the cluster, so that none waits for the next."""
_CONNECT_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 2.0
"""How often a batch that takes long is looked after."""
PATIENCE_SECONDS: Final = 60.0
"""How long a cluster may be without any worker: those that died may come back."""
_AWAY = (OSError, TimeoutError, RuntimeError, CancelledError)
"""What dask raises where scheduler or connection is lost."""
_CONNECT: Final[Callable[..., object]] = Client


class WorkDefect(Exception):
    """Work raised on a worker, which is a defect of the work; locally its exception would have come out itself."""


@attrs.define(eq=False)
class _Waiting:
    """A piece of work, and what came of it."""

    piece: Piece
    done: anyio.Event = attrs.field(factory=anyio.Event)
    outcome: Outcome | str | None = None
    """A sentence, where the cluster could not do it."""

    def end(self, outcome: Outcome | str) -> None:
        self.outcome = outcome
        self.done.set()


@attrs.define(eq=False)
class DaskExecutor(Generic[Place, Problem]):
    """An `Executor` on a cluster. `problem` makes an error of the port of a sentence that says what is wrong."""

    client: Client = attrs.field(repr=False)
    recipe: PlaceRecipe[Place, Problem]
    problem: Callable[[str], Problem] = attrs.field(repr=False)
    new_id: Callable[[], str] = attrs.field(repr=False)
    patience: float = PATIENCE_SECONDS
    _queue: deque[_Waiting] = attrs.field(factory=deque)
    _given_up: list[str] = attrs.field(factory=list)
    _under_way: int = 0
    _changed: anyio.Event = attrs.field(factory=anyio.Event)
    _threads: anyio.CapacityLimiter = attrs.field(factory=lambda: anyio.CapacityLimiter(1000))

    async def run(self, function: PlacedWork[Place, Work, Value, Problem], work: Work) -> Result[Value, Problem]:
        """As `Executor.run`. Raises `WorkDefect` where the work raised."""
        waiting = _Waiting(Piece(self.new_id(), function, work))
        self._queue.append(waiting)
        self._changed.set()
        try:
            await waiting.done.wait()
        finally:
            if waiting.outcome is None:
                self._give_up(waiting)
        match waiting.outcome:
            case str() as why:
                return Failure(self.problem(why))
            case Raised(detail):
                raise WorkDefect(detail)
            case outcome:
                return cast("Result[Value, Problem]", outcome)

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting in self._queue:
            self._queue.remove(waiting)
        else:
            self._given_up.append(waiting.piece.id)
            self._changed.set()

    async def send_batches(self) -> None:
        """Send what waits, until it is cancelled."""
        async with background_tasks() as group:
            while True:
                await self._changed.wait()
                self._changed = anyio.Event()
                await anyio.lowlevel.checkpoint()  # whoever else is about to ask joins the batch
                if self._given_up:
                    ids, self._given_up = tuple(self._given_up), []
                    group.start_soon(self._cancel, ids)
                while self._queue and self._under_way < self._most_batches():
                    batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                    self._under_way += 1
                    group.start_soon(self._send, batch)

    def _most_batches(self) -> int:
        return _AHEAD * max(1, _thread_count(self.client))

    async def _send(self, batch: Sequence[_Waiting]) -> None:
        try:
            ask = partial(self._ask, write_batch([waiting.piece for waiting in batch]), _key(batch))
            outcomes = await anyio.to_thread.run_sync(ask, abandon_on_cancel=True, limiter=self._threads)
        finally:
            self._under_way -= 1
            self._changed.set()
        for number, waiting in enumerate(batch):
            waiting.end(outcomes if isinstance(outcomes, str) else outcomes[number])

    def _ask(self, batch: bytes, key: str) -> list[Outcome] | str:
        """What came of a batch; in a thread."""
        try:
            future = self.client.submit(work_on, self.recipe.name, batch, key=key, pure=False)
            seen = time.monotonic()
            while True:
                try:
                    return read_outcomes(future.result(timeout=_LOOK_SECONDS))
                except TimeoutError:
                    if _thread_count(self.client):
                        seen = time.monotonic()
                    elif time.monotonic() - seen > self.patience:
                        return f"the cluster has had no worker for {self.patience:.0f} s"
        except KilledWorker:
            return "several workers of the cluster died of one batch"
        except _AWAY as problem:
            return f"the cluster cannot be reached any more ({type(problem).__name__})"

    async def _cancel(self, ids: Sequence[str]) -> None:
        cancel = partial(self.client.run, cancel_pieces, self.recipe.name, ids, on_error="ignore")
        try:
            await anyio.to_thread.run_sync(cancel, abandon_on_cancel=True, limiter=self._threads)
        except _AWAY:
            return  # who cannot be reached is working for nobody


def _key(batch: Sequence[_Waiting]) -> str:
    """The name of the task: of its own, so that dask takes no two for one."""
    return f"pointsman-{batch[0].piece.id}"


def _thread_count(client: Client) -> int:
    """How many pieces of work the cluster does at once, as it was said a moment ago."""
    known = cast("dict[str, Any]", client.scheduler_info(n_workers=-1))
    return sum(int(worker["nthreads"]) for worker in known["workers"].values())


def _close(client: Client) -> None:
    close: Callable[..., object] = client.close
    close(timeout=2)


@asynccontextmanager
async def open_dask_executor(
    address: str, recipe: PlaceRecipe[Place, Problem], problem: Callable[[str], Problem], new_id: Callable[[], str]
) -> AsyncIterator[Result[DaskExecutor[Place, Problem], Problem]]:
    """An executor on the cluster whose scheduler listens at `address`, such as `tcp://host:8786`."""

    def connect() -> Client:
        client = cast("Client", _CONNECT(address, timeout=_CONNECT_SECONDS, set_as_default=False))
        try:
            client.register_plugin(PlacePlugin(recipe))
        except BaseException:
            _close(client)
            raise
        return client

    try:
        client = await anyio.to_thread.run_sync(connect)
    except (*_AWAY, ValueError) as refused:
        yield Failure(problem(f"no scheduler of dask answers at {address} ({type(refused).__name__})"))
        return
    try:
        async with background_tasks() as group:
            executor = DaskExecutor[Place, Problem](client, recipe, problem, new_id)
            group.start_soon(executor.send_batches)
            yield Success(executor)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_close, client)
