"""Port: who does the work of an evaluation that needs a sandbox, here or on other machines.

A piece of work is a function of a module and a frozen record: both can be pickled. The sandbox is that of the machine
on which the work is done; it is opened once, where the executor is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar

from returns.result import Result

from pointsman.services.ports.sandbox import Sandbox, SandboxError

Work = TypeVar("Work")
Value = TypeVar("Value")
SandboxWork: TypeAlias = Callable[[Sandbox, Work], Awaitable[Result[Value, SandboxError]]]
"""What is to be done in a sandbox; found by its module and name, so it is no lambda and no inner function."""


class Executor(Protocol):
    """Does work, several pieces at once; as many as there are places, the others wait."""

    async def run(self, function: SandboxWork[Work, Value], work: Work) -> Result[Value, SandboxError]:
        """What `function` makes of `work`. Cancelling it ends the work, too."""
        ...
