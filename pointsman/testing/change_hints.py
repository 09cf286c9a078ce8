"""Hints of changes, given by the test: what other processes do there is `give`."""

from __future__ import annotations

import anyio
import attrs


@attrs.define(eq=False)
class FakeChangeHints:
    """`ChangeHints` that come when the test gives one, and while it says that they come."""

    is_listening: bool = True
    count: int = 0
    _next: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    async def wait(self, after: int) -> None:
        """As `ChangeHints.wait`."""
        while self.count <= after:
            await self._next.wait()

    def give(self) -> None:
        """Something may have changed."""
        self.count += 1
        self._next.set()
        self._next = anyio.Event()

    def listen(self, *, is_listening: bool) -> None:
        """Hints come from now on, or come no more; which is a hint itself."""
        if is_listening != self.is_listening:
            self.is_listening = is_listening
            self.give()
