"""Port: the engines that run on this machine, in whatever program; to look at them, and to end one."""

from __future__ import annotations

from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class EngineOnMachine:
    """One engine: its process and that of the program that has it, and what it was planned to need, in bytes.

    `memory` is what it has at the moment (None: not known), `started_at` in Unix seconds, `context` in tokens, for
    each of its `slots`.
    """

    pid: int
    parent: int
    model: str
    planned: int = 0
    memory: int | None = None
    slots: int = 1
    context: int = 0
    started_at: float = 0.0


class EngineWatch(Protocol):
    """Sees all engines of this user."""

    def running(self) -> tuple[EngineOnMachine, ...]:
        """All that live, the oldest first."""
        ...

    def end(self, model: str) -> int:
        """End the engines of `model`; says how many there were. Their programs start them again when they need them."""
        ...
