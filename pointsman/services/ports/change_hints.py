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

    async def wait(self) -> None:
        """Until the next hint, or until `is_listening` changes; for ever where hints never come."""
        ...


@attrs.frozen
class NoHints:
    """`ChangeHints` of stores that have none: to look costs next to nothing there."""

    is_listening: bool = False

    async def wait(self) -> None:
        """As `ChangeHints.wait`."""
        await anyio.sleep_forever()


NO_HINTS: Final = NoHints()
