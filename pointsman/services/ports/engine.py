"""Port: what runs a model in a process of its own, and ends it. It decides nothing: when and which, the keeper says."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.error import ProviderError
from pointsman.core.models.local_model import Capacity, EnginePlan
from pointsman.services.ports.client import Client

AdapterChoice: TypeAlias = Literal["none", "by id", "by name"]
"""How a request chooses an adapter: not at all; by its number in the plan, as llama.cpp has it (`lora`); or by the
model's name, `MODEL@ADAPTER`."""


class RunningEngine(Protocol):
    """A process that holds one model."""

    @property
    def client(self) -> Client:
        """Asks it. It is of no use any more when the process has ended."""
        ...

    @property
    def has_tools(self) -> bool:
        """Whether the template of the model's chats has a place for tools."""
        ...

    @property
    def has_grammar(self) -> bool:
        """Whether it holds an answer to a JSON Schema."""
        ...

    @property
    def adapters(self) -> AdapterChoice:
        """How a request chooses one of the adapters in the plan."""
        ...

    @property
    def pid(self) -> int:
        """The number of the process."""
        ...

    async def wait(self) -> str:
        """Wait until the process has ended, by itself or by others; gives how, as a clause (`it was killed (9)`)."""
        ...

    async def stop(self) -> None:
        """End the process, whatever it is doing, and free all it had. Returns when it is gone; then does nothing."""
        ...


class EngineStarter(Protocol):
    """Starts engines. Several may run at once; an engine ends at the latest with the process that started it."""

    def capacity(self) -> Capacity:
        """Cores, and the memory that is free now."""
        ...

    async def start(self, plan: EnginePlan) -> Result[RunningEngine, ProviderError]:
        """Run the model of `plan`; gives the engine when it can be asked. Cancelled, it leaves no process."""
        ...


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
