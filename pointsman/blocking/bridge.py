"""From plain calls into the event loop: runs an effect there, and raises what it fails with. Knows no service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from typing import TypeVar

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman.blocking.errors import exception_of
from pointsman.core.chat.event import Failed
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.layers.loop_thread import LoopThread

_Value = TypeVar("_Value")


@attrs.frozen
class Bridge:
    """A way into the event loop that runs in another thread; any number of threads may use it at once."""

    thread: LoopThread

    def run(self, make: Callable[[], FutureResult[_Value, LLMError]]) -> _Value:
        """What the effect gives that `make` makes."""

        async def run() -> Result[_Value, LLMError]:
            return await settle(make())

        return _value_of(self.thread.call(run))

    def run_result(self, make: Callable[[], Awaitable[Result[_Value, LLMError]]]) -> _Value:
        """As `run`, of a plain coroutine."""

        async def run() -> Result[_Value, LLMError]:
            return await make()

        return _value_of(self.thread.call(run))

    def run_plain(self, function: Callable[[], _Value]) -> _Value:
        """What `function` gives, called in the event loop."""
        return self.thread.call_plain(function)

    def stream(
        self, make: Callable[[], AbstractAsyncContextManager[AsyncIterator[_Value | Failed]]]
    ) -> AbstractContextManager[Iterator[_Value]]:
        """The stream that `make` opens; a failure is raised. Leaving the scope closes the connection."""
        return self._scope(make)

    @contextmanager
    def _scope(
        self, make: Callable[[], AbstractAsyncContextManager[AsyncIterator[_Value | Failed]]]
    ) -> Iterator[Iterator[_Value]]:
        with self.thread.scope(make()) as items:

            async def step() -> _Value | Failed | None:
                return await anext(items, None)

            yield _each(lambda: self.thread.call(step))


def _value_of(result: Result[_Value, LLMError]) -> _Value:
    if isinstance(result, Failure):
        raise exception_of(result.failure())
    return result.unwrap()


def _each(step: Callable[[], _Value | Failed | None]) -> Iterator[_Value]:
    while (item := step()) is not None:
        if isinstance(item, Failed):
            raise exception_of(item.error)
        yield item
