"""On a worker: the place in which its batches are worked on, opened by the first and closed when the worker goes.

It has an event loop in a thread of its own, so that work which takes long does not keep the worker from telling the
scheduler that it lives.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from typing import Generic, TypeAlias, TypeVar

import anyio
import attrs
from anyio.from_thread import BlockingPortal, start_blocking_portal
from distributed import Worker, WorkerPlugin, get_worker
from returns.result import Failure, Result

from pointsman.adapters.dask.batch import VERSION, Outcome, Piece, Raised, batch_version, read_batch, write_outcomes
from pointsman.services.tasks.together import tasks_together

Place_co = TypeVar("Place_co", covariant=True)
Problem_co = TypeVar("Problem_co", covariant=True)
OpenPlace: TypeAlias = Callable[[], AbstractAsyncContextManager[Result[Place_co, Problem_co]]]
"""Opens a place where it is called; it can be pickled."""
IDLE_SECONDS = 60.0
"""A place that nobody uses for so long is closed: who opened it may have been killed. The next batch opens it again."""
_REMEMBERED = 10_000
"""So many pieces that were cancelled before they came are known."""


@attrs.frozen
class PlaceRecipe(Generic[Place_co, Problem_co]):
    """How a worker comes by its place: `name` tells it from others, `at_once` pieces are done in it together."""

    name: str
    open: OpenPlace[Place_co, Problem_co]
    at_once: int


@attrs.define(eq=False)
class OpenedPlace:
    """The place of one worker."""

    recipe: PlaceRecipe[object, object]
    _stack: ExitStack = attrs.field(factory=ExitStack)
    _portal: BlockingPortal | None = None
    _opened: Result[object, object] | None = None
    _places: anyio.CapacityLimiter | None = None
    _scopes: dict[str, anyio.CancelScope] = attrs.field(factory=dict)
    _cancelled: deque[str] = attrs.field(factory=lambda: deque(maxlen=_REMEMBERED))
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _batches: int = 0
    """Those under way."""
    _timer: threading.Timer | None = None

    def work(self, batch: bytes) -> bytes:
        """The outcomes of a batch; called in a thread of the worker."""
        portal = self._open()
        try:
            return portal.call(self._work, batch)
        finally:
            self._rest()

    def cancel(self, ids: Sequence[str]) -> None:
        """End these pieces, or do not begin them."""
        with self._lock:
            if self._portal is not None:
                self._portal.start_task_soon(self._cancel, tuple(ids))

    def close(self) -> None:
        """Close the place."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._stack.close()
        self._portal = self._opened = self._places = None

    def _rest(self) -> None:
        with self._lock:
            self._batches -= 1
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(IDLE_SECONDS, self._close_unused)
            self._timer.daemon = True
            self._timer.start()

    def _close_unused(self) -> None:
        with self._lock:
            if not self._batches:
                self._close()

    def _open(self) -> BlockingPortal:
        with self._lock:
            self._batches += 1
            if self._portal is None:
                portal = self._stack.enter_context(start_blocking_portal("asyncio"))
                self._opened = self._stack.enter_context(portal.wrap_async_context_manager(self.recipe.open()))
                self._portal = portal
            return self._portal

    async def _work(self, batch: bytes) -> bytes:
        version = batch_version(batch)
        if version != VERSION:
            return write_outcomes(f"a worker has version {VERSION} of pointsman, and {version} is needed")
        pieces = read_batch(batch)
        outcomes: list[Outcome] = [Raised("it was cancelled")] * len(pieces)
        self._places = self._places or anyio.CapacityLimiter(self.recipe.at_once)

        async def go(number: int, piece: Piece, places: anyio.CapacityLimiter) -> None:
            if piece.id in self._cancelled:
                return
            with anyio.CancelScope() as self._scopes[piece.id]:
                async with places:
                    outcomes[number] = await self._outcome(piece)
            self._scopes.pop(piece.id, None)

        async with tasks_together() as group:
            for number, piece in enumerate(pieces):
                group.start_soon(go, number, piece, self._places)
        return write_outcomes(outcomes)

    async def _outcome(self, piece: Piece) -> Outcome:
        opened = self._opened
        if opened is None or isinstance(opened, Failure):
            return Failure(opened.failure()) if opened is not None else Raised("the worker is closing")
        try:
            return await piece.function(opened.unwrap(), piece.work)
        except Exception as defect:
            return Raised(f"{type(defect).__name__}: {defect}")

    async def _cancel(self, ids: Sequence[str]) -> None:
        for id in ids:
            scope = self._scopes.get(id)
            if scope is None:
                self._cancelled.append(id)
            else:
                scope.cancel()


class PlacePlugin(WorkerPlugin):
    """Gives every worker of a cluster its place, also those that come later."""

    idempotent: bool = True
    """Programs that ask for the same place share it."""

    def __init__(self, recipe: PlaceRecipe[object, object]) -> None:
        self.name = recipe.name
        self.recipe = recipe
        self.place: OpenedPlace | None = None

    def setup(self, worker: Worker) -> None:
        """As `WorkerPlugin.setup`; nothing is opened yet."""
        self.place = OpenedPlace(self.recipe)

    def teardown(self, worker: Worker) -> None:
        """As `WorkerPlugin.teardown`."""
        if self.place is not None:
            self.place.close()


def place_of(name: str, worker: Worker) -> OpenedPlace | None:
    """The place called `name` of `worker`."""
    plugin = worker.plugins.get(name)
    return plugin.place if isinstance(plugin, PlacePlugin) else None


def work_on(name: str, batch: bytes) -> bytes:
    """The task of the cluster: the outcomes of `batch`, worked on in the place called `name`."""
    place = place_of(name, get_worker())
    return write_outcomes("a worker has no place to work in") if place is None else place.work(batch)


def cancel_pieces(name: str, ids: Sequence[str], dask_worker: Worker) -> None:
    """Run on every worker, beside its tasks."""
    place = place_of(name, dask_worker)
    if place is not None:
        place.cancel(ids)
