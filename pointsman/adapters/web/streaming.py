"""An answer that comes piece by piece, with signs of life between; ends at once when the client has gone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
from starlette.responses import Response

from pointsman.adapters.web.asgi import Receive, Scope, Send, cancel_when_gone
from pointsman.services.tasks.together import tasks_together

PING_SECONDS = 15.0


class EventStreamResponse(Response):
    """Server-sent events out of `frames`, which is closed when the client goes away."""

    def __init__(self, frames: AsyncGenerator[bytes, None]) -> None:
        super().__init__(status_code=200)
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
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
        await send({"type": "http.response.body", "body": b""})
