"""An answer that comes piece by piece, with signs of life between; ends at once when the client has gone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing

import anyio
from starlette.responses import Response

from pointsman.adapters.web.asgi import Receive, Scope, Send, cancel_when_gone
from pointsman.adapters.web.open_connections import OpenConnection
from pointsman.core.error import LLMError
from pointsman.services.tasks.together import tasks_together

PING_SECONDS = 15.0


class EventStreamResponse(Response):
    """Server-sent events out of `frames`, which is closed when the client goes away.

    Where who asked may no longer do so, it is closed too, and `last` of the reason is the last event.
    """

    def __init__(
        self,
        frames: AsyncGenerator[bytes, None],
        hold: AbstractContextManager[OpenConnection],
        last: Callable[[LLMError], bytes],
    ) -> None:
        super().__init__(status_code=200)
        self._frames, self._hold, self._last = frames, hold, last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with self._hold as held:
            await self._send_frames(receive, send)
        last = b"" if held.ended is None else self._last(held.ended)
        await send({"type": "http.response.body", "body": last})

    async def _send_frames(self, receive: Receive, send: Send) -> None:
        turn = anyio.Lock()

        async def piece(data: bytes) -> None:
            async with turn:
                await send({"type": "http.response.body", "body": data, "more_body": True})

        async def stay_alive() -> None:
            while True:
                await anyio.sleep(PING_SECONDS)
                await piece(b": ping\n\n")

        async with tasks_together() as group:
            group.start_soon(cancel_when_gone, receive, group.cancel_scope)
            group.start_soon(stay_alive)
            async with aclosing(self._frames) as frames:
                async for data in frames:
                    await piece(data)
            group.cancel_scope.cancel()
