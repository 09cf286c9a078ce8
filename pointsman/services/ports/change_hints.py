"""Port: hints that something may have changed that another process keeps. A hint says where to look, never what.

The row that is read then is the truth: hints may be lost, and may come for nothing.
"""

from __future__ import annotations

from typing import Final, Protocol

import anyio
import attrs


class ChangeHints(Protocol):
    """Tells all who wait that keys, sessions, users or settings may have changed, in whichever process."""

    @property
    def is_listening(self) -> bool:
        """Whether hints come at present. Where they do not, who wants to know looks often."""
        ...

    @property
    def count(self) -> int:
        """How many hints have come, and how often `is_listening` has changed."""
        ...

    async def wait(self, after: int) -> None:
        """Until `count` is more than `after`, which was read before it was looked: what comes meanwhile is not missed.

        For ever where hints never come.
        """
        ...


@attrs.frozen
class NoHints:
    """`ChangeHints` of stores that have none: to look costs next to nothing there."""

    is_listening: bool = False
    count: int = 0

    async def wait(self, after: int) -> None:
        """As `ChangeHints.wait`."""
        await anyio.sleep_forever()


NO_HINTS: Final = NoHints()
