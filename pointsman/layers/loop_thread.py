"""An event loop in a thread of its own, for programs without one. It knows when it is gone: at its end, by a fork."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

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
    _process: int = attrs.field(factory=os.getpid)
    _is_closed: bool = False

    def call(self, work: Callable[[], Awaitable[_Value]]) -> _Value:
        """What `work` gives, in the event loop."""
        self._check()
        return self._portal.call(work)

    def call_plain(self, function: Callable[[], _Value]) -> _Value:
        """What `function`, which is not async, gives in the event loop."""

        async def work() -> _Value:
            return function()

        return self.call(work)

    @contextmanager
    def scope(self, inner: AbstractAsyncContextManager[_Value]) -> Iterator[_Value]:
        """`inner` as a scope of this thread. In a forked process it is left as it is: it belongs to the other one."""
        self._check()
        wrapped = self._portal.wrap_async_context_manager(inner)
        value = wrapped.__enter__()
        try:
            yield value
        except BaseException as problem:
            if self._is_forked or not wrapped.__exit__(type(problem), problem, problem.__traceback__):
                raise
        else:
            if not self._is_forked:
                wrapped.__exit__(None, None, None)

    @property
    def _is_forked(self) -> bool:
        return self._process != os.getpid()

    def close(self, thread: threading.Thread) -> None:
        """End the event loop, and wait for its thread."""
        self._is_closed = True
        if not self._is_forked:
            self._portal.call(self._portal.stop)
            thread.join()

    def _check(self) -> None:
        if self._is_forked:
            problem = f"{self.name} was opened in another process: open one in each process, after the fork"
            raise self.refusal(wrong_use(problem))
        if self._is_closed:
            raise self.refusal(wrong_use(f"{self.name} is closed: use it inside the scope that opened it"))


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
    running = LoopThread(name, refusal, opened.result())
    try:
        yield running
    finally:
        running.close(thread)
