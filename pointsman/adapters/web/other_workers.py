"""What a server needs of the workers beside it, where several serve one address; and that it is alone. No processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs

from pointsman.core.json import Json


class OtherWorkers(Protocol):
    """The other workers, and this one's part among them."""

    @property
    def is_on_duty(self) -> bool:
        """Whether this one does what is to be done once: sweeps, keeping models loaded."""
        ...

    count: Callable[[], Json]
    """Is set to what tells what this one has counted."""

    async def take_link(self, token: str) -> bool:
        """Whether `token` is the link by which one may sign in; it works once, at one of them."""
        ...

    async def counts(self) -> list[Json]:
        """What the others have counted."""
        ...


@attrs.define(eq=False)
class NoOtherWorkers:
    """A server that is alone."""

    is_on_duty: bool = True
    count: Callable[[], Json] = lambda: None

    async def take_link(self, token: str) -> bool:
        """As `OtherWorkers.take_link`."""
        return False

    async def counts(self) -> list[Json]:
        """As `OtherWorkers.counts`."""
        return []
