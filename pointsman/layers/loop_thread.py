"""An event loop in a thread of its own, for programs without one. It knows when it is gone: at its end, by a fork."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import TypeVar
from weakref import WeakSet

import anyio
import attrs
from anyio.from_thread import BlockingPortal

from pointsman.adapters.system.lifetime import wrong_use
from pointsman.core.error import ConfigurationError

_Value = TypeVar("_Value")


@attrs.define(eq=False)
class LoopThread:
    """Runs what other threads ask for. Raises at once where that would never be done."""

    name: str
    """What it belongs to, as sentences call it."""
    refusal: Callable[[ConfigurationError], Exception]
    """Makes what is raised then."""
    _portal: BlockingPortal
    _thread: threading.Thread
    owner: threading.Thread = attrs.field(factory=threading.current_thread, init=False)
    """Who has opened it."""
    _process: int = attrs.field(factory=os.getpid)
    _is_closed: bool = False
    _calls: int = 0
    """Under way, from all threads."""
    _change: threading.Condition = attrs.field(factory=threading.Condition)
    """Held while what is above changes."""
    _open_scopes: set[anyio.CancelScope] = attrs.field(factory=set)

    def call(self, work: Callable[[], Awaitable[_Value]]) -> _Value:
        """What `work` gives, in the event loop."""
        with self._count_call():
            return self._portal.call(work)

    def call_plain(self, function: Callable[[], _Value]) -> _Value:
        """What `function`, which is not async, gives in the event loop."""

        async def work() -> _Value:
            return function()

        return self.call(work)

    @contextmanager
    def scope(self, inner: AbstractAsyncContextManager[_Value]) -> Iterator[_Value]:
        """`inner` as a scope of this thread. In a forked process it is left as it is: it belongs to the other one.

        What is left open ends with the thread; who leaves it later has nothing to do.
        """
        wrapped = self._portal.wrap_async_context_manager(self._until_closed(inner))
        with self._count_call():
            value = wrapped.__enter__()
        try:
            yield value
        except BaseException as problem:
            if not self._leave(wrapped, problem):
                raise
        else:
            self._leave(wrapped, None)

    def _leave(self, scope: AbstractContextManager[object], problem: BaseException | None) -> bool:
        """Leave `scope` to its end; tells whether `problem` is dealt with."""
        if self._is_forked:
            return False
        with self._keep_running() as runs:
            if not runs:
                return False
            given = (None, None, None) if problem is None else (type(problem), problem, problem.__traceback__)
            return bool(scope.__exit__(*given))

    @asynccontextmanager
    async def _until_closed(self, inner: AbstractAsyncContextManager[_Value]) -> AsyncIterator[_Value]:
        with anyio.CancelScope() as scope:
            self._open_scopes.add(scope)
            try:
                async with inner as value:
                    yield value
            finally:
                self._open_scopes.remove(scope)

    @property
    def _is_forked(self) -> bool:
        return self._process != os.getpid()

    @property
    def _is_over(self) -> bool:
        return self._is_forked or self._is_closed

    def close(self) -> None:
        """End the event loop, and wait for its thread: calls of other threads end first, open scopes are cut."""
        if self._is_over:
            self._is_closed = True
            return
        with self._change:
            self._is_closed = True
            self._change.wait_for(lambda: not self._calls)
        self._portal.call(self._stop)
        self._thread.join()

    async def _stop(self) -> None:
        for scope in self._open_scopes:
            scope.cancel()
        await self._portal.stop()

    @contextmanager
    def _count_call(self) -> Iterator[None]:
        """A call, for which the event loop is kept running. Raises where nobody would ever answer it."""
        self._refuse_fork()
        with self._keep_running():
            self._refuse_end()
            yield

    @contextmanager
    def _keep_running(self) -> Iterator[bool]:
        """Have `close` wait meanwhile; tells whether it does, or has come before."""
        with self._change:
            runs = not self._is_closed
            self._calls += 1
        try:
            yield runs
        finally:
            with self._change:
                self._calls -= 1
                self._change.notify_all()

    def _refuse_fork(self) -> None:
        """Before any lock is taken: another thread may have held it when the process was forked."""
        if self._is_forked:
            problem = f"{self.name} was opened in another process: open one in each process, after the fork"
            raise self.refusal(wrong_use(problem))

    def _refuse_end(self) -> None:
        if self._is_closed:
            raise self.refusal(wrong_use(f"{self.name} is closed: use it inside the scope that opened it"))
        if threading.current_thread() is self._thread:
            problem = f"{self.name} was called by what runs in its own event loop: call it from another thread"
            raise self.refusal(wrong_use(problem))


@contextmanager
def loop_thread(name: str, refusal: Callable[[ConfigurationError], Exception]) -> Iterator[LoopThread]:
    """An asyncio event loop that runs until the scope ends."""
    opened: Future[BlockingPortal] = Future()

    async def run() -> None:
        async with BlockingPortal() as portal:
            opened.set_result(portal)
            await portal.sleep_until_stopped()

    thread = threading.Thread(target=anyio.run, args=(run,), name="pointsman", daemon=True)
    thread.start()
    running = LoopThread(name, refusal, opened.result(), thread)
    _OPEN.add(running)
    try:
        yield running
    finally:
        running.close()


_OPEN: WeakSet[LoopThread] = WeakSet()


def _close_open() -> None:
    """Close what the thread that ends the program has not left. Others go on, and leave what they have opened."""
    for running in tuple(_OPEN):
        if running.owner is threading.current_thread():
            running.close()


_at_exit = getattr(threading, "_register_atexit", None)
"""Comes while pools of threads are still open, which leaving a scope may need; `atexit` comes after. What is not left
here would be left as Python clears up: by waiting for the thread of an event loop that is no more, for ever."""
if _at_exit is not None:
    _at_exit(_close_open)
