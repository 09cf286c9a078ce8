"""Answers whose callers have left, read on in the background to learn what they cost. It knows no ledger.

What is learned so is worth the reading only where the provider writes the answer to its end, and bills it, whether or
not anybody reads. It never keeps an App from closing: what is not read then is settled at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import anyio
import attrs

from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError
from pointsman.core.money.settlement import WhenLeft
from pointsman.services.streams.unread_rest import UnreadRest
from pointsman.services.tasks.background import Background


@attrs.frozen
class AbandonedReading:
    """Reads what is left of an answer for at most `seconds` and `most` bytes; `when_left` says of which providers."""

    background: Background
    when_left: Mapping[str, WhenLeft]
    seconds: float
    most: int

    def is_worth(self, provider: str) -> bool:
        """Whether an answer of `provider` is read on."""
        return self.seconds > 0 and self.when_left.get(provider) == "goes_on"

    def start(self, rest: UnreadRest, settle: Callable[[ChatResponse | ChatError | None], Awaitable[None]]) -> bool:
        """Begin to read `rest`, and have `settle` told the answer, whatever happens; says whether there is room."""

        async def read() -> None:
            answer: ChatResponse | ChatError | None = None
            try:
                answer = await rest.read(self.seconds, self.most)
            finally:
                with anyio.CancelScope(shield=True):
                    await settle(answer)

        return self.background.start(read)
