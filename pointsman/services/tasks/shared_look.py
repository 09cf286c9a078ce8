"""One look for all who want to know the same at once, where each would take its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio
import attrs

_Value = TypeVar("_Value")


@attrs.define(eq=False)
class _Look(Generic[_Value]):
    """One that is under way."""

    ended: anyio.Event = attrs.field(factory=anyio.Event)
    found: tuple[_Value] | None = None
    """None as well where it came to nothing, since who looked was cancelled."""


@attrs.define(eq=False)
class SharedLook(Generic[_Value]):
    """Looks one at a time: who comes while somebody looks is given what they find, failures included."""

    _under_way: _Look[_Value] | None = attrs.field(default=None, repr=False)

    async def take(self, look: Callable[[], Awaitable[_Value]]) -> _Value:
        """What `look` finds, or what another found whose look was under way."""
        while (other := self._under_way) is not None:
            await other.ended.wait()
            if other.found is not None:
                return other.found[0]
        mine = self._under_way = _Look[_Value]()
        try:
            found = await look()
            mine.found = (found,)
            return found
        finally:
            if self._under_way is mine:
                self._under_way = None
            mine.ended.set()

    def forget(self) -> None:
        """Something has changed: whoever comes from now on looks anew."""
        self._under_way = None
