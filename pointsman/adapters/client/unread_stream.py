"""The rest of a stream whose caller has left, read on within bounds. It knows bytes and the dialect's reader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

import anyio
import attrs

from pointsman.adapters.client.driver import PendingResponse
from pointsman.adapters.client.network_errors import CAUGHT
from pointsman.adapters.dialects.framing import FrameTooLarge
from pointsman.core.chat.event import Done, Failed, StreamItem
from pointsman.core.chat.response import ChatResponse


@attrs.define(eq=False)
class UnreadStream:
    """See `pointsman.services.streams.unread_rest.UnreadRest`.

    Whoever reads the stream for its caller reads these `chunks`, and says in `pending` what of them was not handed out.
    """

    reply: PendingResponse
    chunks: AsyncIterator[bytes]
    feed: Callable[[bytes], Iterable[StreamItem]]
    finish: Callable[[], Iterable[StreamItem]]
    """What the end of the bytes means."""
    pending: Iterable[StreamItem] = ()
    _is_claimed: bool = False

    def claim(self) -> None:
        """See `UnreadRest`."""
        self._is_claimed = True
        self.reply.outlive_cancelling()

    async def let_go(self) -> None:
        """Close it, unless somebody has claimed the rest."""
        if not self._is_claimed:
            await self.reply.close()

    async def close(self) -> None:
        """See `UnreadRest`."""
        await self.reply.close()

    async def read(self, seconds: float, most: int) -> ChatResponse | None:
        """See `UnreadRest`."""
        end: Done | Failed | None = None
        try:
            with anyio.move_on_after(seconds):
                end = await self._read_end(most)
        except (*CAUGHT, FrameTooLarge):
            return None
        finally:
            await self.reply.close()
        return end.response if isinstance(end, Done) else None

    async def _read_end(self, most: int) -> Done | Failed | None:
        end, size = _find_end(self.pending), 0
        while end is None and size < most:
            chunk = await anext(self.chunks, None)
            if chunk is None:
                return _find_end(self.finish())
            size += len(chunk)
            end = _find_end(self.feed(chunk))
        return end


def _find_end(items: Iterable[StreamItem]) -> Done | Failed | None:
    return next((item for item in items if isinstance(item, (Done, Failed))), None)
