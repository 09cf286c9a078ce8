"""Port: who does a piece of work that needs a place, such as a sandbox or a client, here or on other machines.

A piece of work is a function of a module and a frozen record: both can be pickled. The place is that of the machine on
which the work is done; it is opened once, where the executor is. So what a place knows (keys, settings) never travels.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar

from returns.result import Result

from pointsman.core.error import ChatError
from pointsman.services.ports.client import Client
from pointsman.services.ports.sandbox import Sandbox, SandboxError

Place = TypeVar("Place")
Place_co = TypeVar("Place_co", covariant=True)
Problem = TypeVar("Problem")
Work = TypeVar("Work")
Value = TypeVar("Value")
PlacedWork: TypeAlias = Callable[[Place, Work], Awaitable[Result[Value, Problem]]]
"""What is to be done in a place; found by its module and name, so it is no lambda and no inner function."""


class Executor(Protocol[Place_co, Problem]):
    """Does work, several pieces at once; as many as there are places, the others wait."""

    async def run(self, function: PlacedWork[Place_co, Work, Value, Problem], work: Work) -> Result[Value, Problem]:
        """What `function` makes of `work`. Cancelling it ends the work, too. Work may be done twice, never lost."""
        ...


SandboxExecutor: TypeAlias = Executor[Sandbox, SandboxError]
"""Who does the work of an evaluation."""
ClientExecutor: TypeAlias = Executor[Client[ChatError], ChatError]
"""Who asks models, each machine with the keys of its own settings."""
