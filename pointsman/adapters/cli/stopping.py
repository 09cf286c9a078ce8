"""Signals of a command that runs until it is stopped: the first lets what is under way end, the second does not."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

import anyio
import attrs

from pointsman.adapters.cli.opened import ServerEnding
from pointsman.adapters.cli.terminal import Terminal
from pointsman.services.tasks.together import background_tasks


@attrs.define(eq=False)
class StopOrder:
    """What a signal does. Until there is an `ending` to begin, it cancels what is being opened."""

    terminal: Terminal
    opening: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)
    ending: ServerEnding | None = None
    _count: int = 0

    def obey(self) -> None:
        """A signal has come."""
        self._count += 1
        ending = self.ending
        if ending is None:
            self.terminal.note("Stopped.")
            self.opening.cancel()
        elif self._count == 1:
            self.terminal.note(f"Stopping: {_describe(ending)}")
            ending.begin()
        elif self._count == 2 and not ending.over.is_set():
            self.terminal.note("Stopping at once: what is under way is told so, and settled.")
            ending.hasten()


def _describe(ending: ServerEnding) -> str:
    if not ending.calls:
        return "no call is under way."
    count = "one call is" if ending.calls == 1 else f"{ending.calls} calls are"
    return f"{count} under way, with {ending.drain:g} s to end; a second signal ends them at once."


@asynccontextmanager
async def stop_signals(order: StopOrder) -> AsyncIterator[None]:
    """Have SIGTERM and SIGINT obeyed while the scope lasts, but for those that whoever started this has switched off.

    Where the event loop cannot be told of signals (Windows), Ctrl-C raises `KeyboardInterrupt` as ever.
    """
    wanted = [one for one in (signal.SIGTERM, signal.SIGINT) if signal.getsignal(one) is not signal.SIG_IGN]
    with ExitStack() as stack:
        try:
            signals = stack.enter_context(anyio.open_signal_receiver(*wanted))
        except NotImplementedError:
            yield
            return

        async def listen() -> None:
            async for _ in signals:
                order.obey()

        async with background_tasks() as group:
            group.start_soon(listen)
            yield


@asynccontextmanager
async def obey_hang_ups(replace: Callable[[], None] | None) -> AsyncIterator[None]:
    """Have SIGHUP `replace` what serves, where there is something to replace."""
    if replace is None:
        yield
        return

    async def listen() -> None:
        with anyio.open_signal_receiver(signal.SIGHUP) as signals:
            async for _ in signals:
                replace()

    async with background_tasks() as group:
        group.start_soon(listen)
        yield


async def cancel_on_interrupt(scope: anyio.CancelScope) -> None:
    """Ctrl-C ends what is in `scope`, and not the program."""
    with anyio.open_signal_receiver(signal.SIGINT) as interrupts:
        async for _ in interrupts:
            scope.cancel()
