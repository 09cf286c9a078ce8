"""Whether what was opened is still open, and used by the process and the event loop that opened it.

Connections, locks and tasks belong to one event loop, and threads do not survive a fork: used elsewhere they would
hang, or raise whatever they raise. Asked several times in every call, so it is quick.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

import attrs

from pointsman.core.error import ConfigurationError, configuration_error


def _current_loop() -> object:
    """The event loop that runs here, asyncio's or trio's; None where there is none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        with suppress(ImportError, RuntimeError):
            from trio.lowlevel import current_trio_token

            return current_trio_token()
    return None


_forks = 0
"""Of this process and its parents. Counting them spares every call a few system calls for the number of the process."""


def _count_fork() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_count_fork)


@attrs.define(eq=False)
class OpenedHere:
    """See `pointsman.services.ports.lifetime.Lifetime`. Begins where it is made, and ends with `close`."""

    name: str
    """What was opened, as sentences call it."""
    _forks: int = attrs.field(factory=lambda: _forks)
    _loop: object = attrs.field(factory=_current_loop, repr=False)
    _is_closed: bool = False

    def close(self) -> None:
        """It may be used no more."""
        self._is_closed = True

    def problem(self) -> ConfigurationError | None:
        """What is wrong, and what to do about it."""
        if self._forks != _forks:
            return wrong_use(f"{self.name} was opened in another process: open one in each process, after the fork")
        if self._is_closed:
            return wrong_use(f"{self.name} is closed: use it inside the scope that opened it")
        if self._loop is not asyncio._get_running_loop() and self._loop is not _current_loop():
            return wrong_use(f"{self.name} was opened in another event loop: open one in each")
        return None


def wrong_use(problem: str) -> ConfigurationError:
    """Something is used where it does not work; `problem` says what to do, too."""
    return configuration_error(problem, local=True, remedy="")
