"""Steps that belong together: if one fails, those before it are undone, the last one first.

Topics: async, transactions, errors
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from saga_errors import StepFailed

State = dict[str, object]
Act = Callable[[State], Awaitable[None]]


@dataclass(frozen=True)
class Step:
    """What is done, how it is undone, and whether it may fail."""

    name: str
    act: Act
    undo: Act | None = None
    needed: bool = True


async def run(steps: Sequence[Step], state: State | None = None, seconds: float = 30.0) -> State:
    """The state after all steps; raises StepFailed after what was done is undone. A cancelled run is undone, too."""
    if state is None:
        state = {}
    done: list[Step] = []
    for step in steps:
        try:
            await asyncio.wait_for(step.act(state), seconds)
        except asyncio.CancelledError:
            await undo(done, state)
            raise
        except Exception as error:
            if not step.needed:
                continue
            bad = await undo(done, state)
            raise StepFailed(step.name, bad) from error
        else:
            done.append(step)
    return state


async def undo(done: Sequence[Step], state: State) -> list[str]:
    """Undo the steps; the names of those for which that failed."""
    bad = []
    for step in reversed(done):
        if step.undo is None:
            continue
        try:
            await step.undo(state)
        except Exception:
            bad.append(step.name)
    return bad
